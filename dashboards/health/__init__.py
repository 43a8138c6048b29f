"""The pages of health: the panel of an account, its receipt, and the list of customers by health."""
