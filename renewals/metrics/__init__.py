"""The figures of stage 5."""

from renewals.metrics import coming, growth, pace, rate

METRICS = (*rate.METRICS, *pace.METRICS, *growth.METRICS, *coming.METRICS)

__all__ = ["METRICS"]
