"""Numbers of sales (metrics.md, Stage 2, and Stage 5 over deals)."""

from sales.metrics import conversion, customers, growth, machines, pipeline

METRICS = (*pipeline.METRICS, *conversion.METRICS, *growth.METRICS, *machines.METRICS, *customers.METRICS)
