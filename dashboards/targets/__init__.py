"""Which target counts for each figure, what was said about it before, and how people, teams and quarters stand."""
