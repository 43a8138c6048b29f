"""Numbers of expansion (metrics.md, Stage 5)."""

from expansion.metrics import referrals, tips

METRICS = (*tips.METRICS, *referrals.METRICS)
