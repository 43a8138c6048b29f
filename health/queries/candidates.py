"""Which accounts the day looks at, and from which day on their facts changed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

# Touched rows carry their account; those that do not are found by what they are. A machine concerns the accounts at
# which it ever stood.
_TOUCHED = """
SELECT t.account_id AS account, t.since FROM core_touched t WHERE t.account_id IS NOT NULL
UNION ALL SELECT t.subject_id, t.since FROM core_touched t WHERE t.kind = 'account'
UNION ALL SELECT p.account_id, t.since FROM core_touched t
    JOIN installed_base_assetperiod p ON p.asset_id = t.subject_id WHERE t.kind = 'asset'
UNION ALL SELECT c.account_id, t.since FROM core_touched t
    JOIN installed_base_contract c ON c.id = t.subject_id WHERE t.kind = 'contract'
UNION ALL SELECT c.account_id, t.since FROM core_touched t
    JOIN installed_base_term m ON m.id = t.subject_id JOIN installed_base_contract c ON c.id = m.contract_id
    WHERE t.kind = 'term'
UNION ALL SELECT p.account_id, t.since FROM core_touched t
    JOIN installed_base_coverage c ON t.kind = 'term' AND c.term_id = t.subject_id
    JOIN installed_base_assetperiod p ON p.asset_id = c.asset_id
UNION ALL SELECT p.account_id, t.since FROM core_touched t
    JOIN installed_base_coverage c ON t.kind = 'coverage' AND c.id = t.subject_id
    JOIN installed_base_assetperiod p ON p.asset_id = c.asset_id
"""


def touched_accounts(touched: Mapping[str, Sequence[int]]) -> set[int]:
    """The accounts behind everything that was touched, whatever its kind."""
    if not touched:
        return set()
    return {row[0] for row in _fetch(f"SELECT DISTINCT account FROM ({_TOUCHED}) x WHERE account IS NOT NULL", [])}


def touched_since(ids: Sequence[int]) -> dict[int, date]:
    """Per account the earliest day whose facts changed."""
    sql = f"SELECT account, MIN(since) FROM ({_TOUCHED}) x WHERE account = ANY(%s) GROUP BY account"
    return dict(_fetch(sql, [list(ids)]))


def due_accounts(policy: Any, after: date | None, until: date) -> set[int]:
    """Accounts whose score may change by time alone until then, and those never scored; all without `after`."""
    if after is None:
        return set(all_accounts())
    rows = _fetch('SELECT account_id FROM health_scoredue WHERE "on" <= %s', [until])
    unscored = _fetch(
        "SELECT a.id FROM installed_base_account a WHERE a.merged_into_id IS NULL AND a.known_on <= %s"
        " AND NOT EXISTS (SELECT 1 FROM health_scoredue d WHERE d.account_id = a.id)",
        [until],
    )
    return {row[0] for row in (*rows, *unscored)}


def all_accounts() -> list[int]:
    return [row[0] for row in _fetch("SELECT id FROM installed_base_account ORDER BY id", [])]


def _fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
