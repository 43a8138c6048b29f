"""Machines as lists and pages show them: their age, their place, and which contract covers them on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from core.calendar import latest_anchor
from core.models import User
from core.policies import policy_on
from core.scope import System
from dashboards.rules import LifeLine, life_line
from installed_base.attention import Policies, policies_on, weigh_row, weighed_by
from installed_base.metrics.asof import covered_assets, stood, terms_in_force
from installed_base.models import Asset, AssetPeriod, Coverage
from installed_base.rules import AgePolicy
from installed_base.rules.attention import Weighed

COHORTS = ("young", "middle", "oldest", "unknown")
ORDERS = {
    "serial": ("serial", "pk"),
    "-serial": ("-serial", "-pk"),
    "age": ("-installed_on", "-pk"),
    "-age": ("installed_on", "pk"),
}
DEFAULT_ORDER = "serial"
# What a row of the list shows, as plain values: a list makes no objects of the six tables it reads.
LISTED = {
    "machine": F("name"),
    "account_name": F("account__name"),
    "account_city": F("account__city"),
    "account_country": F("account__country"),
    "site_name": F("site__name"),
    "site_city": F("site__city"),
    "site_country": F("site__country"),
    "product_name": F("product__name"),
    "line": F("product__line__name"),
    "expected_life_years": F("product__family__expected_life_years"),
}
_THEN = {name: value for name, value in LISTED.items() if name.startswith(("account", "site"))}


def machines(user: User, on: date) -> QuerySet[Asset]:
    """Machines in service on that day, as far as this user sees, with product, place and account."""
    rows: QuerySet[Asset] = Asset.objects.visible_to(user).in_service(on)
    return rows.select_related("product__line", "product__family", "site", "account")


def of_cohort(rows: QuerySet[Asset], cohort: str, on: date) -> QuerySet[Asset]:
    """Narrow to [0, 5), [5, 10), [10, ..) full years or to those of unknown age (CT-28); the edges are policy."""
    young, middle = (latest_anchor(on, 12 * edge) for edge in policy_on(AgePolicy, on).values.cohort_edges_years[:2])
    return rows.filter(
        {
            "young": Q(installed_on__gt=young, installed_on__lte=on),
            "middle": Q(installed_on__gt=middle, installed_on__lte=young),
            "oldest": Q(installed_on__lte=middle),
            "unknown": Q(installed_on__isnull=True) | Q(installed_on__gt=on),
        }[cohort]
    )


def covered(rows: QuerySet[Asset], on: date, yes: bool) -> QuerySet[Asset]:
    """Machines with, or without, a line of coverage in force that day."""
    line = Exists(covered_assets(on).filter(asset=OuterRef("pk")))
    return rows.filter(line) if yes else rows.filter(~line)


def coverage_of(assets: Iterable[int], on: date) -> dict[int, list[Coverage]]:
    """The lines that cover these machines that day, with their end, the contract's number and the level. One query."""
    rows = (
        _covering(assets, on)
        .select_related("term__contract", "term__level")
        .only("asset_id", "starts_on", "ends_on", "term__contract__number", "term__level__name")
    )
    found: dict[int, list[Coverage]] = {}
    for row in rows:
        found.setdefault(row.asset_id, []).append(row)
    return found


def _covering(assets: Iterable[int], on: date) -> QuerySet[Coverage]:
    """The longest first. Not scoped: it asks about machines that were visible, and their coverage dates may be seen."""
    rows: QuerySet[Coverage] = Coverage.objects.visible_to(System("coverage of machines that are shown"))
    return (
        rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), asset_id__in=list(assets), starts_on__lte=on)
        .filter(term__in=terms_in_force(on).values("pk"))
        .order_by(F("ends_on").desc(nulls_first=True))
    )


@dataclass(frozen=True, slots=True)
class Cover:
    """What covers a machine of a list: the contract's number, the level, and the last day, if there is one."""

    number: str
    level: str | None
    ends_on: date | None


