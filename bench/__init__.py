"""What it costs, beside what it could cost at least: every figure is a ratio with both sides timed in one run."""
