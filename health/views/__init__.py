"""Pages of alerts, rescues, segments and load."""
