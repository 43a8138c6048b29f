"""When customers and machines ordered parts."""

from collections.abc import Sequence
from datetime import date

from expansion.queries.candidates.source import Source, fetch, grouped
from expansion.queries.candidates.usage import OF_ORDERS
from expansion.rules.parts import Ordered, OrderFacts

# A customer of whom every machine left is no longer silent: there is nothing to order for.
_ACCOUNTS = """
SELECT c.id, c.id, c.owner_id, c.known_on, gone.on, c.merged_into_id IS NULL
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_account c ON c.id = wanted.id
LEFT JOIN LATERAL (
    SELECT CASE WHEN bool_and(a.taken_out_on IS NOT NULL) THEN MAX(a.taken_out_on) END AS on
    FROM installed_base_asset a WHERE a.account_id = c.id AND a.standing = 'ours'
) gone ON TRUE
ORDER BY c.id
"""
_OF_ACCOUNTS = """
SELECT o.account_id, o.ordered_on, SUM(o.amount_reporting)
FROM unnest(%(ids)s::bigint[]) AS wanted(id) JOIN installed_base_partsorder o ON o.account_id = wanted.id
GROUP BY o.account_id, o.ordered_on ORDER BY o.account_id, o.ordered_on
"""
_ASSETS = """
SELECT a.id, a.account_id, c.owner_id, a.known_on, a.taken_out_on, a.standing = 'ours'
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_asset a ON a.id = wanted.id
JOIN installed_base_account c ON c.id = a.account_id
ORDER BY a.id
"""
_OF_ASSETS = """
SELECT l.asset_id, o.ordered_on, SUM(l.amount_reporting)
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_partsorderline l ON l.asset_id = wanted.id
JOIN installed_base_partsorder o ON o.id = l.order_id
GROUP BY l.asset_id, o.ordered_on ORDER BY l.asset_id, o.ordered_on
"""


def account_orders(ids: Sequence[int], on: date) -> list[OrderFacts]:
    """Customers with their days of ordering; one that was merged into another has none."""
    values = {"ids": list(ids)}
    ordered = grouped(fetch(_OF_ACCOUNTS, values), Ordered)
    return [
        OrderFacts(pk, at, owner, known, ordered.get(pk, ()) if alone else (), gone)
        for pk, at, owner, known, gone, alone in fetch(_ACCOUNTS, values)
    ]


def asset_orders(ids: Sequence[int], on: date) -> list[OrderFacts]:
    """Machines with the days on which parts were ordered for them."""
    values = {"ids": list(ids)}
    ordered = grouped(fetch(_OF_ASSETS, values), Ordered)
    return [
        OrderFacts(pk, at, owner, known, ordered.get(pk, ()), gone, counted)
        for pk, at, owner, known, gone, counted in fetch(_ASSETS, values)
    ]


_CUSTOMERS = {
    "account": "SELECT unnest(%(ids)s::bigint[])",
    "order": "SELECT DISTINCT account_id FROM installed_base_partsorder WHERE id = ANY(%(ids)s)",
    "asset": "SELECT DISTINCT account_id FROM installed_base_asset WHERE id = ANY(%(ids)s)",
}
OF_CUSTOMERS = Source("SELECT DISTINCT account_id FROM installed_base_partsorder", account_orders, _CUSTOMERS)
OF_MACHINES = Source(
    "SELECT asset_id FROM installed_base_partsorderline WHERE asset_id IS NOT NULL GROUP BY asset_id"
    " HAVING COUNT(*) >= 3",
    asset_orders,
    {"asset": "SELECT unnest(%(ids)s::bigint[])"} | OF_ORDERS,
)
