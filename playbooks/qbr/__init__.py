"""Business reviews with customers: when they come round, what is prepared, held, agreed and sent (QB-01..07)."""
