"""The tickets of machines, with the upgrades that exist for them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from json import loads
from typing import Any

from django.conf import settings

from expansion.queries.candidates.cover import OF_TICKETS
from expansion.queries.candidates.source import RATES, Source, fetch, grouped, in_home
from expansion.rules.trouble import Trouble, TroubleFacts
from installed_base.rules.options import Option, fitted_names

_ASSETS = f"""WITH {RATES}, options AS (
    SELECT made.id AS product_id, o.id, o.name, o.kind, o.offered_from, o.prevents,
           {in_home("o.price", "o.currency")} AS price
    FROM installed_base_upgradeoption o
    JOIN installed_base_product made ON made.id = o.product_id OR made.family_id = o.family_id
    CROSS JOIN home LEFT JOIN rates r ON r.currency = o.currency
    WHERE o.offered_from IS NULL OR o.offered_from <= %(on)s
)
SELECT a.id, a.account_id, c.owner_id, a.known_on, a.standing = 'ours' AND COALESCE(p.counts_as_machine, true),
       a.taken_out_on,
       (SELECT jsonb_agg(jsonb_build_array(o.id, o.name, o.kind, o.product_id, NULL, o.offered_from, o.prevents,
                                           o.price::text) ORDER BY o.name, o.id)
        FROM options o WHERE o.product_id = p.id),
       (SELECT jsonb_agg(jsonb_build_array(s.valid_from, s.configuration->'options') ORDER BY s.valid_from)
        FROM installed_base_assetperiod s WHERE s.asset_id = a.id AND s.configuration->'options' IS NOT NULL)
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_asset a ON a.id = wanted.id
JOIN installed_base_account c ON c.id = a.account_id
LEFT JOIN installed_base_product p ON p.id = a.product_id
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
    pk, account, owner, known_on, counted, out, offered, stood = row
    upgrades = tuple(_option(entry) for entry in loads(offered or "[]"))
    fitted = tuple((date.fromisoformat(day), fitted_names(names)) for day, names in loads(stood or "[]"))
    prices = [option.price for option in upgrades if option.price is not None]
    return TroubleFacts(
        pk, account, owner, known_on, counted, out, tickets, len(upgrades), max(prices, default=None), upgrades, fitted
    )


def _option(entry: list[Any]) -> Option:
    pk, name, kind, product, family, begins, prevents, price = entry
    since, worth = begins and date.fromisoformat(begins), price and Decimal(price)
    return Option(pk, name, kind, product, family, since, tuple(prevents or ()), worth)


TROUBLE = Source(
    "SELECT DISTINCT asset_id FROM installed_base_ticket WHERE kind <> 'question' AND asset_id IS NOT NULL",
    trouble_facts,
    {"asset": "SELECT unnest(%(ids)s::bigint[])"} | OF_TICKETS,
)
