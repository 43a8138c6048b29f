"""Sums are kept for a while, for as long as nothing was written to the database since.

A snapshot of PostgreSQL names the transactions that a reader sees. Two reads under the same snapshot see the same rows,
so a sum read under it is right without anybody having to say what changed. Inside a transaction, which sees its own
writes, nothing is kept.
"""

from collections.abc import Callable
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


def remembered(stamped: str, ask: Ask, what: str, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The sums of `read`, from the cache if they were read under the same stamp by somebody who sees the same."""
    if not stamped:
        return read()
    versions = sorted((p.policy_name, v.number) for p, v in ask.policies.items())  # type: ignore[attr-defined]
    named = repr((stamped, ask.on, _eyes(ask.actor), ask.filters, versions, what))
    key = f"metrics:{sha256(named.encode()).hexdigest()}"
    kept: dict[str, Any] | None = cache.get(key)
    if kept is None:
        kept = read()
        cache.set(key, kept, SECONDS)
    return kept


def _eyes(actor: Any) -> str:
    """Whose rows these are: everybody who sees everything shares one figure."""
    if not isinstance(actor, User):
        return f"{type(actor).__name__}"
    return "all" if reach_of(actor).level is Level.ALL else f"user {actor.pk}"
