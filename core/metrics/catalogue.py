"""What a metric is, and the catalogue of those that the rooms registered (metrics.md)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum
from typing import Any

from django.db.models import Expression, F, Q, QuerySet, Value

from core.metrics.ask import Ask
from core.metrics.once import once_an_ask
from core.metrics.status import NO_TARGET, Target
from core.reach import sees_prices

# What a row brings when it is simply counted.
ONE = Value(1)


class Shape(Enum):
    """How the rows become one value: their number, their sum, sum over sum, or the middle one."""

    COUNT = "count"
    SUM = "sum"
    RATIO = "ratio"
    MEDIAN = "median"


class Unit(Enum):
    COUNT = "count"
    MONEY = "money"
    RATIO = "ratio"
    RATE = "rate"
    HOURS = "hours"
    DAYS = "days"
    MONTHS = "months"
    SCORE = "score"
    POINTS = "points"


class Stage(Enum):
    """The five stages of the bowtie, and the base beside them."""

    LEAD_GENERATION = "lead_generation"
    PIPELINE = "pipeline"
    CONVERSION = "conversion"
    ADOPTION = "adoption"
    RENEWAL = "renewal"
    EXPANSION = "expansion"
    BASE = "base"


@dataclass(frozen=True)
class Column:
    """What a receipt shows of a row beside its name: an annotation of the family, its heading, and how to print it.

    `kind` is text, word (said in the language of the reader), date, money, count or yes.
    """

    field: str
    label: Any
    kind: str = "text"


@dataclass(frozen=True)
class Family:
    """Rows that several metrics share, read in one pass.

    `rows(ask)` gives a scoped queryset, as of `ask.on`, that annotates what its metrics refer to. `subject` is the
    kind of its rows, `subject_id` the annotation that holds the id; a row links to the page of (`link`, `link_id`).
    Rows that match `left_out` could not be placed by a filter: they are counted as unattributed and in no figure.
    Each row says in `unattributed` how many of its facts no filter could place. `derived` are further columns for
    receipts alone. `placed_at` leads from a row to the account that decides its owner, segment and country: with it,
    snapshots cut the rows in one pass. `seen_at` leads to the account that decides who sees the row: with it, they keep
    what people see. `facts` are the kinds of touched subjects that may change its rows; without
    them, any may. `shows_money` says who is told the money in it: who sees prices, unless the money is none of these.
    """

    key: str
    rows: Callable[[Ask], QuerySet[Any]]
    subject: str
    subject_id: str = "pk"
    link: str = ""
    link_id: str = ""
    columns: tuple[Column, ...] = ()
    policies: tuple[type, ...] = ()
    left_out: Q = field(default_factory=Q)
    derived: Mapping[str, Any] = field(default_factory=dict)
    placed_at: str = ""
    seen_at: str = ""
    facts: tuple[str, ...] = ()
    shows_money: Callable[[Any], bool] = sees_prices

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", once_an_ask(self.rows))


@dataclass(frozen=True)
class Part:
    """A named subset of a metric's rows, or another sum over them. `money` parts are for those who see prices.

    A part in hours or days is the median of its subset.
    """

    key: str
    name: Any
    member: Q = field(default_factory=Q)
    amount: Expression | F = ONE
    unit: Unit = Unit.COUNT


@dataclass(frozen=True)
class Metric:
    """A number by name (metrics.md).

    Of the family's rows those that match `member` count, without those that match `unknown`; the value is
    sum(numerator), or sum(numerator) / sum(denominator) for a ratio. `nothing` says why there is no value when the
    denominator is zero; where the reason depends on the question, it is a function of that. `window_months` is 12 where
    the metric looks back over T12M. Fewer rows than `few` make a ratio or a median that says little: it is shown,
    marked `small`.
    """

    key: str
    name: Any
    definition: Any
    shape: Shape
    unit: Unit
    stage: Stage
    family: Family
    member: Q = field(default_factory=Q)
    numerator: Expression | F = ONE
    denominator: Expression | F | None = None
    unknown: Q | None = None
    parts: tuple[Part, ...] = ()
    target: Target = NO_TARGET
    nothing: Any = ""
    window_months: int = 0
    few: int = 5
    reads_money: bool = False
    note: Any = ""
    columns: tuple[Column, ...] | None = None

    @property
    def shown(self) -> tuple[Column, ...]:
        """The metric's own columns, else those of its family."""
        return self.family.columns if self.columns is None else self.columns


class UnknownMetric(LookupError):
    """A key that is not in the catalogue; the message names those that are near."""


_catalogue: dict[str, Metric] = {}


def register(*metrics: Metric) -> None:
    """Add metrics to the catalogue. Called from a room's apps.py."""
    for metric in metrics:
        _catalogue[metric.key] = metric


def catalogue() -> Iterable[Metric]:
    return tuple(_catalogue.values())


def registered(wanted: Metric) -> Metric:
    """The metric as its room registered it; the given one where none is registered under its key."""
    return _catalogue.get(wanted.key, wanted)


def metric(key: str) -> Metric:
    """The metric of that key."""
    if key in _catalogue:
        return _catalogue[key]
    near = get_close_matches(key, _catalogue, n=3, cutoff=0.5)
    hint = f" Near it: {', '.join(near)}." if near else f" There are: {', '.join(sorted(_catalogue))}."
    raise UnknownMetric(f'There is no metric "{key}".{hint}')