def covers(assets: Iterable[int], on: date) -> dict[int, Cover]:
    """By machine the line that covers it longest. One query."""
    columns = ("asset_id", "term__contract__number", "term__level__name", "ends_on")
    found: dict[int, Cover] = {}
    for asset, *cover in _covering(assets, on).values_list(*columns):
        found.setdefault(asset, Cover(*cover))
    return found


def listed(rows: QuerySet[Asset], on: date) -> QuerySet[Any, Any]:
    """The values that rows of the list show, with those that their attention is weighed by."""
    return rows.values("pk", "serial", "installed_on", "account_id", **LISTED, **weighed_by(on))


def listed_then(rows: list[dict[str, Any]], on: date) -> None:
    """Of a past day: each row names the account and site at which its machine stood then. One query."""
    periods = AssetPeriod.objects.filter(stood(on), asset_id__in=[row["pk"] for row in rows])
    then: dict[int, dict[str, Any]] = {
        found["asset_id"]: dict(found) for found in periods.values("asset_id", "account_id", **_THEN)
    }
    for row in rows:
        row.update(then.get(row["pk"], {}))


def dressed(assets: Iterable[Any], on: date) -> list[Any]:
    """The machines of a page with `life` and `cover` set for its cells, and `attention` where they were read with what
    it weighs. Two queries."""
    rows = list(assets)
    policies = policies_on(on)
    lines = coverage_of([row.pk for row in rows], on)
    for row in rows:
        row.life = life_of(row, policies[0], on)
        row.cover = next(iter(lines.get(row.pk, ())), None)
        if hasattr(row, "worth"):
            row.attention = _attention_of(row, on, policies)
    return rows


def dress_one(asset: Any, cover: Coverage | None, on: date) -> None:
    """One machine, of which the line that covers it is known."""
    policies = policies_on(on)
    asset.life, asset.cover = life_of(asset, policies[0], on), cover
    asset.attention = _attention_of(asset, on, policies)


def _attention_of(asset: Any, on: date, policies: Policies) -> Weighed:
    ends_on = asset.life.ends_on if asset.life else None
    return weigh_row(asset, covered=asset.cover is not None, ends_on=ends_on, on=on, policies=policies)


def life_of(asset: Asset, policy: AgePolicy, on: date) -> LifeLine | None:
    family = asset.product.family if asset.product else None
    return life_from(asset.installed_on, family.expected_life_years if family else None, policy, on)


def life_from(installed_on: date | None, expected: Decimal | None, policy: AgePolicy, on: date) -> LifeLine | None:
    """The life line of what is known; one that begins after the day is not known yet."""
    return life_line(installed_on if installed_on and installed_on <= on else None, expected, policy, on)


def placed_then(rows: list[Any], on: date) -> list[Any]:
    """Of a past day: put each machine at the account and site at which it stood then. One query."""
    periods = AssetPeriod.objects.filter(stood(on), asset_id__in=[row.pk for row in rows])
    then = {period.asset_id: period for period in periods.select_related("account", "site")}
    for row in rows:
        if period := then.get(row.pk):
            row.account, row.site = period.account, period.site
    return rows


def of_serial(serial: str) -> list[Asset]:
    """Every machine with exactly this serial: a technician at a machine may always ask what it is (trust.md 5.2)."""
    if not serial.strip():
        return []
    rows = Asset.objects.visible_to(System("exact serial look-up")).filter(serial__iexact=serial.strip())
    return list(rows.select_related("product__family", "site", "account").order_by("pk")[:5])


def my_machines(user: User) -> QuerySet[Asset]:
    """Machines assigned to a technician."""
    rows = Asset.objects.visible_to(user).filter(technician=user, taken_out_on__isnull=True)
    return rows.select_related("product__family", "site", "account").order_by("account__name", "serial", "pk")


def searched(rows: QuerySet[Asset], text: str) -> QuerySet[Asset]:
    """By the beginning of a serial or name, or a word of the product or customer."""
    return rows.filter(
        Q(serial__istartswith=text)
        | Q(name__istartswith=text)
        | Q(product__name__icontains=text)
        | Q(account__name__icontains=text)
    )


def country_of() -> Coalesce:
    """Where a machine stands: the country of its site, else of its account."""
    return Coalesce("site__country", "account__country")
