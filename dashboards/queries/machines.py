"""Machines as lists and pages show them: their age, their place, and which contract covers them on a day."""

from collections.abc import Iterable
from datetime import date
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
# What a row of the list shows; reading whole rows of six tables costs as much as drawing them.
LISTED = (
    *("serial", "name", "installed_on", "product__name", "product__line__name", "product__family__expected_life_years"),
    *("account__name", "account__city", "account__country", "site__name", "site__city", "site__country"),
)


def machines(user: User, on: date) -> QuerySet[Asset]:
    """Machines in service on that day, as far as this user sees, with product, place and account."""
    return (
        Asset.objects.visible_to(user)
        .in_service(on)
        .select_related("product__line", "product__family", "site", "account")
    )


def weighed(rows: QuerySet[Asset], on: date) -> QuerySet[Asset]:
    """What a row of the list shows, with what its attention is weighed by."""
    return rows.only(*LISTED).annotate(**weighed_by(on))


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
    """The lines that cover these machines that day, with their end, the contract's number and the level. One query.

    Not scoped: it asks about machines that were visible, and coverage dates of a visible machine may be seen.
    """
    rows = (
        Coverage.objects.visible_to(System("coverage of machines that are shown"))
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), asset_id__in=list(assets), starts_on__lte=on)
        .filter(term__in=terms_in_force(on).values("pk"))
        .select_related("term__contract", "term__level")
        .only("asset_id", "starts_on", "ends_on", "term__contract__number", "term__level__name")
        .order_by(F("ends_on").desc(nulls_first=True))
    )
    found: dict[int, list[Coverage]] = {}
    for row in rows:
        found.setdefault(row.asset_id, []).append(row)
    return found


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
    installed_on = asset.installed_on if asset.installed_on and asset.installed_on <= on else None
    return life_line(installed_on, family.expected_life_years if family else None, policy, on)


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
