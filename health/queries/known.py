"""Facts as they were known by a day: the SQL of the readings over the rows we had heard of by then (`known_at`).

A row counts from the day we learned of it. What it says is what it says today: a date that was written into it later
(solved, paid, left) counts on its own day. Values that stood by period are those of the day that is asked about.
"""

import re
from functools import cache

from django.apps import apps

from core.models.facts import Fact


@cache
def _facts() -> tuple[str, ...]:
    """The tables of facts, which say since when we know of a row."""
    return tuple(sorted(m._meta.db_table for m in apps.get_models() if issubclass(m, Fact)))


@cache
def known_by(sql: str) -> str:
    """The same question of what was known by %(known_at)s: its tables of facts stand for a part of their rows."""
    read = [table for table in _facts() if re.search(rf"\b{table}\b", sql)]
    known = ", ".join(
        f"{table} AS NOT MATERIALIZED (SELECT * FROM {table} WHERE known_on <= %(known_at)s)" for table in read
    )
    return f"WITH {known} SELECT * FROM ({sql}) told" if known else sql
