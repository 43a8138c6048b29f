"""Which of the targets that were said counts for a figure: the narrowest scope, the shortest period, the latest word.
Pure.

A figure of several filters, or of an account, has no target of its own. A target of more than what is asked about
counts for a part of it too, unless it is a sum or a number to be reached: nobody reaches alone what all should.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from core.metrics.status import NO_TARGET, Aim, Target

# From narrow to wide; what comes first wins.
NARROWEST_FIRST = ("owner", "team", "product_line", "segment", "country")
NOT_JUDGED, AS_THE_CATALOGUE = "none", "default"


@dataclass(frozen=True, order=True)
class Scope:
    """Everything, or one member of a dimension."""

    dimension: str = ""
    member: str = ""


EVERYTHING = Scope()


@dataclass(frozen=True)
class Said:
    """One target as somebody said it. `aim` is that of `FigureAim`; `number` orders what was said on one day."""

    metric: str
    scope: Scope
    aim: str
    value: Decimal | None
    watch_from: Decimal | None
    valid_from: date
    starts_on: date | None = None
    ends_on: date | None = None
    number: int = 0

    @property
    def about(self) -> tuple[Scope, date | None, date | None]:
        """What another one must be about to take its place."""
        return self.scope, self.starts_on, self.ends_on

    @property
    def days(self) -> int:
        """How long its period is; that without one is longest."""
        if self.starts_on is None or self.ends_on is None:
            return timedelta.max.days
        return (self.ends_on - self.starts_on).days

    @property
    def target(self) -> Target:
        if self.aim == NOT_JUDGED:
            return NO_TARGET
        return Target(Aim(self.aim), self.value, self.watch_from)

    def counts_on(self, on: date) -> bool:
        return self.starts_on is None or self.ends_on is None or self.starts_on <= on <= self.ends_on


@dataclass(frozen=True)
class Teams:
    """The team above each team, the teams of each owner (a pool's own, a person's in the order they joined), and which
    owners are pools."""

    above: Mapping[int, int | None] = field(default_factory=dict)
    of_owner: Mapping[int, Sequence[int]] = field(default_factory=dict)
    pools: frozenset[int] = frozenset()

    def is_pool(self, owner: int) -> bool:
        return owner in self.pools

    def under(self, team: int) -> frozenset[int]:
        """The owners of a team: its pool, the people in it, and those of the teams under it."""
        return frozenset(o for o, mine in self.of_owner.items() if any(team in self.upward(t) for t in mine))

    def upward(self, team: int) -> list[int]:
        """A team and those above it, nearest first."""
        found: list[int] = []
        at: int | None = team
        while at is not None and at not in found:
            found.append(at)
            at = self.above.get(at)
        return found

    def around(self, owner: int) -> list[int]:
        """The teams in which an owner stands, and those above them, nearest first."""
        found: dict[int, None] = {}
        for team in self.of_owner.get(owner, ()):
            found |= dict.fromkeys(self.upward(team))
        return list(found)


def scopes_of(chosen: Mapping[str, object], teams: Teams) -> list[Scope]:
    """The scopes in which a figure with these filters stands, from narrow to wide; everything is the last."""
    found: dict[Scope, None] = {}
    for dimension in NARROWEST_FIRST:
        if chosen.get(dimension):
            found[Scope(dimension, str(chosen[dimension]))] = None
        if dimension == "team":
            found |= dict.fromkeys(Scope("team", str(team)) for team in _teams(chosen, teams))
    return [*found, EVERYTHING]


def _teams(chosen: Mapping[str, object], teams: Teams) -> list[int]:
    owner, team = chosen.get("owner"), chosen.get("team")
    around = teams.around(int(str(owner))) if owner else []
    return [*around, *(teams.upward(int(str(team))) if team else [])]


def in_force(said: Iterable[Said], on: date) -> list[Said]:
    """What counts on a date: of each thing the last word up to it, without those taken back or of another period."""
    last: dict[tuple[Scope, date | None, date | None], Said] = {}
    for one in sorted((s for s in said if s.valid_from <= on), key=lambda s: (s.valid_from, s.number)):
        last[one.about] = one
    return [s for s in last.values() if s.aim != AS_THE_CATALOGUE and s.counts_on(on)]


def chosen_for(
    said: Iterable[Said], on: date, filters: Mapping[str, object], teams: Teams, *, adds_up: bool
) -> Said | None:
    """The target that counts on a date for a figure with these filters; None where nobody said one.

    `adds_up` says that the figure of a whole is the sum of those of its parts.
    """
    standing = in_force(said, on)
    if not standing:
        return None
    own = _own_scope(filters)
    for scope in scopes_of(filters, teams):
        found = sorted((s for s in standing if s.scope == scope), key=lambda s: s.days)
        if found and (scope == own or passes_down(found[0], adds_up=adds_up)):
            return found[0]
    return None


def _own_scope(filters: Mapping[str, object]) -> Scope | None:
    """The scope that is exactly what is asked about; None where no scope is."""
    if not filters:
        return EVERYTHING
    dimension, member = next(iter(filters.items()))
    return Scope(dimension, str(member)) if len(filters) == 1 else None


def passes_down(said: Said, *, adds_up: bool) -> bool:
    """Whether a target counts for a part of what it is about."""
    return not adds_up or said.aim not in (Aim.ABOVE.value, Aim.AT_LEAST.value)
