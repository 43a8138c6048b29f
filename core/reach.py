"""How far a user sees: everything, what their teams own, or what is assigned to them (trust.md 5.2)."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from core.models import Membership, Owner, Role, Team, User
from core.scope import System


class Level(Enum):
    ALL = "all"
    TEAM = "team"
    ASSIGNED = "assigned"


_LEVELS = {
    Role.CS_MANAGER: Level.TEAM,
    Role.SALES: Level.TEAM,
    Role.TEAM_LEAD: Level.TEAM,
    Role.TECHNICIAN: Level.ASSIGNED,
    Role.EXECUTIVE: Level.ALL,
    Role.MARKETING: Level.ALL,
    Role.OPERATIONS: Level.ALL,
    Role.ADMINISTRATOR: Level.ALL,
}
# Who sees prices and contract values at all.
_SEES_PRICES = {Role.CS_MANAGER, Role.SALES, Role.TEAM_LEAD, Role.EXECUTIVE, Role.ADMINISTRATOR}
# Who may change commercial work: renewals, signals, opportunities, next steps.
_WORKS = {Role.CS_MANAGER, Role.SALES, Role.TEAM_LEAD, Role.ADMINISTRATOR}
_READS_ONLY_OWN_WRITES = {Role.CS_MANAGER, Role.SALES}


@dataclass(frozen=True)
class Reach:
    """What follows from a user's role and teams. `owners` are all owner ids of their teams and sub-teams,
    `own` those that are the user or a pool the user belongs to."""

    level: Level
    owners: frozenset[int]
    own: frozenset[int]
    sees_prices: bool
    works: bool
    writes_own_only: bool


def reach_of(user: User) -> Reach:
    """The reach of a user, read once per user object."""
    known = getattr(user, "_reach", None)
    if known is None:
        known = user._reach = _read(user)  # type: ignore[attr-defined]
    return known


def _read(user: User) -> Reach:
    role = Role(user.role)
    level = _LEVELS[role]
    mine = set(Membership.objects.filter(user=user).values_list("team_id", flat=True))
    teams = with_parts(mine)
    people = set(Membership.objects.filter(team_id__in=teams).values_list("user_id", flat=True)) | {user.pk}
    rows = list(Owner.objects.filter(user_id__in=people).values_list("id", "user_id", "team_id")) + list(
        Owner.objects.filter(team_id__in=teams).values_list("id", "user_id", "team_id")
    )
    return Reach(
        level=level,
        owners=frozenset(r[0] for r in rows),
        own=frozenset(r[0] for r in rows if r[1] == user.pk or r[2] in mine),
        sees_prices=role in _SEES_PRICES,
        works=role in _WORKS,
        writes_own_only=role in _READS_ONLY_OWN_WRITES,
    )


def with_parts(teams: set[int]) -> set[int]:
    """These teams and all teams under them; the tree of teams is small and read whole."""
    parents = dict(Team.objects.values_list("id", "parent_id"))
    found = set(teams)
    while more := {t for t, parent in parents.items() if parent in found and t not in found}:
        found |= more
    return found


def sees_prices(actor: Any) -> bool:
    """Whether prices and contract values are shown to this actor; the system itself sees all."""
    return isinstance(actor, System) or (isinstance(actor, User) and reach_of(actor).sees_prices)
