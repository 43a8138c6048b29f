"""What a year of service brought a customer (RN-07), and what standing still cost (W-04). Pure.

Every figure keeps the rows it rests on; what nobody wrote down is counted beside it, never taken for zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from statistics import median

ZERO = Decimal(0)
HOURS_A_DAY = Decimal(24)


@dataclass(frozen=True)
class TicketFact:
    """A ticket opened or resolved in the year. `down` is hours of the machine, None where nobody wrote them down."""

    id: int
    title: str
    kind: str
    breakdown: bool
    opened_at: datetime
    answered_at: datetime | None
    resolved_at: datetime | None
    down: Decimal | None
    opened_in_year: bool
    resolved_in_year: bool
    machine: str = ""
    asset: int | None = None

    @property
    def is_stop(self) -> bool:
        """An unplanned stop: a breakdown, or whatever else kept a machine down for some time."""
        return self.opened_in_year and (self.breakdown or bool(self.down))


@dataclass(frozen=True)
class VisitFact:
    id: int
    on: date
    kind: str
    hours: Decimal | None
    machine: str = ""


@dataclass(frozen=True)
class OrderFact:
    """An order of parts; `pieces` over all its lines. `included` where it came under a contract."""

    id: int
    number: str
    ordered_on: date
    pieces: Decimal
    amount: Decimal | None
    included: bool


@dataclass(frozen=True)
class MachineFact:
    """A machine and the days of the year, both included, on which it was in service."""

    id: int
    name: str
    first: date
    last: date

    @property
    def hours(self) -> Decimal:
        return HOURS_A_DAY * ((self.last - self.first).days + 1)


@dataclass(frozen=True)
class YearFacts:
    """What is on record of a customer from `first` to `on`, both included.

    `keeps_tickets`, `keeps_visits` and `keeps_orders` say whether any was ever recorded of this customer: without them
    a year without any says nothing.
    """

    first: date
    on: date
    tickets: Sequence[TicketFact] = ()
    visits: Sequence[VisitFact] = ()
    orders: Sequence[OrderFact] = ()
    machines: Sequence[MachineFact] = ()
    keeps_tickets: bool = False
    keeps_visits: bool = False
    keeps_orders: bool = False


class Key(StrEnum):
    """The figures of the statement."""

    UPTIME = "uptime"
    DOWNTIME = "downtime"
    STOPS = "stops"
    RESPONSE = "response"
    RESOLUTION = "resolution"
    SOLVED = "solved"
    PARTS = "parts"
    VISITS = "visits"


@dataclass(frozen=True)
class Share:
    """What one row brings to a figure; None where it lacks what the figure needs."""

    id: int
    amount: Decimal | None


@dataclass(frozen=True)
class Figure:
    """A value with its rows. None: not known. Hours, a count, or a ratio (uptime)."""

    key: Key
    value: Decimal | None
    rows: tuple[Share, ...] = ()

    @property
    def known(self) -> int:
        return sum(row.amount is not None for row in self.rows)

    @property
    def unknown(self) -> int:
        return len(self.rows) - self.known


def figures(facts: YearFacts) -> dict[Key, Figure]:
    """All figures of the statement, by key."""
    made = (
        _uptime(facts), _downtime(facts), _stops(facts), _response(facts), _resolution(facts), _solved(facts),
        _parts(facts), _visits(facts),
    )  # fmt: skip
    return {figure.key: figure for figure in made}


def _stops_of(facts: YearFacts) -> list[TicketFact]:
    return [t for t in facts.tickets if t.is_stop]


def _stops(facts: YearFacts) -> Figure:
    return _counted(Key.STOPS, (t.id for t in _stops_of(facts)), facts.keeps_tickets)


def _downtime(facts: YearFacts) -> Figure:
    """The sum of the hours that were written down. Unknown where stops have none at all."""
    rows = tuple(Share(t.id, t.down) for t in _stops_of(facts))
    hours = [row.amount for row in rows if row.amount is not None]
    known = facts.keeps_tickets and (bool(hours) or not rows)
    return Figure(Key.DOWNTIME, sum(hours, ZERO) if known else None, rows)


def _uptime(facts: YearFacts) -> Figure:
    """One less downtime over the hours in which the machines stood there, by the clock (24 hours a day)."""
    rows = tuple(Share(m.id, m.hours) for m in facts.machines)
    possible = sum((m.hours for m in facts.machines), ZERO)
    down = _downtime(facts)
    if down.value is None or down.unknown or not possible:
        return Figure(Key.UPTIME, None, rows)
    return Figure(Key.UPTIME, max(ZERO, 1 - down.value / possible), rows)


def _response(facts: YearFacts) -> Figure:
    """The middle one of the hours from opening to the first answer."""
    opened = [t for t in facts.tickets if t.opened_in_year]
    return _middle(Key.RESPONSE, [Share(t.id, _between(t.opened_at, t.answered_at)) for t in opened])


def _resolution(facts: YearFacts) -> Figure:
    """The middle one of the hours from opening to resolution, of what was resolved in the year."""
    return _middle(Key.RESOLUTION, [Share(t.id, _between(t.opened_at, t.resolved_at)) for t in _solved_of(facts)])


def _solved(facts: YearFacts) -> Figure:
    return _counted(Key.SOLVED, (t.id for t in _solved_of(facts)), facts.keeps_tickets)


def _solved_of(facts: YearFacts) -> list[TicketFact]:
    return [t for t in facts.tickets if t.resolved_in_year]


def _parts(facts: YearFacts) -> Figure:
    """Pieces over all orders."""
    rows = tuple(Share(o.id, o.pieces) for o in facts.orders)
    return Figure(Key.PARTS, sum((o.pieces for o in facts.orders), ZERO) if facts.keeps_orders else None, rows)


def _visits(facts: YearFacts) -> Figure:
    return _counted(Key.VISITS, (v.id for v in facts.visits), facts.keeps_visits)


def _counted(key: Key, ids: Iterable[int], kept: bool) -> Figure:
    rows = tuple(Share(i, Decimal(1)) for i in ids)
    return Figure(key, Decimal(len(rows)) if kept else None, rows)


def _middle(key: Key, rows: list[Share]) -> Figure:
    known = [row.amount for row in rows if row.amount is not None]
    return Figure(key, median(known) if known else None, tuple(rows))


def _between(begin: datetime, end: datetime | None) -> Decimal | None:
    """Hours from one moment to the other."""
    return None if end is None else Decimal((end - begin).total_seconds()) / 3600


@dataclass(frozen=True)
class Case:
    """The customer's own case: `hours` of downtime in `stops`, at `cost` an hour. Amounts in one currency.

    `price` is what preventing it would cost a year: the premium of another contract, or the contract itself.
    """

    hours: Decimal
    stops: int
    cost: Decimal
    price: Decimal | None = None

    @property
    def loss(self) -> Decimal:
        return self.hours * self.cost

    @property
    def mean_stop(self) -> Decimal | None:
        return self.hours / self.stops if self.stops else None

    @property
    def left(self) -> Decimal | None:
        """What would be left of the loss after the price, if all of it were prevented."""
        return None if self.price is None else self.loss - self.price

    @property
    def ratio(self) -> Decimal | None:
        """The loss over the price."""
        return self.loss / self.price if self.price else None

    @property
    def break_even_hours(self) -> Decimal | None:
        """Hours that have to be prevented to earn the price back."""
        return self.price / self.cost if self.price is not None and self.cost else None

    @property
    def break_even_share(self) -> Decimal | None:
        """The same as a share of the downtime."""
        hours = self.break_even_hours
        return hours / self.hours if hours is not None and self.hours else None


def case_of(made: dict[Key, Figure], cost: Decimal | None, price: Decimal | None) -> Case | None:
    """The case, where downtime and its cost are known. Stops without known hours are left out of both."""
    down = made[Key.DOWNTIME]
    if cost is None or down.value is None:
        return None
    return Case(down.value, down.known, cost, price)
