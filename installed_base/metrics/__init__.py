"""What can be counted in the installed base: machines, contracts, revenue, parts, service, use."""

from installed_base.metrics import adoption, agreements, machines, margin, parts, proof, retention, service, value
from installed_base.metrics.dimensions import DIMENSIONS

_NEW = (*service.METRICS, *adoption.METRICS, *value.METRICS, *proof.METRICS, *margin.METRICS)
METRICS = (*machines.METRICS, *agreements.METRICS, *retention.METRICS, *parts.METRICS, *_NEW)

__all__ = ["DIMENSIONS", "METRICS"]
