"""What service contracts and parts leave after their cost."""

from decimal import Decimal
from typing import Any

from django.db.models import ExpressionWrapper, F, Q
from django.utils.translation import gettext_lazy as _

from core.calendar import add_months
from core.metrics import NUMBER, Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics.asof import accounts_asked, known_by, narrows_accounts, unplaced
from installed_base.metrics.revenue import share_of
from installed_base.models import LedgerEntry
from installed_base.models.orders import Stream

SERVICE = (Stream.SERVICE_CONTRACT, Stream.PARTS)


def service_entries(ask: Ask) -> Any:
    """Posted ledger rows of service contracts and parts, with the part of amount and cost that falls in T12M."""
    begins = add_months(ask.on, -12)
    inside = Q(period_to__gt=begins, period_from__lte=ask.on) | Q(period_to__isnull=True, on__gt=begins)
    rows = LedgerEntry.objects.visible_to(ask.actor).filter(
        inside, known_by(ask.filters), _asked(ask), state=LedgerEntry.State.POSTED, stream__in=SERVICE, on__lte=ask.on
    )
    return rows.annotate(
        revenue=share_of("amount_reporting", ask.last_year),
        cost=share_of("cost_reporting", ask.last_year),
        account_name=F("account__name"),
        stream_then=F("stream"),
        unattributed=unplaced(ask, "product__line"),
    )


def _asked(ask: Ask) -> Q:
    narrowed = Q(account__in=accounts_asked(ask)) if narrows_accounts(ask.filters) else Q()
    if ask.filters.product_line:
        narrowed &= Q(product__line=ask.filters.product_line) | Q(product__line__isnull=True)
    return narrowed


FAMILY = Family(
    key="service_entries",
    rows=service_entries,
    subject="ledger_entry",
    link="account",
    link_id="account_id",
    columns=(
        Column("account_name", _("Account")),
        Column("on", _("Invoiced"), "date"),
        Column("cost", _("Cost"), "money"),
    ),
    left_out=Q(unattributed=1),
    placed_at="account_id",
    facts=("account", "ledger"),
)
LEFT = ExpressionWrapper(F("revenue") - F("cost"), NUMBER)

METRICS = (
    Metric(
        key="service_margin",
        name=_("Service margin"),
        definition=_(
            "Revenue from service contracts and parts in the twelve months to the date less its recorded cost, over"
            " that revenue. Invoice rows with a period count by days; rows without a recorded cost are listed as"
            " unknown and are in neither."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.RENEWAL,
        family=FAMILY,
        unknown=Q(revenue__isnull=True) | Q(cost__isnull=True),
        numerator=LEFT,
        denominator=F("revenue"),
        target=Target(Aim.AT_LEAST, Decimal("0.50")),
        parts=tuple(
            part
            for stream in SERVICE
            for part in (
                Part(f"{stream.value}_revenue", stream.label, Q(stream_then=stream.value), F("revenue"), Unit.MONEY),
                Part(f"{stream.value}_left", _("After cost"), Q(stream_then=stream.value), LEFT, Unit.MONEY),
            )
        ),
        nothing=_("No service contract or part was invoiced in the window."),
        window_months=12,
        reads_money=True,
    ),
)
