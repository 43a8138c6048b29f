"""What is to be booked in a quarter, by whom, and how targets of people and teams add up (PL-02, EX-29). Pure.

The target of a team is its own where it has one, else the sum of those of its people and of the teams under it; that of
the whole is the sum of the teams at the top and of the people beside them. A shared target is carried by two and counts
once where both are asked about.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from core.calendar import add_months
from core.metrics.aiming import Teams

_QUARTER = re.compile(r"^(\d{4})[- ]?[Qq]([1-4])$")


@dataclass(frozen=True)
class Carried:
    """One target of a quarter: who carries it, and who else does where it is shared."""

    owner: int
    amount: Decimal
    shared_with: int | None = None


def quarter_of(on: date) -> date:
    """The first day of the calendar quarter of a date."""
    return date(on.year, 3 * ((on.month - 1) // 3) + 1, 1)


def quarter_end(first: date) -> date:
    return add_months(first, 3) - timedelta(days=1)


def quarter_name(first: date) -> str:
    """2026-Q4, as files and addresses write it."""
    return f"{first.year}-Q{(first.month + 2) // 3}"


def read_quarter(text: str) -> date | None:
    """The first day of a quarter written as 2026-Q4; None where it is no quarter."""
    found = _QUARTER.match(text.strip())
    if found is None or int(found[1]) == 0:
        return None
    return date(int(found[1]), 3 * int(found[2]) - 2, 1)


def contributions(carried: Iterable[Carried], teams: Teams, asked: Collection[int] | None = None) -> dict[int, Decimal]:
    """What each owner adds to the target of everything, or of the owners that are asked about.

    A person adds their own target; the pool of a team adds what the target of the team has beyond those under it, which
    may be below nothing. So the sum over the owners is the target, to the cent.
    """
    own = targets_of(carried, asked)
    pools = {found[0]: owner for owner, found in teams.of_owner.items() if owner in own and teams.is_pool(owner)}
    added = dict(own)
    for owner, amount in own.items():
        above = _nearest(owner, teams, pools)
        if above is not None:
            added[above] -= amount
    return added


def targets_of(carried: Iterable[Carried], asked: Collection[int] | None = None) -> dict[int, Decimal]:
    """The target that each owner carries. One that is shared stands with its owner, or, where that one is not asked
    about, with whom it is shared."""
    found: dict[int, Decimal] = {}
    for one in carried:
        at = one.owner if asked is None or one.owner in asked else one.shared_with
        if at is not None and (asked is None or at in asked):
            found[at] = found.get(at, Decimal(0)) + one.amount
    return found


def beside(carried: Iterable[Carried], teams: Teams, asked: Collection[int]) -> frozenset[int]:
    """Who else works on a target that those asked about share: what they sell stands against it too."""
    found: set[int] = set()
    for one in carried:
        if one.shared_with is not None and (one.owner in asked) != (one.shared_with in asked):
            found |= _with_theirs(one.shared_with if one.owner in asked else one.owner, teams)
    return frozenset(found - set(asked))


def _with_theirs(owner: int, teams: Teams) -> frozenset[int]:
    """A person; of a pool, everybody in the team too."""
    return teams.under(teams.of_owner[owner][0]) | {owner} if teams.is_pool(owner) else frozenset({owner})


def _nearest(owner: int, teams: Teams, pools: Mapping[int, int]) -> int | None:
    """The pool of the nearest team above an owner that has a target."""
    return next((pools[team] for team in teams.around(owner) if team in pools and pools[team] != owner), None)


def total(carried: Iterable[Carried], teams: Teams, asked: Collection[int] | None = None) -> Decimal | None:
    """The target of all who are asked about; None where none of them has one."""
    found = contributions(carried, teams, asked)
    return sum(found.values(), Decimal(0)) if found else None
