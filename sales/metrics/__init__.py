"""Numbers of sales (metrics.md, Stages 1 to 3, and Stage 5 over deals)."""

from sales.metrics import conversion, customers, growth, handoff, leads, machines, pipeline, spend, targets

METRICS = (
    *leads.METRICS,
    *pipeline.METRICS,
    *targets.METRICS,
    *conversion.METRICS,
    *handoff.METRICS,
    *growth.METRICS,
    *machines.METRICS,
    *customers.METRICS,
    *spend.METRICS,
)
