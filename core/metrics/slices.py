"""The slices of the base that snapshots keep: everything, and each member of one dimension at a time."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from core.metrics.ask import EVERYTHING, Filters, dimensions
from core.models import Membership, Owner, Team, User
from core.reach import Level, reach_of
from core.scope import System

# The dimensions that the account of a row decides, in the order of the columns of its places.
OF_THE_ACCOUNT = ("owner", "segment", "country")
KEPT = (*OF_THE_ACCOUNT, "team", "product_line")


@dataclass(frozen=True, order=True)
class Slice:
    """Everything, one member of a dimension (the name of a filter and its value as text), or a reach."""

    dimension: str = ""
    member: str = ""

    @property
    def filters(self) -> Filters:
        """The filters that ask for this slice."""
        if self.dimension not in KEPT:
            return EVERYTHING
        value: Any = self.member if self.dimension in ("segment", "country") else int(self.member)
        return Filters(**{self.dimension: value})


WHOLE = Slice()
_places: list[Callable[[date], QuerySet[Any]]] = []


def register_places(places: Callable[[date], QuerySet[Any]]) -> None:
    """Where every account stood on a date: rows of `place_of` (account), `place_owner`, `place_segment` and
    `place_country`. Called once, from the room that knows accounts."""
    _places[:] = [places]


_others: list[Callable[[date], Iterable[int]]] = []


def register_owners(owners: Callable[[date], Iterable[int]]) -> None:
    """Owners of a date who have figures of their own without an account: who sells, say. Called from an apps.py."""
    _others.append(owners)


def places_sql(on: date) -> tuple[str, Any]:
    """The SQL of those rows, and its parameters."""
    sql, parameters = _places[0](on).query.sql_with_params()
    return str(sql), parameters


def slice_of(actor: Any, filters: Filters) -> Slice | None:
    """The slice that holds exactly what this actor asks for; None where no stored figure is that.

    Only who sees everything reads stored figures. A team or an owner is kept as it stood on the date, but the reach of
    a person follows who owns an account today, and who helps there: even where both agree, nothing says that they do.
    """
    chosen = filters.chosen()
    if not sees_everything(actor) or len(chosen) > 1 or not chosen.keys() <= set(KEPT):
        return None
    return next((Slice(key, str(value)) for key, value in chosen.items()), WHOLE)


def sees_everything(actor: Any) -> bool:
    return isinstance(actor, System) or (isinstance(actor, User) and reach_of(actor).level is Level.ALL)


def members_on(on: date, teams: Mapping[int, frozenset[int]]) -> list[Slice]:
    """Every slice of that date beside the whole: owners, segments and countries of accounts, teams, product lines."""
    more = {Slice("owner", str(owner)) for owners in _others for owner in owners(on)}
    found = [*{*_of_accounts(on), *more}, *(Slice("product_line", value) for value in _choices("product_line"))]
    owners = {int(s.member) for s in found if s.dimension == "owner"}
    return sorted([*found, *(Slice("team", str(t)) for t, own in teams.items() if own & owners)])


def _of_accounts(on: date) -> list[Slice]:
    sql, parameters = places_sql(on)
    parts = " UNION ".join(
        f"SELECT '{d}', place_{d}::text FROM places WHERE place_{d}::text <> ''" for d in OF_THE_ACCOUNT
    )
    with connection.cursor() as cursor:
        cursor.execute(f"WITH places AS MATERIALIZED ({sql}) {parts}", parameters)
        return [Slice(*row) for row in cursor.fetchall()]


def _choices(key: str) -> Iterable[str]:
    found = next((d.rows(System("snapshots")) for d in dimensions() if d.key == key), None)
    return () if found is None else found.values_list("value", flat=True)


def owners_of_teams() -> dict[int, frozenset[int]]:
    """The owners that a team stands for: itself, its parts, and everybody in them. Membership is that of today."""
    parents = dict(Team.objects.values_list("pk", "parent_id"))
    users: dict[int, set[int]] = {}
    for user, team in Membership.objects.values_list("user_id", "team_id"):
        users.setdefault(user, set()).add(team)
    found: dict[int, set[int]] = {team: set() for team in parents}
    for owner, team, user in Owner.objects.values_list("pk", "team_id", "user_id"):
        for near in ({team} if team else set()) | users.get(user, set()):
            for above in _upward(near, parents):
                found[above].add(owner)
    return {team: frozenset(owners) for team, owners in found.items()}


def _upward(team: int, parents: Mapping[int, int | None]) -> list[int]:
    """A team and those it is part of; a circle, which should not be, is gone round once."""
    found: list[int] = []
    at: int | None = team
    while at is not None and at not in found:
        found.append(at)
        at = parents.get(at)
    return found
