"""How far a user sees: everything, what their teams own, or what is assigned to them (trust.md 5.2)."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db import connection

from core.models import Role, Team, User
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
# Who may publish thresholds, weights and curves that count for everybody.
_SETS_POLICY = {Role.TEAM_LEAD, Role.ADMINISTRATOR}
# To whom the people at customers have a role and no name.
HIDES_NAMES = {Role.EXECUTIVE, Role.MARKETING}
# Who plans and follows the delivery of machines, for all accounts that they see.
_DELIVERS = {Role.OPERATIONS, Role.TEAM_LEAD, Role.ADMINISTRATOR}
_READS_ONLY_OWN_WRITES = {Role.CS_MANAGER, Role.SALES}


@dataclass(frozen=True)
class Reach:
    """What follows from a user's role and teams. `owners` are all owner ids of their teams and sub-teams,
    `own` those that are the user or a pool the user belongs to, `person` the user's own once they own something."""

    level: Level
    owners: frozenset[int]
    own: frozenset[int]
    person: int | None
    sees_prices: bool
    sees_names: bool
    works: bool
    writes_own_only: bool
    sets_policy: bool
    delivers: bool


def reach_of(user: User) -> Reach:
    """The reach of a user, read once per user object."""
    known = getattr(user, "_reach", None)
    if known is None:
        known = _read(user)
    return known


# One expression of a user's id: the owners that the user, their teams, the parts of these and the people in them are,
# each with whether it is the user or a pool the user belongs to, and whether it is the user.
OWNERS = """(
    WITH RECURSIVE mine AS (SELECT team_id FROM core_membership WHERE user_id = {user}),
    teams(id) AS (
        SELECT team_id FROM mine UNION SELECT t.id FROM core_team t JOIN teams p ON t.parent_id = p.id
    )
    SELECT json_agg(json_build_array(o.id, COALESCE(o.user_id = {user}, FALSE)
                                     OR COALESCE(o.team_id IN (SELECT team_id FROM mine), FALSE),
                                     COALESCE(o.user_id = {user}, FALSE)))
    FROM core_owner o
    WHERE o.user_id = {user} OR o.team_id IN (SELECT id FROM teams)
        OR o.user_id IN (SELECT m.user_id FROM core_membership m WHERE m.team_id IN (SELECT id FROM teams))
)"""


def _read(user: User) -> Reach:
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + OWNERS.format(user="%(user)s"), {"user": user.pk})
        return reach_with(user, cursor.fetchone()[0])


def reach_with(user: User, owners: list[tuple[int, bool, bool]] | None) -> Reach:
    """The reach of a user whose OWNERS were read already."""
    role = Role(user.role)
    found = user._reach = Reach(  # type: ignore[attr-defined]
        level=_LEVELS[role],
        owners=frozenset(owner for owner, _own, _person in owners or ()),
        own=frozenset(owner for owner, own, _person in owners or () if own),
        person=next((owner for owner, _own, person in owners or () if person), None),
        sees_prices=role in _SEES_PRICES,
        sees_names=role not in HIDES_NAMES,
        works=role in _WORKS,
        writes_own_only=role in _READS_ONLY_OWN_WRITES,
        sets_policy=role in _SETS_POLICY,
        delivers=role in _DELIVERS,
    )
    return found


def with_parts(teams: set[int]) -> set[int]:
    """These teams and all teams under them; the tree of teams is small and read whole."""
    parents = dict(Team.objects.values_list("id", "parent_id"))
    found = set(teams)
    while more := {t for t, parent in parents.items() if parent in found and t not in found}:
        found |= more
    return found


def sees_names(actor: Any) -> bool:
    """Whether people at customers have a name for this actor; the system itself sees all."""
    return isinstance(actor, System) or (isinstance(actor, User) and reach_of(actor).sees_names)


def sees_prices(actor: Any) -> bool:
    """Whether prices and contract values are shown to this actor; the system itself sees all."""
    return isinstance(actor, System) or (isinstance(actor, User) and reach_of(actor).sees_prices)
