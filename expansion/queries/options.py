"""The catalogue of upgrade options, what is fitted where, and what machines lack. Each function is one query."""

from datetime import date
from json import loads
from typing import Any

from django.db.models import Count, Q

from core.scope import System
from expansion.queries.candidates.source import RATES, fetch, in_home
from expansion.queries.kept import kept
from installed_base.metrics.asof import stood
from installed_base.models import Asset, AssetPeriod
from installed_base.rules.options import Fleet, Option, fitted_names

SEEN = System("options of machines")
_CATALOGUE = f"""WITH {RATES}
SELECT o.id, o.name, o.kind, o.product_id, o.family_id, o.offered_from, o.prevents,
       {in_home("o.price", "o.currency")}
FROM installed_base_upgradeoption o CROSS JOIN home LEFT JOIN rates r ON r.currency = o.currency
WHERE o.offered_from IS NULL OR o.offered_from <= %(on)s
ORDER BY o.kind, o.name, o.id
"""


def catalogue(on: date) -> list[Option]:
    """What is offered on that day."""
    return [option_of(row) for row in fetch(_CATALOGUE, {"on": on})]


def option_of(row: tuple[Any, ...]) -> Option:
    pk, name, kind, product, family, offered_from, prevents, price = row
    words = loads(prevents) if isinstance(prevents, str) else prevents
    return Option(pk, name, kind, product, family, offered_from, tuple(str(word) for word in words or ()), price)


def in_service(on: date) -> Any:
    """Machines in service on that day, as the periods that say where they stood and what was fitted."""
    present = Asset.objects.visible_to(SEEN).in_service(on)
    return AssetPeriod.objects.filter(stood(on), asset__in=present)


def fleet(on: date, *, product: int | None = None, family: int | None = None) -> Fleet:
    """All machines in service on that day, or those with which one of a product and family is compared; kept for some
    minutes."""
    return Fleet(kept("fleet", on, (product, family), lambda: _counts(on, product, family)))


def _counts(on: date, product: int | None, family: int | None) -> dict[Any, int]:
    rows = in_service(on).exclude(asset__product__isnull=True)
    if product is not None:
        same = Q(asset__product=product)
        rows = rows.filter(same | Q(asset__product__family=family) if family else same)
    rows = rows.values_list("asset__product_id", "asset__product__family_id", "configuration__options")
    counts: dict[Any, int] = {}
    for made, of, options, count in rows.order_by().annotate(n=Count("pk")):
        key = made, of, fitted_names(options)
        counts[key] = counts.get(key, 0) + count
    return counts
