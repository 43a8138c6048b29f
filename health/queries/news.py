"""What the day knows of spells and of silence. All set-based."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection

from core.calendar import add_months
from health.rules.cadence import Cadence, SilencePolicy, Stood
from health.rules.news import SilenceFacts, SpellFacts
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


# Customers: accounts with a machine of ours or a contract; in which tiers and segments they stood since the last talk.
_SILENCE = """
SELECT a.id, a.id, a.owner_id, a.known_on, m.last_on,
    ARRAY(SELECT json_build_array(s.tier, COALESCE(h.segment, a.segment), GREATEST(s.began_on, h.valid_from),
                                  LEAST(s.ended_on, h.valid_to))
          FROM health_spell s
          LEFT JOIN installed_base_accountperiod h
            ON h.account_id = s.account_id AND h.valid_from <= %(on)s
            AND (s.ended_on IS NULL OR h.valid_from < s.ended_on) AND (h.valid_to IS NULL OR h.valid_to > s.began_on)
          WHERE s.account_id = a.id AND s.began_on <= %(on)s AND (s.ended_on IS NULL OR s.ended_on > m.last_on)
          ORDER BY s.began_on, h.valid_from)
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
    """When we last spoke with these customers, of those with whom anybody ever did, and where they stood since."""
    rows = _fetch(_SILENCE, {"ids": list(ids), "on": on})
    return [
        SilenceFacts(pk, account, owner, known_on, last_on, _since(spells, last_on, on))
        for pk, account, owner, known_on, last_on, spells in rows
    ]


def _since(spells: Sequence[Any], last_on: date, on: date) -> tuple[Stood, ...]:
    """From the last talk to the day, without a gap: before the first score the tier is unknown."""
    stood = []
    for tier, segment, began, ended in spells:
        began_on, ended_on = _day(began), _day(ended) if ended else None
        stood.append(Stood(Tier(tier), segment, began_on, None if ended_on and ended_on > on else ended_on))
    if not stood or stood[0].began_on > last_on:
        stood.insert(0, Stood(Tier.UNKNOWN, "", date.min, stood[0].began_on if stood else None))
    return tuple(stood)


def _day(text: str) -> date:
    return date.fromisoformat(text)


def fallen_silent(policy: SilencePolicy, after: date | None, until: date) -> set[int]:
    """Accounts with a contact whose silence may grow too long in (after, until] for some tier and segment, and those
    that came into another tier then; all that ever spoke with us without `after`."""
    if after is None:
        return set(spoken_with())
    rows = _fetch(
        "SELECT DISTINCT m.account_id FROM unnest(%(firsts)s::date[], %(lasts)s::date[]) AS w(first, last)"
        ' JOIN installed_base_contactmoment m ON m."on" BETWEEN w.first AND w.last WHERE NOT EXISTS ('
        " SELECT 1 FROM installed_base_contactmoment n WHERE n.account_id = m.account_id"
        ' AND n."on" > w.last AND n."on" <= %(until)s)'
        " UNION SELECT account_id FROM health_spell WHERE began_on > %(after)s AND began_on <= %(until)s",
        {"until": until, "after": after} | _windows(policy, after, until),
    )
    return {row[0] for row in rows}


def _windows(policy: SilencePolicy, after: date, until: date) -> dict[str, list[date]]:
    """For each cadence the days of a last talk whose silence grows too long in the window, with some days to spare."""
    bounds = [(_talked(c, after) - _SPARE, _talked(c, until) + _SPARE) for c in policy.every]
    return {"firsts": [first for first, _ in bounds], "lasts": [last for _, last in bounds]}


def _talked(cadence: Cadence, day: date) -> date:
    """About when the last talk was, where that day is the one on which silence is too long."""
    before = day - timedelta(days=cadence.tolerance_days)
    return add_months(before, -cadence.months) if cadence.months else before - timedelta(days=cadence.days)


_SPARE = timedelta(days=3)


def spoken_with() -> list[int]:
    return [row[0] for row in _fetch("SELECT DISTINCT account_id FROM installed_base_contactmoment ORDER BY 1", {})]


def _fetch(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
