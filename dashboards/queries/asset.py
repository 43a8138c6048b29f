"""One machine. Each function is one query; whoever asks has seen the machine."""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject

from core.models import User
from core.scope import System
from expansion.models import Signal
from installed_base.metrics.asof import terms_in_force
from installed_base.models import Asset, AssetPeriod, Coverage, UpgradeOption
from sales.models import Opportunity, OpportunityLine

SEEN = System("a machine that was shown")


def machines(user: User) -> QuerySet[Asset]:
    """Machines this user sees, each with all that hangs on it: `fitted`, `offered` and `stood`, out of one query."""
    rows = Asset.objects.visible_to(user).select_related(
        "product__family", "product__line", "site", "account__owner", "parent__product", "dealer", "technician"
    )
    return rows.annotate(fitted=_fitted(user), offered=_offered(), stood=_stood())


def _fitted(user: User) -> ArraySubquery:
    """Machines and modules that are fitted to it."""
    rows = Asset.objects.visible_to(user).filter(parent=OuterRef("pk")).order_by("serial", "pk")
    return ArraySubquery(rows.values(row=JSONObject(pk="pk", serial="serial", product="product__name")))


def _offered() -> ArraySubquery:
    """What it can be offered (EX-31); a price comes as text, so that no digit is lost."""
    made_for = Q(product=OuterRef("product")) | Q(family=OuterRef("product__family"))
    rows = UpgradeOption.objects.filter(made_for).order_by("kind", "name")
    option = JSONObject(
        id="pk",
        name="name",
        kind="kind",
        to_product="to_product__name",
        offered_from="offered_from",
        prevents="prevents",
        price=Cast("price", TextField()),
        currency="currency",
    )
    return ArraySubquery(rows.values(row=option))


def _stood() -> ArraySubquery:
    """Where it stood, period by period."""
    rows = AssetPeriod.objects.filter(asset=OuterRef("pk")).order_by("valid_from")
    place = JSONObject(
        on="valid_from",
        account_id="account_id",
        site_id="site_id",
        account="account__name",
        site="site__name",
        options="configuration__options",
    )
    return ArraySubquery(rows.values(row=place))


def moves(asset: Any) -> list[dict[str, Any]]:
    """Where it stood before: periods in which account or site differed, the latest first; nothing if it never moved."""
    steps = [
        {"on": date.fromisoformat(after["on"]), "before": before, "after": after}
        for before, after in pairwise(asset.stood)
        if (before["account_id"], before["site_id"]) != (after["account_id"], after["site_id"])
    ]
    return steps[::-1]


def coverage_history(asset: Asset, on: date) -> list[Any]:
    """Every line of coverage it ever had, the latest first; `in_force` where its term runs that day."""
    running = Exists(terms_in_force(on).filter(pk=OuterRef("term_id")))
    rows = Coverage.objects.visible_to(SEEN).filter(asset=asset).annotate(in_force=running)
    return list(rows.select_related("term__contract", "term__level").order_by("-starts_on", "-pk"))


def cover_of(lines: Iterable[Any], on: date) -> Any:
    """Of these lines the one that covers it that day, the longest; None without one."""
    covering = [
        line for line in lines if line.in_force and line.starts_on <= on and (not line.ends_on or line.ends_on >= on)
    ]
    return max(covering, key=lambda line: line.ends_on or date.max, default=None)


def signals(asset: Asset, user: User) -> QuerySet[Signal]:
    """Open ones first, then those that were decided."""
    rows = Signal.objects.visible_to(user).filter(asset=asset, closed_on__isnull=True)
    return rows.select_related("opportunity", "decided_by").order_by(F("decided_on").desc(nulls_first=True), "-due_on")


def deals(asset: Asset, user: User) -> list[Any]:
    """Opportunities that it is a line of, as far as the user sees them."""
    rows = OpportunityLine.objects.filter(
        asset=asset, opportunity__in=Opportunity.objects.visible_to(user).values("pk")
    )
    return list(rows.select_related("opportunity").order_by("-opportunity_id"))
