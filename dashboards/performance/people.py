"""Whose figures a person looks at: their own, those of their teams, or those of all teams (RO-02)."""

from dataclasses import dataclass, field
from typing import Any

from core.metrics import Slice, read_teams
from core.models import Owner, Role, Team, User
from core.reach import Level, reach_of

# Who looks at their own figures alone.
OWN = {Role.SALES, Role.CS_MANAGER}
SELLERS, SERVERS = {Role.SALES}, {Role.CS_MANAGER}


@dataclass(frozen=True)
class Who:
    """An owner or a team, with the slice that holds its figures."""

    name: str
    of: Slice
    is_team: bool = False


@dataclass(frozen=True)
class Looked:
    """Those who sell, and those who look after customers. `team` is the one that was chosen; `teams` are on offer."""

    selling: list[Who] = field(default_factory=list)
    serving: list[Who] = field(default_factory=list)
    team: Team | None = None
    teams: list[Team] = field(default_factory=list)
    own: bool = False


def looked_at(user: User, asked: str) -> Looked:
    """Oneself; of who leads or sees everything, the people of a team, or all teams. A fixed number of queries."""
    if user.role in OWN:
        return _oneself(user)
    reach = reach_of(user)
    teams = list(Team.objects.order_by("name").select_related("owner"))
    if reach.level is not Level.ALL:
        teams = [team for team in teams if _owner_of(team) in reach.owners]
    chosen = next((team for team in teams if str(team.pk) == asked), None)
    if chosen is None and reach.level is not Level.ALL:
        chosen = _first(teams)
    return _people_of(chosen, teams) if chosen else _all(teams)


def _oneself(user: User) -> Looked:
    owner = reach_of(user).person
    mine = [Who(user.shown_name, Slice("owner", str(owner)))] if owner else []
    if user.role in SELLERS:
        return Looked(selling=mine, own=True)
    return Looked(serving=mine, own=True)


def _owner_of(team: Any) -> int | None:
    return team.owner.pk if hasattr(team, "owner") else None


def _first(teams: list[Team]) -> Team | None:
    """The one at the top of those that one leads."""
    known = {team.pk for team in teams}
    return next((team for team in teams if team.parent_id not in known), None)


def _of(team: Team) -> Who:
    return Who(team.name, Slice("team", str(team.pk)), is_team=True)


def _people_of(team: Team, teams: list[Team]) -> Looked:
    """The team itself first, then its people by name, each with the work of their role."""
    under = read_teams().under(team.pk)
    rows = Owner.objects.filter(pk__in=under, user__is_active=True).order_by("name", "pk")
    people = list(rows.values_list("pk", "name", "user__role"))
    found = {
        work: [Who(name, Slice("owner", str(pk))) for pk, name, role in people if role in roles]
        for work, roles in (("selling", SELLERS), ("serving", SERVERS))
    }
    whole = [_of(team)]
    return Looked(
        selling=[*whole, *found["selling"]] if found["selling"] else [],
        serving=[*whole, *found["serving"]] if found["serving"] else [],
        team=team,
        teams=teams,
    )


def _all(teams: list[Team]) -> Looked:
    """Every team with somebody of that work in it."""
    works = read_teams()
    roles = dict(Owner.objects.filter(user__is_active=True).values_list("pk", "user__role"))

    def having(work: set[Role]) -> list[Who]:
        return [_of(team) for team in teams if any(roles.get(o) in work for o in works.under(team.pk))]

    return Looked(selling=having(SELLERS), serving=having(SERVERS), teams=teams)
