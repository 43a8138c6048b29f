"""The contracts of machines, for the rules about warranty, bare machines and levels."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.conf import settings

from expansion.queries.candidates.source import RATES, Source, fetch, grouped, in_home
from expansion.rules.cover import Span
from expansion.rules.premium import PremiumFacts, Stop
from expansion.rules.uncovered import UncoveredFacts
from expansion.rules.warranty import WarrantyFacts

_LADDER = f"""{RATES}, ladder AS (
    SELECT l.id, l.rung, l.name, {in_home("l.list_price", "l.currency")} AS price,
           LEAD(l.name) OVER (ORDER BY l.rung) AS next_name,
           LEAD({in_home("l.list_price", "l.currency")}) OVER (ORDER BY l.rung) AS next_price
    FROM installed_base_level l CROSS JOIN home LEFT JOIN rates r ON r.currency = l.currency
)"""
# A term that goes on tacitly has no end until somebody gives notice; a draft is no contract.
_SPANS = f"""WITH {_LADDER}
SELECT v.asset_id, v.starts_on,
       LEAST(t.terminated_on, CASE
           WHEN t.tacit_months IS NOT NULL AND t.notice_received_on IS NULL THEN NULL
           ELSE COALESCE(v.ends_on, t.ends_on) + 1 END),
       LEAST(v.starts_on, COALESCE(t.signed_on, t.known_on)), l.rung, COALESCE(l.name, ''), v.annual_value_reporting,
       l.price, COALESCE(l.next_name, ''), l.next_price
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_coverage v ON v.asset_id = wanted.id
JOIN installed_base_term t ON t.id = v.term_id
LEFT JOIN ladder l ON l.id = t.level_id
WHERE t.signed_on IS NOT NULL OR t.source <> ''
ORDER BY v.asset_id, v.starts_on, v.id
"""
_LOWEST = f"WITH {_LADDER} SELECT name, price FROM ladder WHERE price IS NOT NULL ORDER BY rung LIMIT 1"
_ASSETS = """
SELECT a.id, a.account_id, c.owner_id, a.known_on, COALESCE(a.first_evidence_on, a.installed_on), a.warranty_ends_on,
       a.standing = 'ours' AND COALESCE(p.counts_as_machine, true), a.taken_out_on, c.downtime_cost_hour
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_asset a ON a.id = wanted.id
JOIN installed_base_account c ON c.id = a.account_id
LEFT JOIN installed_base_product p ON p.id = a.product_id
ORDER BY a.id
"""
_STOPS = """
SELECT k.asset_id, (k.opened_at AT TIME ZONE %(zone)s)::date, k.downtime_hours
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_ticket k ON k.asset_id = wanted.id AND k.kind = 'breakdown'
ORDER BY k.asset_id, k.opened_at, k.id
"""
_ITSELF = {"asset": "SELECT unnest(%(ids)s::bigint[])"}
OF_CONTRACTS = {
    "coverage": "SELECT asset_id FROM installed_base_coverage WHERE id = ANY(%(ids)s)",
    "term": "SELECT asset_id FROM installed_base_coverage WHERE term_id = ANY(%(ids)s)",
    "contract": "SELECT v.asset_id FROM installed_base_coverage v JOIN installed_base_term t ON t.id = v.term_id"
    " WHERE t.contract_id = ANY(%(ids)s)",
}
OF_TICKETS = {
    "ticket": "SELECT asset_id FROM installed_base_ticket WHERE id = ANY(%(ids)s) AND asset_id IS NOT NULL",
}


def spans(ids: Sequence[int], on: date) -> dict[int, tuple[Span, ...]]:
    """The contracts of these machines. Prices of levels at the rates of the day."""
    return grouped(fetch(_SPANS, {"ids": list(ids), "on": on}), Span)


def lowest_level(on: date) -> tuple[str, Decimal | None]:
    """Name and list price of the lowest level that has a price."""
    rows = fetch(_LOWEST, {"on": on})
    return (rows[0][0], rows[0][1]) if rows else ("", None)


def warranty_facts(ids: Sequence[int], on: date) -> list[WarrantyFacts]:
    held, (level, price) = spans(ids, on), lowest_level(on)
    return [
        WarrantyFacts(pk, at, owner, known, ends, counted, out, held.get(pk, ()), level, price)
        for pk, at, owner, known, _began, ends, counted, out, _cost in fetch(_ASSETS, {"ids": list(ids)})
    ]


def uncovered_facts(ids: Sequence[int], on: date) -> list[UncoveredFacts]:
    held, (level, price) = spans(ids, on), lowest_level(on)
    return [
        UncoveredFacts(pk, at, owner, known, began, ends, counted, out, held.get(pk, ()), level, price)
        for pk, at, owner, known, began, ends, counted, out, _cost in fetch(_ASSETS, {"ids": list(ids)})
    ]


def premium_facts(ids: Sequence[int], on: date) -> list[PremiumFacts]:
    held, stops = (
        spans(ids, on),
        grouped(fetch(_STOPS, {"ids": list(ids), "zone": settings.ORGANISATION_TIME_ZONE}), Stop),
    )
    return [
        PremiumFacts(pk, at, owner, known, counted, out, held.get(pk, ()), stops.get(pk, ()), cost)
        for pk, at, owner, known, _began, _ends, counted, out, cost in fetch(_ASSETS, {"ids": list(ids)})
    ]


WARRANTY = Source(
    "SELECT id FROM installed_base_asset WHERE warranty_ends_on >= known_on - 400 AND standing = 'ours'",
    warranty_facts,
    _ITSELF | OF_CONTRACTS,
)
# What was over long before we learned of a machine says nothing: a first import looks at few of its machines.
UNCOVERED = Source(
    "SELECT id FROM installed_base_asset WHERE standing = 'ours'"
    " AND GREATEST(warranty_ends_on, first_evidence_on, installed_on) >= known_on - 400"
    " UNION SELECT asset_id FROM installed_base_coverage",
    uncovered_facts,
    _ITSELF | OF_CONTRACTS,
)
PREMIUM = Source(
    "SELECT DISTINCT asset_id FROM installed_base_ticket WHERE kind = 'breakdown' AND asset_id IS NOT NULL",
    premium_facts,
    _ITSELF | OF_CONTRACTS | OF_TICKETS,
)
