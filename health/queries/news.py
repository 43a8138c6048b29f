"""What the day knows of spells and of silence. All set-based."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection

from core.calendar import add_months
from health.rules.news import SilenceFacts, SpellFacts
from health.rules.policy import SilencePolicy
from health.rules.tier import Tier

_SPELLS = """
SELECT a.id, a.id, a.owner_id, a.known_on, s.id, s.tier, s.began_on, s.score, b.tier, b.began_on, was.score, worth.value
FROM unnest(%(ids)s::bigint[]) AS w(id)
JOIN installed_base_account a ON a.id = w.id AND a.merged_into_id IS NULL
JOIN health_spell s
  ON s.account_id = a.id AND s.began_on <= %(on)s AND (s.ended_on IS NULL OR s.ended_on > %(on)s)
LEFT JOIN LATERAL (
    SELECT x.tier, x.began_on FROM health_spell x
    WHERE x.account_id = a.id AND x.began_on < s.began_on AND x.tier <> 'unknown' ORDER BY x.began_on DESC LIMIT 1
) b ON TRUE
LEFT JOIN LATERAL (
    SELECT x.score FROM health_score x
    WHERE x.account_id = a.id AND x."on" < s.began_on AND x.score IS NOT NULL ORDER BY x."on" DESC LIMIT 1
) was ON TRUE
LEFT JOIN LATERAL (
    SELECT SUM(l.amount_reporting) AS value FROM installed_base_ledgerentry l
    WHERE s.began_on = %(on)s AND l.account_id = a.id AND l.state = 'posted'
      AND l."on" > %(year)s AND l."on" <= %(on)s
) worth ON TRUE
ORDER BY a.id
"""


def spell_facts(ids: Sequence[int], on: date) -> list[SpellFacts]:
    """The spell of each account on that day, with the last tier known before it; its worth on its first day."""
    rows = _fetch(_SPELLS, {"ids": list(ids), "on": on, "year": on - timedelta(days=365)})
    return [_spell(*row) for row in rows]


def _spell(*row: Any) -> SpellFacts:
    pk, account, owner, known_on, spell, tier, began_on, score, before, before_on, score_before, value = row
    return SpellFacts(
        pk, account, owner, known_on, spell, Tier(tier), began_on, score,
        Tier(before) if before else None, before_on, score_before, value,
    )  # fmt: skip


# Customers: accounts with a machine of ours or a contract.
_SILENCE = """
SELECT a.id, a.id, a.owner_id, a.known_on, m.last_on
FROM unnest(%(ids)s::bigint[]) AS w(id)
JOIN installed_base_account a ON a.id = w.id AND a.merged_into_id IS NULL
CROSS JOIN LATERAL (
    SELECT MAX(m."on") AS last_on FROM installed_base_contactmoment m WHERE m.account_id = a.id AND m."on" <= %(on)s
) m
WHERE m.last_on IS NOT NULL AND (
    EXISTS (SELECT 1 FROM installed_base_asset x
            WHERE x.account_id = a.id AND x.standing = 'ours'
              AND (x.taken_out_on IS NULL OR x.taken_out_on > %(on)s))
    OR EXISTS (SELECT 1 FROM installed_base_contract c WHERE c.account_id = a.id)
)
ORDER BY a.id
"""


def silence_facts(ids: Sequence[int], on: date) -> list[SilenceFacts]:
    """When we last spoke with these customers, of those with whom anybody ever did."""
    return [SilenceFacts(*row) for row in _fetch(_SILENCE, {"ids": list(ids), "on": on})]


def fallen_silent(policy: SilencePolicy, after: date | None, until: date) -> set[int]:
    """Accounts with a contact whose silence grows long enough in (after, until], or ever until then."""
    first = None if after is None else add_months(after, -policy.months) - timedelta(days=3)
    last = add_months(until, -policy.months) + timedelta(days=3)
    rows = _fetch(
        'SELECT DISTINCT m.account_id FROM installed_base_contactmoment m WHERE m."on" <= %(last)s'
        ' AND (%(first)s::date IS NULL OR m."on" >= %(first)s) AND NOT EXISTS ('
        " SELECT 1 FROM installed_base_contactmoment n WHERE n.account_id = m.account_id"
        ' AND n."on" > %(last)s AND n."on" <= %(until)s)',
        {"first": first, "last": last, "until": until},
    )
    return {row[0] for row in rows}


def spoken_with() -> list[int]:
    return [row[0] for row in _fetch("SELECT DISTINCT account_id FROM installed_base_contactmoment ORDER BY 1", {})]


def _fetch(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
