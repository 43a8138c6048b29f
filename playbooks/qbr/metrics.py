"""QBRs as figures (QB-05, QB-07): how many were held of those planned, and whose summary came within 48 hours."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import TruncDate, TruncQuarter
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics.asof import accounts_asked, flag, known_by, narrows_accounts, one_if
from installed_base.metrics.service import day_begins
from playbooks.models import Qbr, Side
from playbooks.qbr.rules import QbrPolicy


def qbrs(ask: Ask) -> Any:
    """Meetings whose first planned date, or the day they were held on, lies in the twelve months to the date.

    `held_in_time`: held by the end of the quarter of the first planned date. What was held or sent after the date is
    not seen.
    """
    year, ended = ask.last_year, day_begins(ask.on + timedelta(days=1))
    seen = Q(held_at__lt=ended)
    held_on = TruncDate("held_at", tzinfo=ZoneInfo(settings.ORGANISATION_TIME_ZONE))
    rows = Qbr.objects.visible_to(ask.actor).filter(known_by(ask.filters), _asked(ask))
    rows = rows.annotate(
        held_on=Case(When(seen, then=held_on)),
        called_off=Case(When(cancelled_on__lte=ask.on, then="cancelled_side"), default=Value("")),
        account_name=F("account__name"),
        owner_name=F("owner__name"),
        unattributed=Value(1 if ask.filters.product_line else 0),
    )
    planned, held = (Q(**{f"{day}__range": (year.first, year.last)}) for day in ("first_planned_on", "held_on"))
    in_time = Q(held_on__isnull=False, held_quarter__lte=F("quarter"))
    rows = rows.filter(planned | held)
    return rows.annotate(quarter=TruncQuarter("first_planned_on"), held_quarter=TruncQuarter("held_on")).annotate(
        planned_in_year=flag(planned),
        held_in_time=one_if(in_time),
        summary_over=flag(held & Q(summary_due_at__lt=ended)),
        sent_in_time=one_if(Q(summary_sent_at__lt=ended, summary_sent_at__lte=F("summary_due_at"))),
    )


def _asked(ask: Ask) -> Q:
    return Q(account__in=accounts_asked(ask)) if narrows_accounts(ask.filters) else Q()


FAMILY = Family(
    key="qbrs",
    rows=qbrs,
    subject="qbr",
    link="qbr",
    link_id="pk",
    policies=(QbrPolicy,),
    columns=(
        Column("account_name", _("Account")),
        Column("first_planned_on", _("First planned for"), "date"),
        Column("held_on", _("Held on"), "date"),
    ),
    left_out=Q(unattributed=1),
    placed_at="account_id",
    facts=("account", "qbr"),
)

METRICS = (
    Metric(
        key="qbr_completion",
        name=_("QBRs held"),
        definition=_(
            "QBRs whose first planned date lies in the twelve months to the date: held by the end of that quarter, over"
            " all. One that was called off, by the customer or by us, counts as not held."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.ADOPTION,
        family=FAMILY,
        member=Q(planned_in_year=True),
        numerator=F("held_in_time"),
        denominator=Value(1),
        parts=(
            Part("cancelled_by_customer", _("Called off by the customer"), Q(called_off=Side.CUSTOMER)),
            Part("cancelled_by_us", _("Called off by us"), Q(called_off=Side.US)),
        ),
        target=Target(Aim.ABOVE, Decimal("0.90")),
        window_months=12,
        nothing=_("No QBR was planned in the window."),
    ),
    Metric(
        key="qbr_summary_on_time",
        name=_("QBR summary in 48 h"),
        definition=_(
            "QBRs held in the twelve months to the date and more than 48 hours before its end: the summary was shared"
            " within 48 hours, over all. The policy says whether the hours are those of the calendar or opening hours."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.ADOPTION,
        family=FAMILY,
        member=Q(summary_over=True),
        numerator=F("sent_in_time"),
        denominator=Value(1),
        target=Target(Aim.AT_LEAST, Decimal(1)),
        window_months=12,
        nothing=_("No QBR was held in the window whose summary was due."),
        columns=(
            Column("account_name", _("Account")),
            Column("held_on", _("Held on"), "date"),
            Column("summary_sent_at", _("Summary sent"), "date"),
        ),
    ),
)
