"""What goes wrong with a machine: the same problem again, or one long standstill (EX-06, EX-08). Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from zlib import crc32

from core.calendar import add_months
from expansion.rules.episodes import Episode, earlier, stretches
from installed_base.rules.options import Option, key_of, would_prevent

GONE, QUIET, LONG_AGO = "machine_gone", "quiet", "long_ago"


@dataclass(frozen=True)
class RecurringPolicy:
    """The same problem of a machine `tickets` times within `window_months`."""

    policy_name: ClassVar[str] = "expansion.recurring"

    active: bool = True
    tickets: int = 3
    window_months: int = 6


@dataclass(frozen=True)
class BreakdownPolicy:
    """A breakdown of at least `hours`; a chance for `open_days`."""

    policy_name: ClassVar[str] = "expansion.breakdown"

    active: bool = True
    hours: Decimal = Decimal(24)
    open_days: int = 120


@dataclass(frozen=True, slots=True)
class Trouble:
    """A ticket about a machine; questions are none. `problem` is its title, or its kind where it has none."""

    id: int
    on: date
    problem: str
    breakdown: bool = False
    hours: Decimal | None = None


@dataclass(slots=True)
class TroubleFacts:
    """A machine with its tickets. `option_price` is that of its dearest upgrade, `options` how many there are.

    `upgrades` are its options one by one, `fitted` what was on it from which day on.
    """

    id: int
    account_id: int
    owner_id: int
    known_on: date
    counted: bool = True
    taken_out_on: date | None = None
    tickets: tuple[Trouble, ...] = ()
    options: int = 0
    option_price: Decimal | None = None
    upgrades: tuple[Option, ...] = ()
    fitted: tuple[tuple[date, frozenset[str]], ...] = ()


def preventing(facts: TroubleFacts, ticket: Trouble) -> list[Option]:
    """The options that would have prevented this failure: offered by then, and not on the machine (EX-06)."""
    names: frozenset[str] = frozenset()
    for begins, fitted in sorted(facts.fitted, key=lambda period: period[0]):
        names = fitted if begins <= ticket.on else names
    return [
        option
        for option in facts.upgrades
        if would_prevent(option, ticket.problem)
        and key_of(option.name) not in names
        and (option.offered_from is None or option.offered_from <= ticket.on)
    ]


def _worth(facts: TroubleFacts, helping: list[Option]) -> Decimal | None:
    """The dearest of those that help; where none is known to, of all."""
    prices = [option.price for option in helping if option.price is not None]
    return max(prices) if prices else facts.option_price


def recurring(facts: TroubleFacts, policy: RecurringPolicy) -> list[Episode]:
    """One episode per problem and stretch of days in which it came back often enough."""
    if not facts.counted:
        return []
    problems: dict[str, list[Trouble]] = {}
    for ticket in facts.tickets:
        problems.setdefault(ticket.problem.casefold().strip(), []).append(ticket)
    return [e for tickets in problems.values() for e in _recurrences(facts, tickets, policy)]


def _recurrences(facts: TroubleFacts, tickets: list[Trouble], policy: RecurringPolicy) -> list[Episode]:
    if len(tickets) < policy.tickets:
        return []
    leaves = {t.id: add_months(t.on, policy.window_months) + timedelta(days=1) for t in tickets}
    days = {t.on for t in tickets} | set(leaves.values()) | ({facts.taken_out_on} if facts.taken_out_on else set())

    def within(day: date) -> list[Trouble]:
        return [t for t in tickets if t.on <= day < leaves[t.id]]

    def holds(day: date) -> bool:
        left = facts.taken_out_on is not None and facts.taken_out_on <= day
        return not left and len(within(day)) >= policy.tickets

    found = []
    for begun, over in stretches(days, holds):
        helping = preventing(facts, max(within(begun), key=lambda t: (t.on, t.id)))
        value = _worth(facts, helping)
        seen = {"tickets": len(within(begun)), "months": policy.window_months, "problem": tickets[0].problem}
        seen |= _named(helping)
        mark = crc32(tickets[0].problem.casefold().strip().encode())
        gone = GONE if over == facts.taken_out_on else QUIET
        found.append(
            Episode(
                f"RECUR.{mark:08x}.{begun.isoformat()}", begun, begun, over, gone, value, _source(helping, value), seen,
                facts.id,
            )
        )  # fmt: skip
    return found


def _named(helping: list[Option]) -> dict[str, Any]:
    return {"prevents": [option.name for option in helping]} if helping else {}


def _source(helping: list[Option], value: Decimal | None) -> str:
    if value is None:
        return ""
    return "preventing_option" if any(option.price == value for option in helping) else "upgrade_option"


def breakdown(facts: TroubleFacts, policy: BreakdownPolicy) -> list[Episode]:
    """One episode per long standstill: would an upgrade have prevented it? Those that say so are named (EX-06), the
    others counted."""
    if not facts.counted:
        return []
    long = [t for t in facts.tickets if t.breakdown and t.hours is not None and t.hours >= policy.hours]
    return [e for t in long if (e := _standstill(facts, t, policy)) is not None]


def _standstill(facts: TroubleFacts, ticket: Trouble, policy: BreakdownPolicy) -> Episode | None:
    history = ticket.on + timedelta(days=policy.open_days)
    over_on = earlier(history, facts.taken_out_on)
    if over_on is None or over_on <= ticket.on:
        return None
    gone = LONG_AGO if over_on == history else GONE
    helping = preventing(facts, ticket)
    value = _worth(facts, helping)
    seen = {"on": ticket.on.isoformat(), "hours": str(ticket.hours), "options": facts.options} | _named(helping)
    return Episode(
        f"BREAKDOWN.{ticket.id}", ticket.on, ticket.on, over_on, gone, value, _source(helping, value), seen, facts.id
    )  # fmt: skip
