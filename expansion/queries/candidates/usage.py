"""What machines ran, month by month, for the rules about capacity and wear."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from expansion.queries.candidates.source import RATES, Source, fetch, grouped, in_home
from expansion.rules.capacity import CapacityFacts, Month
from expansion.rules.wear import WearFacts, WornPart

# Hours of a meter are its differences within an epoch; in a later epoch it counts from nothing. A lower reading counts
# as none, never as negative.
_MONTHS = """
WITH read AS (
    SELECT u.asset_id, u."on", u.days, u.available_hours, u.output, COALESCE(u.run_hours, GREATEST(
        u.meter_hours - COALESCE(
            LAG(u.meter_hours) OVER (PARTITION BY u.asset_id, u.epoch ORDER BY u."on"),
            CASE WHEN u.epoch = 1 THEN u.meter_hours ELSE 0 END), 0)) AS run_hours
    FROM unnest(%(ids)s::bigint[]) AS wanted(id) JOIN installed_base_usagereading u ON u.asset_id = wanted.id
)
SELECT asset_id, date_trunc('month', "on")::date AS first, SUM(days), SUM(run_hours), SUM(available_hours), SUM(output)
FROM read GROUP BY asset_id, first ORDER BY asset_id, first
"""
_ASSETS = f"""WITH {RATES}
SELECT a.id, a.account_id, c.owner_id, a.known_on, a.standing = 'ours' AND COALESCE(p.counts_as_machine, true),
       a.taken_out_on, p.monthly_capacity, {in_home("p.list_price", "p.currency")}
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_asset a ON a.id = wanted.id
CROSS JOIN home
JOIN installed_base_account c ON c.id = a.account_id
LEFT JOIN installed_base_product p ON p.id = a.product_id
LEFT JOIN rates r ON r.currency = p.currency
ORDER BY a.id
"""
_PARTS = f"""WITH {RATES}
SELECT l.asset_id, p.id, p.name, p.wear_hours, array_agg(DISTINCT o.ordered_on ORDER BY o.ordered_on),
       MAX({in_home("p.list_price", "p.currency")})
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_partsorderline l ON l.asset_id = wanted.id
JOIN installed_base_product p ON p.id = l.product_id AND p.wear_hours IS NOT NULL
JOIN installed_base_partsorder o ON o.id = l.order_id
CROSS JOIN home LEFT JOIN rates r ON r.currency = p.currency
GROUP BY l.asset_id, p.id ORDER BY l.asset_id, p.id
"""
_TOUCHED = {
    "asset": "SELECT unnest(%(ids)s::bigint[])",
    "reading": "SELECT DISTINCT asset_id FROM installed_base_usagereading WHERE id = ANY(%(ids)s)",
}
OF_ORDERS = {
    "order": "SELECT DISTINCT asset_id FROM installed_base_partsorderline"
    " WHERE order_id = ANY(%(ids)s) AND asset_id IS NOT NULL",
}


def months(ids: Sequence[int]) -> dict[int, tuple[Month, ...]]:
    return grouped(fetch(_MONTHS, {"ids": list(ids)}), _month)


def _month(first: date, days: int, run: Any, available: Any, output: Any) -> Month:
    return Month(first, int(days), run, available, output)


def capacity_facts(ids: Sequence[int], on: date) -> list[CapacityFacts]:
    ran = months(ids)
    return [
        CapacityFacts(pk, at, owner, known, counted, out, ran.get(pk, ()), ceiling, price)
        for pk, at, owner, known, counted, out, ceiling, price in fetch(_ASSETS, {"ids": list(ids), "on": on})
    ]


def wear_facts(ids: Sequence[int], on: date) -> list[WearFacts]:
    values = {"ids": list(ids), "on": on}
    ran, parts = months(ids), grouped(fetch(_PARTS, values), _part)
    return [
        WearFacts(pk, at, owner, known, counted, out, ran.get(pk, ()), parts.get(pk, ()))
        for pk, at, owner, known, counted, out, _ceiling, _price in fetch(_ASSETS, values)
    ]


def _part(product: int, name: str, wear: Any, orders: Sequence[date], price: Any) -> WornPart:
    return WornPart(product, name, wear, tuple(orders), price)


CAPACITY = Source(
    "SELECT a.id FROM installed_base_asset a WHERE a.standing = 'ours'"
    " AND EXISTS (SELECT 1 FROM installed_base_usagereading u WHERE u.asset_id = a.id)",
    capacity_facts,
    _TOUCHED,
)
PARTS_DUE = Source(
    "SELECT DISTINCT l.asset_id FROM installed_base_product p"
    " JOIN installed_base_partsorderline l ON l.product_id = p.id"
    " WHERE p.wear_hours IS NOT NULL AND l.asset_id IS NOT NULL",
    wear_facts,
    _TOUCHED | OF_ORDERS,
)
