"""The figures of stage 5."""

from renewals.metrics.coming import METRICS

__all__ = ["METRICS"]
