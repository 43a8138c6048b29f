"""Customers who order parts, and those who fell silent."""

from typing import Any

from django.db.models import F, Max, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core.calendar import add_months
from core.metrics import Aim, Ask, Column, Family, Metric, Shape, Stage, Target, Unit
from installed_base.metrics.asof import FACTS, accounts_asked, known_by, narrows_accounts, one_if
from installed_base.models import PartsOrder, PartsOrderLine
from installed_base.rules import CustomerPolicy


def parts_customers(ask: Ask) -> Any:
    """One row per customer who ordered parts on or before the date, with the day of the last order."""
    rows = PartsOrder.objects.visible_to(ask.actor).filter(known_by(ask.filters), _asked(ask), ordered_on__lte=ask.on)
    silent_since = add_months(ask.on, -ask.policy(CustomerPolicy).quiet_months)
    unplaced = Max(one_if(~Q(pk__in=_placed_orders()))) if ask.filters.product_line else Max(Value(0))
    placed = Q(pk__in=_placed_orders()) if ask.filters.product_line else Q()
    return (
        rows.values(customer=Coalesce("account__merged_into_id", "account_id"))
        .annotate(last_order=Max("ordered_on", filter=placed), unattributed=unplaced)
        .annotate(silent=one_if(Q(last_order__lt=silent_since)))
    )


def _placed_orders() -> Any:
    return PartsOrderLine._base_manager.filter(product__line__isnull=False).values("order_id")


def _asked(ask: Ask) -> Q:
    narrowed = Q()
    if narrows_accounts(ask.filters):
        narrowed &= Q(account__in=accounts_asked(ask))
    if ask.filters.product_line:
        of_line = PartsOrderLine._base_manager.filter(product__line=ask.filters.product_line).values("order_id")
        narrowed &= Q(pk__in=of_line) | ~Q(pk__in=_placed_orders())
    return narrowed


FAMILY = Family(
    key="parts_customers",
    rows=parts_customers,
    subject="account",
    subject_id="customer",
    columns=(Column("last_order", _("Last order"), "date"),),
    policies=(CustomerPolicy,),
    left_out=Q(last_order__isnull=True),
    placed_at="customer",
    seen_at="customer",
    facts=FACTS,
)

METRICS = (
    Metric(
        key="quiet_customers",
        name=_("Customers silent in parts"),
        definition=_(
            "Accounts that ever ordered parts and whose last order is older than six months (or what the policy says),"
            " over all that ever ordered."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.EXPANSION,
        family=FAMILY,
        numerator=F("silent"),
        denominator=Value(1),
        target=Target(Aim.FALLING),
        nothing=_("No account ever ordered parts."),
    ),
)
