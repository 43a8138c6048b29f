"""What people and the day do with meetings."""
