"""One machine. Each function is one query; whoever asks has seen the machine."""

from itertools import pairwise
from typing import Any

from django.db.models import F, QuerySet

from core.models import User
from core.scope import System
from expansion.models import Signal
from installed_base.models import Asset, AssetPeriod, Coverage, UpgradeOption
from sales.models import Opportunity, OpportunityLine

SEEN = System("a machine that was shown")


def coverage_history(asset: Asset) -> QuerySet[Coverage]:
    """Every line of coverage it ever had, the latest first."""
    rows = Coverage.objects.visible_to(SEEN).filter(asset=asset)
    return rows.select_related("term__contract", "term__level").order_by("-starts_on", "-pk")


def moves(asset: Asset) -> list[dict[str, Any]]:
    """Where it stood before: periods in which account or site differed, the latest first; nothing if it never moved."""
    periods = list(AssetPeriod.objects.filter(asset=asset).select_related("account", "site").order_by("valid_from"))
    steps = [
        {"on": after.valid_from, "before": before, "after": after}
        for before, after in pairwise(periods)
        if (before.account_id, before.site_id) != (after.account_id, after.site_id)
    ]
    return steps[::-1]


def parts(asset: Asset, user: User) -> QuerySet[Asset]:
    """Machines and modules that are fitted to it."""
    return Asset.objects.visible_to(user).filter(parent=asset).select_related("product").order_by("serial", "pk")


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


def upgrade_options(asset: Asset) -> QuerySet[UpgradeOption]:
    """What it can be offered (EX-31)."""
    return UpgradeOption.objects.filter(product=asset.product_id).select_related("to_product").order_by("kind", "name")
