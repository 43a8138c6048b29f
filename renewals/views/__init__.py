"""Pages of the renewal rooms: the queue, one renewal, acting on many, deciding one."""
