"""Pages of account plans and of their reviews. Technicians find none."""
