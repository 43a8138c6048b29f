"""Scoring aside: the very same writes as the day's, into tables of this session that nobody else sees.

What the lab says would happen is worked out by what will do it. A temporary table of the same name stands before the
one on record, for reads and for writes, until it is dropped or the session ends.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import connection, transaction

TABLES = ("health_score", "health_spell", "health_scoredue")
# How far back a first day with scores is looked for: what is worked back, and the days that turn a tier.
_BEHIND = timedelta(days=60)


@contextmanager
def aside() -> Iterator[None]:
    """Within, no account has a score yet, and what is scored is forgotten afterwards.

    Long work commits step by step. After a fault inside a transaction the tables go with it.
    """
    _run([f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL)" for table in TABLES])
    try:
        yield
    except BaseException:
        if not connection.in_atomic_block:
            _drop()
        raise
    _drop()


def _drop() -> None:
    _run([f"DROP TABLE pg_temp.{table}" for table in TABLES])


@contextmanager
def aside_from(ids: Sequence[int], on: date, back: int) -> Iterator[None]:
    """Within, these accounts stand as they do on record, as far as a day of scoring `back` days looks behind it."""
    with transaction.atomic(), aside():
        since = on - timedelta(days=back) - _BEHIND
        with connection.cursor() as cursor:
            cursor.execute(_SCORES, {"ids": list(ids), "since": since})
            cursor.execute(_SPELLS, {"ids": list(ids), "since": since})
            cursor.execute(_DUE, {"ids": list(ids)})
        # The numbering begins anew here: what was copied keeps out of its way.
        _run([f"UPDATE pg_temp.{table} SET id = -id" for table in TABLES[:2]])
        yield


_SCORES = """
INSERT INTO pg_temp.health_score OVERRIDING SYSTEM VALUE
SELECT s.* FROM public.health_score s WHERE s.account_id = ANY(%(ids)s) AND s."on" >= %(since)s
UNION ALL
SELECT s.* FROM unnest(%(ids)s::bigint[]) AS w(id) CROSS JOIN LATERAL (
    SELECT * FROM public.health_score x WHERE x.account_id = w.id AND x."on" < %(since)s ORDER BY x."on" DESC LIMIT 1
) s
"""
_SPELLS = """
INSERT INTO pg_temp.health_spell OVERRIDING SYSTEM VALUE
SELECT * FROM public.health_spell s
WHERE s.account_id = ANY(%(ids)s) AND (s.ended_on IS NULL OR s.ended_on >= %(since)s)
"""
_DUE = """
INSERT INTO pg_temp.health_scoredue SELECT * FROM public.health_scoredue d WHERE d.account_id = ANY(%(ids)s)
"""


def _run(statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
