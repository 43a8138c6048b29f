"""Which machines the day looks at, and what it knows of them. All set-based."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from expansion.rules import AssetFacts, installed_windows
from installed_base.models import Asset
from installed_base.rules import AgePolicy

# Prices are read in the reporting currency: as they stand, or at the last rate known on the day.
_FACTS = """
WITH rates AS (
    SELECT DISTINCT ON (currency) currency, rate FROM core_exchangerate WHERE "on" <= %(on)s
    ORDER BY currency, "on" DESC
), home AS (SELECT COALESCE((SELECT reporting_currency FROM core_organisation), 'EUR') AS currency),
options AS (
    SELECT made.id AS product_id,
           MAX(o.price * CASE WHEN o.currency IN ('', home.currency) THEN 1 ELSE r.rate END) AS price
    FROM installed_base_upgradeoption o
    JOIN installed_base_product made ON made.id = o.product_id OR made.family_id = o.family_id
    CROSS JOIN home LEFT JOIN rates r ON r.currency = o.currency
    WHERE o.offered_from IS NULL OR o.offered_from <= %(on)s
    GROUP BY made.id
)
SELECT a.id, a.account_id, c.owner_id, a.known_on, a.installed_on, a.taken_out_on,
       a.standing = 'ours' AND COALESCE(p.counts_as_machine, true), f.expected_life_years,
       ROUND(COALESCE(a.price_reporting,
             p.list_price * CASE WHEN p.currency IN ('', home.currency) THEN 1 ELSE r.rate END), 2),
       ROUND(options.price, 2), a.price_reporting IS NOT NULL
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN installed_base_asset a ON a.id = wanted.id
CROSS JOIN home
JOIN installed_base_account c ON c.id = a.account_id
LEFT JOIN installed_base_product p ON p.id = a.product_id
LEFT JOIN installed_base_productfamily f ON f.id = p.family_id
LEFT JOIN rates r ON r.currency = p.currency
LEFT JOIN options ON options.product_id = p.id
ORDER BY a.id
"""


def asset_facts(ids: Sequence[int], on: date) -> list[AssetFacts]:
    """What is true of these machines on that day, with what a replacement or an upgrade would be worth."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"ids": list(ids), "on": on})
        return [AssetFacts(*row) for row in cursor.fetchall()]


def touched_assets(touched: Mapping[str, Sequence[int]]) -> set[int]:
    return set(touched.get("asset", ()))


def all_assets() -> list[int]:
    return sorted(_ids("SELECT id FROM installed_base_asset", []))


def due_assets(policy: AgePolicy, after: date | None, until: date) -> set[int]:
    """Machines of which a rung falls due, or that leave, in (after, until]; without `after`, ever until then."""
    if after is None:
        return _ids("SELECT id FROM installed_base_asset WHERE installed_on IS NOT NULL", [])
    windows = installed_windows(policy, _lives(), after, until)
    within = " OR ".join(["installed_on BETWEEN %s AND %s"] * len(windows))
    days = [day for pair in windows for day in pair]
    found = _ids(f"SELECT id FROM installed_base_asset WHERE {within}", days)
    return found | _ids("SELECT id FROM installed_base_asset WHERE taken_out_on BETWEEN %s AND %s", [after, until])


def _lives() -> list[Decimal | None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT expected_life_years FROM installed_base_productfamily"
            " WHERE expected_life_years IS NOT NULL"
        )
        return [None, *(row[0] for row in cursor.fetchall())]


def assets_without_age(on: date) -> QuerySet[Asset]:
    """Machines in service whose age nobody knows: no signal is raised, they are listed and asked about (G-11)."""
    return Asset.objects.in_service(on).filter(installed_on__isnull=True)


def _ids(sql: str, params: Sequence[Any]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {row[0] for row in cursor.fetchall()}
