"""Metrics with receipts: every number is computed from the rows that its receipt lists."""

from core.metrics.ask import (
    EVERYTHING,
    Ask,
    Choice,
    Dimension,
    Filters,
    Window,
    WrongFilter,
    dimensions,
    filters_from,
    register_dimensions,
)
from core.metrics.catalogue import (
    Column,
    Family,
    Metric,
    Part,
    Shape,
    Stage,
    Unit,
    UnknownMetric,
    catalogue,
    metric,
    register,
)
from core.metrics.compute import Result, compute, compute_many, compute_on
from core.metrics.number import NUMBER
from core.metrics.receipt import Row, all_rows, largest_first, rows
from core.metrics.status import Aim, Status, Target, TargetPolicy, status_of

__all__ = [
    "EVERYTHING",
    "NUMBER",
    "Aim",
    "Ask",
    "Choice",
    "Column",
    "Dimension",
    "Family",
    "Filters",
    "Metric",
    "Part",
    "Result",
    "Row",
    "Shape",
    "Stage",
    "Status",
    "Target",
    "TargetPolicy",
    "Unit",
    "UnknownMetric",
    "Window",
    "WrongFilter",
    "all_rows",
    "catalogue",
    "compute",
    "compute_many",
    "compute_on",
    "dimensions",
    "filters_from",
    "largest_first",
    "metric",
    "register",
    "register_dimensions",
    "rows",
    "status_of",
]
