"""The sides of scores over some windows, and whose may have collapsed. All set-based."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from json import loads
from typing import Any

from django.db import connection

from core.policies import policy_on, versions_of
from health.rules.card import Card, marks_of, share_of
from health.rules.collapse import CollapseFacts, CollapsePolicy, Sides, reach_of
from health.rules.policy import HealthPolicy
from health.rules.tier import Tier

# Only an account whose score changed within the window may have a side that fell.
_SERIES = """
SELECT a.id, a.owner_id, a.known_on, p.tier, s."on", s.policy_version, s.score, s.readings
FROM unnest(%(ids)s::bigint[]) AS w(id)
JOIN installed_base_account a ON a.id = w.id AND a.merged_into_id IS NULL
LEFT JOIN health_spell p
  ON p.account_id = a.id AND p.began_on <= %(on)s AND (p.ended_on IS NULL OR p.ended_on > %(on)s)
CROSS JOIN LATERAL (
    (SELECT x."on", x.policy_version, x.score, x.readings FROM health_score x
     WHERE x.account_id = a.id AND x."on" <= %(since)s ORDER BY x."on" DESC LIMIT 1)
    UNION ALL
    SELECT x."on", x.policy_version, x.score, x.readings FROM health_score x
    WHERE x.account_id = a.id AND x."on" > %(since)s AND x."on" <= %(on)s
) s
WHERE EXISTS (SELECT 1 FROM health_score x WHERE x.account_id = a.id AND x."on" > %(since)s AND x."on" <= %(on)s)
ORDER BY a.id, s."on"
"""


def collapse_facts(ids: Sequence[int], on: date) -> list[CollapseFacts]:
    """The scores of these accounts with their sides, as far back as a collapse may reach."""
    policy = policy_on(CollapsePolicy, on).values
    cards = {version.number: version.values.card for version in versions_of(HealthPolicy)}
    found: dict[int, CollapseFacts] = {}
    series: dict[int, list[Sides]] = {}
    for pk, owner, known_on, tier, day, number, total, kept in _rows(
        _SERIES, {"ids": list(ids), "on": on, "since": on - reach_of(policy)}
    ):
        stands = Tier(tier) if tier else Tier.UNKNOWN
        card = cards.get(number) or next(reversed(cards.values()))
        found.setdefault(pk, CollapseFacts(pk, pk, owner, known_on, stands, ()))
        series.setdefault(pk, []).append(Sides(day, number, total, _sides(kept, card, day)))
    for pk, facts in found.items():
        facts.series = tuple(series[pk])
    return list(found.values())


def _sides(kept: Any, card: Card, day: date) -> dict[str, Decimal]:
    """What each side earned of what is known of it, 0 to 100."""
    readings = loads(kept) if isinstance(kept, str) else kept
    dated = {key: (value, last and date.fromisoformat(last), n) for key, (value, last, n) in readings.items()}
    marks, _ = marks_of(dated, card, day)
    shares = {part.key: share_of(part, marks, card) for part in card.parts}
    return {key: Decimal(share.earned) / share.known for key, share in shares.items() if share.known}


def changed_scores(policy: CollapsePolicy, after: date | None, until: date) -> set[int]:
    """Accounts whose score changed in (after, until], and those with such an alert that is open."""
    if after is None:
        return set(all_scored())
    rows = _rows(
        'SELECT account_id FROM health_score WHERE "on" > %(after)s AND "on" <= %(until)s'
        " UNION SELECT account_id FROM health_alert WHERE kind = 'collapse' AND closed_on IS NULL",
        {"after": after, "until": until},
    )
    return {row[0] for row in rows}


def all_scored() -> list[int]:
    return [row[0] for row in _rows("SELECT account_id FROM health_scoredue ORDER BY 1", {})]


def _rows(sql: str, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        yield from cursor.fetchall()
