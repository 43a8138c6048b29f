"""The start of machines: what the board, the account and the machine show of it."""
