"""Facts as they were known by a day: the SQL of the readings over the rows we had heard of by then (`known_at`).

A row counts from the day we learned of it. What it says is what it says today: a date that was written into it later
(solved, paid, left) counts on its own day. Values that stood by period are those of the day that is asked about.
"""

import re
from datetime import date
from functools import cache

from django.apps import apps
from django.db import connection

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


# How a fact without an account of its own reaches the accounts it says something of.
_REACHED = {
    "installed_base_account": "SELECT id AS account_id FROM installed_base_account",
    "installed_base_usagereading": "SELECT p.account_id FROM installed_base_usagereading"
    " JOIN installed_base_assetperiod p USING (asset_id)",
    "installed_base_coverage": "SELECT p.account_id FROM installed_base_coverage"
    " JOIN installed_base_assetperiod p USING (asset_id)",
    "installed_base_term": "SELECT c.account_id FROM installed_base_term f"
    " JOIN installed_base_contract c ON c.id = f.contract_id",
}


@cache
def _arrivals() -> str:
    """The accounts of all facts that became known on a day."""
    plain = {
        m._meta.db_table: f"SELECT account_id FROM {m._meta.db_table}"
        for m in apps.get_models()
        if issubclass(m, Fact) and any(f.column == "account_id" for f in m._meta.concrete_fields)
    }
    asked = [f"{sql} WHERE {_known_on(table)} = %(on)s" for table, sql in (plain | _REACHED).items()]
    return f"SELECT DISTINCT account_id FROM ({' UNION ALL '.join(asked)}) fact WHERE account_id IS NOT NULL"


def _known_on(table: str) -> str:
    return f"{'f' if table == 'installed_base_term' else table}.known_on"


def accounts_of_facts_known_on(on: date) -> list[int]:
    """Accounts of which something became known on that day."""
    with connection.cursor() as cursor:
        cursor.execute(_arrivals(), {"on": on})
        return [row[0] for row in cursor.fetchall()]
