"""The figures of a pack: each with the rows it rests on, and the one way in which they make its value. Pure.

A pack that was shared is kept as JSON: amounts as text, so that what was shared stays what it was to the last digit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from statistics import median
from typing import Any

from renewals.rules.value import Figure, TicketFact, YearFacts
from renewals.rules.value import Key as OfYear

ZERO = Decimal(0)


class Key(StrEnum):
    """The figures of a pack, in the order of its parts."""

    UPTIME = "uptime"
    DOWNTIME = "downtime"
    STOPS = "stops"
    OUTPUT = "output"
    QUALITY = "quality"
    OPENED = "opened"
    SOLVED = "solved"
    RESPONSE = "response"
    RESOLUTION = "resolution"
    VISITS = "visits"
    GOALS = "goals"
    WINS = "wins"
    SATISFACTION = "satisfaction"
    RECOMMEND = "recommend"
    ACTIONS = "actions"


class How(StrEnum):
    """How rows make a value: their sum, the middle one, the mean, or a share: the sum of amounts over the sum of what
    they are of."""

    SUM = "sum"
    MIDDLE = "middle"
    MEAN = "mean"
    SHARE = "share"


HOW = {
    Key.UPTIME: How.SHARE,
    Key.QUALITY: How.SHARE,
    Key.GOALS: How.SHARE,
    Key.ACTIONS: How.SHARE,
    Key.RESPONSE: How.MIDDLE,
    Key.RESOLUTION: How.MIDDLE,
    Key.SATISFACTION: How.MEAN,
    Key.RECOMMEND: How.MEAN,
}


@dataclass(frozen=True)
class PackRow:
    """One row behind a figure. `said` is what people wrote; `on` a date as text; `amount` None where it is not known;
    `of` what it is a share of."""

    name: str
    about: str = ""
    said: str = ""
    on: str = ""
    amount: Decimal | None = None
    of: Decimal | None = None


@dataclass(frozen=True)
class PackFigure:
    """A value with its rows. None: not known. `was` is the value of the stretch of days before, of the same length."""

    key: Key
    value: Decimal | None
    rows: tuple[PackRow, ...] = ()
    was: Decimal | None = None

    @property
    def how(self) -> How:
        return HOW.get(self.key, How.SUM)

    @property
    def known(self) -> tuple[PackRow, ...]:
        return tuple(row for row in self.rows if row.amount is not None)

    @property
    def unknown(self) -> int:
        return len(self.rows) - len(self.known)


def worked(how: How, rows: Iterable[PackRow]) -> Decimal | None:
    """The value that these rows make; None where none is known."""
    known = [row for row in rows if row.amount is not None]
    amounts = [row.amount for row in known if row.amount is not None]
    if how is How.SUM:
        return sum(amounts, ZERO)
    if not amounts:
        return None
    if how is How.MIDDLE:
        return median(amounts)
    whole = sum((row.of or ZERO for row in known), ZERO) if how is How.SHARE else Decimal(len(amounts))
    return sum(amounts, ZERO) / whole if whole else None


def figure(key: Key, rows: Iterable[PackRow], *, kept: bool = True, was: Decimal | None = None) -> PackFigure:
    """The figure of these rows. Without records ever `kept` nothing is known, whatever there is not."""
    held = tuple(rows)
    return PackFigure(key, worked(HOW.get(key, How.SUM), held) if kept else None, held, was)


def of_year(key: Key, found: Figure, rows: Sequence[PackRow]) -> PackFigure:
    """A figure of the statement of value with its rows in the pack's shape."""
    return PackFigure(key, found.value, tuple(rows))


def uptime(facts: YearFacts, down: Figure, elsewhere: str) -> PackFigure:
    """Hours the machines ran of the hours they were there, machine by machine. Not known where a stop has no hours.

    Stops that name no machine, or one that is not counted, stand on a row called `elsewhere`.
    """
    stops = [t for t in facts.tickets if t.is_stop]
    rows = [
        PackRow(m.name, on=m.first.isoformat(), amount=m.hours - _down(stops, m.id), of=m.hours) for m in facts.machines
    ]
    named = {m.id for m in facts.machines}
    left = sum((t.down or ZERO for t in stops if t.asset not in named), ZERO)
    if left:
        rows.append(PackRow(elsewhere, amount=-left, of=ZERO))
    known = down.value is not None and not down.unknown and bool(facts.machines)
    return PackFigure(Key.UPTIME, worked(How.SHARE, rows) if known else None, tuple(rows))


def _down(stops: Iterable[TicketFact], machine: int) -> Decimal:
    return sum((t.down or ZERO for t in stops if t.asset == machine), ZERO)


# Under which name the statement of value keeps what a pack shows as well.
SHARED = {
    Key.DOWNTIME: OfYear.DOWNTIME,
    Key.STOPS: OfYear.STOPS,
    Key.RESPONSE: OfYear.RESPONSE,
    Key.RESOLUTION: OfYear.RESOLUTION,
    Key.SOLVED: OfYear.SOLVED,
    Key.VISITS: OfYear.VISITS,
}


def as_json(found: PackFigure) -> dict[str, Any]:
    """The figure as plain JSON."""
    rows = [
        {"name": r.name, "about": r.about, "said": r.said, "on": r.on, "amount": _text(r.amount), "of": _text(r.of)}
        for r in found.rows
    ]
    return {"key": found.key.value, "value": _text(found.value), "was": _text(found.was), "rows": rows}


def from_json(kept: dict[str, Any]) -> PackFigure:
    rows = tuple(
        PackRow(**(row | {"amount": _number(row["amount"]), "of": _number(row["of"])})) for row in kept["rows"]
    )
    return PackFigure(Key(kept["key"]), _number(kept["value"]), rows, _number(kept["was"]))


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
