"""Numbers of expansion (metrics.md, Stage 5)."""

from expansion.metrics import tips

METRICS = (*tips.METRICS,)
