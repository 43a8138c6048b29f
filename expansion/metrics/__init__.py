"""What can be counted of chances."""

from expansion.metrics import referrals, tips, whitespace

METRICS = (*tips.METRICS, *whitespace.METRICS, *referrals.METRICS)

__all__ = ["METRICS"]
