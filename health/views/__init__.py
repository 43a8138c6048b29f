"""Pages of alerts and of surveys."""
