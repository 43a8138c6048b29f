"""Numbers of sales (metrics.md, Stages 2 and 3, and Stage 5 over deals)."""

from sales.metrics import conversion, customers, growth, handoff, machines, pipeline, targets

METRICS = (
    *pipeline.METRICS,
    *targets.METRICS,
    *conversion.METRICS,
    *handoff.METRICS,
    *growth.METRICS,
    *machines.METRICS,
    *customers.METRICS,
)
