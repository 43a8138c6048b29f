"""What can be counted of chances."""

from expansion.metrics import tips, whitespace

METRICS = (*tips.METRICS, *whitespace.METRICS)

__all__ = ["METRICS"]
