"""What pages and messages of the room say."""
