"""The figures of the room (metrics.md)."""

from sales.metrics.handoff import METRICS as HANDOFF

METRICS = (*HANDOFF,)
