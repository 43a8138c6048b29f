"""Sums are kept for a while, for as long as nothing was written to the database since.

A snapshot of PostgreSQL names the transactions that a reader sees. Two reads under the same snapshot see the same rows,
so a sum read under it is right without anybody having to say what changed. Inside a transaction, which sees its own
writes, nothing is kept.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db import connection

from core.metrics.ask import Ask
from core.models import User
from core.reach import Level, reach_of

SECONDS = 300


def stamp() -> str:
    """What the present reader sees; empty where it may see its own unfinished writes."""
    if connection.in_atomic_block:
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database() || ' ' || pg_current_snapshot()::text")
        return str(cursor.fetchone()[0])


def remembered(
    stamped: str, asked: Sequence[tuple[Ask, str]], read: Callable[[list[int]], list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """The sums of each that is asked for, from the cache if they were read under the same stamp by somebody who sees
    the same; `read` is asked once, for the places of all that are not there."""
    if not stamped:
        return read(list(range(len(asked))))
    keys = [_key(stamped, ask, what) for ask, what in asked]
    kept: dict[str, dict[str, Any]] = cache.get_many(keys)
    lacking = [place for place, key in enumerate(keys) if key not in kept]
    fresh = {keys[place]: sums for place, sums in zip(lacking, read(lacking), strict=True)} if lacking else {}
    if fresh:
        cache.set_many(fresh, SECONDS)
    return [(kept | fresh)[key] for key in keys]


def _key(stamped: str, ask: Ask, what: str) -> str:
    versions = sorted((p.policy_name, v.number) for p, v in ask.policies.items())  # type: ignore[attr-defined]
    named = repr((stamped, ask.on, _eyes(ask.actor), ask.filters, versions, what))
    return f"metrics:{sha256(named.encode()).hexdigest()}"


def _eyes(actor: Any) -> str:
    """Whose rows these are: everybody who sees everything shares one figure."""
    if not isinstance(actor, User):
        return f"{type(actor).__name__}"
    return "all" if reach_of(actor).level is Level.ALL else f"user {actor.pk}"
