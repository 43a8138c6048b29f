"""The tickets of machines, with the upgrades that exist for them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings

from expansion.queries.candidates.cover import OF_TICKETS
from expansion.queries.candidates.source import RATES, Source, fetch, grouped, in_home
from expansion.rules.trouble import Trouble, TroubleFacts

_ASSETS = f"""WITH {RATES}, options AS (
    SELECT o.product_id, COUNT(*) AS n, MAX({in_home("o.price", "o.currency")}) AS price
    FROM installed_base_upgradeoption o CROSS JOIN home LEFT JOIN rates r ON r.currency = o.currency
    GROUP BY o.product_id
)
SELECT a.id, a.account_id, c.owner_id, a.known_on, a.standing = 'ours' AND COALESCE(p.counts_as_machine, true),
       a.taken_out_on, COALESCE(options.n, 0), options.price
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_asset a ON a.id = wanted.id
JOIN installed_base_account c ON c.id = a.account_id
LEFT JOIN installed_base_product p ON p.id = a.product_id
LEFT JOIN options ON options.product_id = p.id
ORDER BY a.id
"""
_TICKETS = """
SELECT k.asset_id, k.id, (k.opened_at AT TIME ZONE %(zone)s)::date, COALESCE(NULLIF(k.title, ''), k.kind),
       k.kind = 'breakdown', k.downtime_hours
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_ticket k ON k.asset_id = wanted.id AND k.kind <> 'question'
ORDER BY k.asset_id, k.opened_at, k.id
"""


def trouble_facts(ids: Sequence[int], on: date) -> list[TroubleFacts]:
    tickets = grouped(fetch(_TICKETS, {"ids": list(ids), "zone": settings.ORGANISATION_TIME_ZONE}), Trouble)
    return [_facts(row, tickets.get(row[0], ())) for row in fetch(_ASSETS, {"ids": list(ids), "on": on})]


def _facts(row: tuple[Any, ...], tickets: tuple[Trouble, ...]) -> TroubleFacts:
    pk, account, owner, known_on, counted, out, options, price = row
    return TroubleFacts(pk, account, owner, known_on, counted, out, tickets, options, price)


TROUBLE = Source(
    "SELECT DISTINCT asset_id FROM installed_base_ticket WHERE kind <> 'question' AND asset_id IS NOT NULL",
    trouble_facts,
    {"asset": "SELECT unnest(%(ids)s::bigint[])"} | OF_TICKETS,
)
