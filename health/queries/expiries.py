"""Judgements by hand as the day sees them. The one place that knows where they are kept: `health_judgement`, with
account, `on`, `counts_until` and `withdrawn_on`. All set-based."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection

from health.rules.cadence import SilencePolicy
from health.rules.expiry import ExpiryFacts

_LAST = """
SELECT a.id, a.id, a.owner_id, a.known_on, j.counts_until
FROM unnest(%(ids)s::bigint[]) AS w(id)
JOIN installed_base_account a ON a.id = w.id AND a.merged_into_id IS NULL
CROSS JOIN LATERAL (
    SELECT x.counts_until FROM health_judgement x
    WHERE x.account_id = a.id AND x."on" <= %(on)s AND (x.withdrawn_on IS NULL OR x.withdrawn_on > %(on)s)
    ORDER BY x."on" DESC, x.id DESC LIMIT 1
) j
ORDER BY a.id
"""


def expiry_facts(ids: Sequence[int], on: date) -> list[ExpiryFacts]:
    """The judgement that was given last to each of these accounts."""
    return [ExpiryFacts(*row) for row in _fetch(_LAST, {"ids": list(ids), "on": on})]


def expiring(policy: SilencePolicy, after: date | None, until: date) -> set[int]:
    """Accounts with a judgement whose last day lies before a day of (after, until]; all judged ones without `after`."""
    if after is None:
        return set(judged())
    day = timedelta(days=1)
    sql = "SELECT account_id FROM health_judgement WHERE counts_until BETWEEN %(first)s AND %(last)s"
    return {row[0] for row in _fetch(sql, {"first": after, "last": until - day})}


def judged() -> list[int]:
    return [row[0] for row in _fetch("SELECT DISTINCT account_id FROM health_judgement ORDER BY 1", {})]


def _fetch(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
