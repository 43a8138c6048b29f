"""What can be counted in the installed base: machines, contracts, revenue, parts."""

from installed_base.metrics import agreements, machines, parts, retention
from installed_base.metrics.dimensions import DIMENSIONS

METRICS = (*machines.METRICS, *agreements.METRICS, *retention.METRICS, *parts.METRICS)

__all__ = ["DIMENSIONS", "METRICS"]
