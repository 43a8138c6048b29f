"""What can be counted in the installed base: machines, contracts, revenue, parts, service, use."""

from installed_base.metrics import (
    adoption,
    agreements,
    buyers,
    completeness,
    golive,
    lifetime,
    machines,
    margin,
    parts,
    proof,
    quiet,
    retention,
    service,
    training,
    value,
)
from installed_base.metrics.dimensions import DIMENSIONS

_NEW = (*service.METRICS, *adoption.METRICS, *value.METRICS, *proof.METRICS, *margin.METRICS, *completeness.METRICS)
_STARTS = (*golive.METRICS, *training.METRICS)
_PARTS = (*buyers.METRICS, *quiet.METRICS, *lifetime.METRICS)
METRICS = (*machines.METRICS, *agreements.METRICS, *retention.METRICS, *parts.METRICS, *_NEW, *_STARTS, *_PARTS)

__all__ = ["DIMENSIONS", "METRICS"]
