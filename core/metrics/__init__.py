"""Metrics with receipts: every number is computed from the rows that its receipt lists."""

from core.metrics.ask import (
    EVERYTHING,
    Ask,
    Choice,
    Dimension,
    Filters,
    Window,
    WrongFilter,
    choices,
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
from core.metrics.cut import compute_cut
from core.metrics.number import NUMBER
from core.metrics.once import once_an_ask, settled
from core.metrics.reaches import Accounts, kept_for_reaches, reach_slice, register_accounts
from core.metrics.receipt import Row, all_rows, largest_first, rows
from core.metrics.slices import WHOLE, Slice, register_owners, register_places, slice_of
from core.metrics.snapshots import Stored, figures, history, month_ends, stored, stored_of_each
from core.metrics.stale import mark_policy, mark_stale, take_turn
from core.metrics.status import Aim, Status, Target, TargetPolicy, status_of
from core.metrics.taking import Taken, kept_for_owners, take_snapshots, take_today
from core.metrics.targets import Targets, read_targets, read_teams

__all__ = [
    "EVERYTHING",
    "NUMBER",
    "WHOLE",
    "Accounts",
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
    "Slice",
    "Stage",
    "Status",
    "Stored",
    "Taken",
    "Target",
    "TargetPolicy",
    "Targets",
    "Unit",
    "UnknownMetric",
    "Window",
    "WrongFilter",
    "all_rows",
    "catalogue",
    "choices",
    "compute",
    "compute_cut",
    "compute_many",
    "compute_on",
    "dimensions",
    "figures",
    "filters_from",
    "history",
    "kept_for_owners",
    "kept_for_reaches",
    "largest_first",
    "mark_policy",
    "mark_stale",
    "metric",
    "month_ends",
    "once_an_ask",
    "reach_slice",
    "read_targets",
    "read_teams",
    "register",
    "register_accounts",
    "register_dimensions",
    "register_owners",
    "register_places",
    "rows",
    "settled",
    "slice_of",
    "status_of",
    "stored",
    "stored_of_each",
    "take_snapshots",
    "take_today",
    "take_turn",
]
