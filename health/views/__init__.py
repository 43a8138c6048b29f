"""Pages of health: alerts, judgements by hand, and the lab of the score card."""
