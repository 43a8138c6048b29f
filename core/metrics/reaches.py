"""What people see of the base as slices that snapshots keep: one for all who see the same accounts.

A person sees the accounts that their teams own, and perhaps some beside them. A reach is named after the accounts in
it: as soon as one is handed over, it is another reach, and figures of the former one are nobody's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from core.metrics.slices import Slice
from core.models import User
from core.reach import Level, reach_of

REACH = "reach"


@dataclass(frozen=True)
class Sight:
    """What all of a reach see: the accounts that `owners` hold, and the `others`, as this `seer` sees them."""

    slice: Slice
    owners: frozenset[int]
    others: tuple[int, ...]
    seer: User


@dataclass(frozen=True)
class Accounts:
    """What the room that knows accounts says of them.

    `seen(actor)` are the accounts that somebody sees. `held()` are rows of `holder_of` (account), `holder_root` (the
    customer it counts as) and `holder`: its owner today, None where accounts of one customer have several.
    """

    seen: Callable[[Any], QuerySet[Any]]
    held: Callable[[], QuerySet[Any]]


_accounts: list[Accounts] = []
_kept: set[str] = set()


def register_accounts(accounts: Accounts) -> None:
    """Called once, from the apps.py of the room that knows accounts."""
    _accounts[:] = [accounts]


def kept_for_reaches(*keys: str) -> None:
    """Store these metrics for each reach too. Called from a room's apps.py; their families say `seen_at`."""
    _kept.update(keys)


def for_reaches() -> frozenset[str]:
    return frozenset(_kept)


def held_sql() -> tuple[str, Any]:
    sql, parameters = _accounts[0].held().query.sql_with_params()
    return str(sql), parameters


def reach_slice(actor: Any) -> Slice | None:
    """The slice of exactly the accounts that this person sees now, by their number and the sum of their hashes.

    None for who sees everything, and for who sees single machines of an account. One query.
    """
    if not isinstance(actor, User) or reach_of(actor).level is not Level.TEAM:
        return None
    try:
        sql, parameters = _seen(actor)
    except EmptyResultSet:
        return Slice(REACH, "0/0")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) || '/' || COALESCE(sum(hashint8extended(seen.id, 0)), 0) FROM ({sql}) seen(id)",
            parameters,
        )
        return Slice(REACH, cursor.fetchone()[0])


def sights() -> list[Sight]:
    """Every reach that people have at the moment."""
    found: dict[Slice, Sight] = {}
    for user in User.objects.filter(is_active=True).order_by("pk"):
        to = reach_slice(user)
        if to and to not in found:
            owners = reach_of(user).owners
            found[to] = Sight(to, owners, _others(user, owners), user)
    return list(found.values())


def _seen(actor: User) -> tuple[str, Any]:
    sql, parameters = _accounts[0].seen(actor).order_by().values("pk").query.sql_with_params()
    return str(sql), parameters


def _others(user: User, owners: frozenset[int]) -> tuple[int, ...]:
    """The accounts that this user sees and no sum over these owners holds whole, and the customers they count as."""
    try:
        seen, parameters = _seen(user)
    except EmptyResultSet:
        return ()
    held, more = held_sql()
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH seen(id) AS ({seen}), held AS ({held}), others AS (SELECT holder_of, holder_root FROM held"
            " JOIN seen ON seen.id = holder_of WHERE holder IS NULL OR holder <> ALL(%s))"
            " SELECT holder_of FROM others UNION SELECT holder_root FROM others",
            [*parameters, *more, list(owners)],
        )
        return tuple(sorted(row[0] for row in cursor.fetchall()))
