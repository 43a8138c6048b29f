"""Tickets: how many, and how fast they are resolved."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Case, Expression, F, Func, Q, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext_lazy as _

from core.metrics import NUMBER, Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics.asof import accounts_asked, flag, known_by, narrows_accounts, then, unplaced
from installed_base.models import Ticket
from installed_base.models.service import Severity


def day_begins(on: date) -> datetime:
    """The first moment of a business date."""
    return datetime.combine(on, time(), ZoneInfo(settings.ORGANISATION_TIME_ZONE))


def tickets(ask: Ask) -> Any:
    """Tickets opened or resolved in the year to the date, with the severity and resolution of that day."""
    begin, end = day_begins(ask.last_year.first), day_begins(ask.on + timedelta(days=1))
    rows = Ticket.objects.visible_to(ask.actor).filter(known_by(ask.filters), _asked(ask), opened_at__lt=end)
    rows = rows.alias(held=then(ask.on)).annotate(
        then_severity=Coalesce("held__severity", "severity"), done_at=_done(end), unattributed=_unplaced(ask)
    )
    return rows.filter(Q(opened_at__gte=begin) | Q(done_at__gte=begin)).annotate(
        hours=_hours("done_at"),
        opened_on=TruncDate("opened_at", tzinfo=ZoneInfo(settings.ORGANISATION_TIME_ZONE)),
        account_name=F("account__name"),
        opened_in_year=flag(Q(opened_at__gte=begin)),
        resolved_in_year=flag(Q(done_at__gte=begin)),
        a_day_old=flag(Q(opened_at__lte=end - timedelta(hours=24))),
        three_days_old=flag(Q(opened_at__lte=end - timedelta(hours=72))),
    )


def _unplaced(ask: Ask) -> Any:
    return unplaced(ask, "asset__product__line")


def _asked(ask: Ask) -> Q:
    narrowed = Q(account__in=accounts_asked(ask)) if narrows_accounts(ask.filters) else Q()
    if ask.filters.product_line:
        line = Q(asset__product__line=ask.filters.product_line) | Q(asset__product__line__isnull=True)
        narrowed &= line
    return narrowed


def _done(end: datetime) -> Case:
    """When it was resolved for good, as of that day: not where it was reopened after it; else as it stood then."""
    return Case(
        When(_stands("", end), then="resolved_at"),
        When(_stands("held__", end), then="held__resolved_at"),
    )


def _stands(path: str, end: datetime) -> Q:
    resolved, reopened = f"{path}resolved_at", f"{path}reopened_at"
    again = Q(**{f"{reopened}__isnull": False, f"{reopened}__lt": end, f"{reopened}__gte": F(resolved)})
    return Q(**{f"{resolved}__lt": end}) & ~again


def _hours(until: str) -> Func:
    """Hours from the first opening."""
    return Func(
        until,
        "opened_at",
        template="(EXTRACT(EPOCH FROM %(expressions)s) / 3600)",
        arg_joiner=" - ",
        output_field=NUMBER,
    )


def _within(hours: int) -> Expression:
    return Case(When(hours__lte=hours, then=Value(1)), default=Value(0))


FAMILY = Family(
    key="tickets",
    rows=tickets,
    subject="ticket",
    link="account",
    link_id="account_id",
    columns=(
        Column("account_name", _("Account")),
        Column("opened_on", _("Opened"), "date"),
        Column("hours", _("Hours"), "count"),
    ),
    left_out=Q(unattributed=1),
    placed_at="account_id",
    facts=("account", "asset", "ticket"),
)


def _in_time(key: str, name: Any, definition: Any, member: Q, hours: int) -> Metric:
    return Metric(
        key=key,
        name=name,
        definition=definition,
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.ADOPTION,
        family=FAMILY,
        member=Q(opened_in_year=True) & member,
        numerator=_within(hours),
        denominator=Value(1),
        target=Target(Aim.ABOVE, Decimal("0.90")),
        window_months=12,
        nothing=_("No such ticket was opened in the window."),
    )


METRICS = (
    _in_time(
        "resolution_critical",
        _("Critical tickets in 24 hours"),
        _(
            "Critical tickets opened in the twelve months to the date and at least 24 hours before its end: those"
            " resolved within 24 hours, over all of them. One that was reopened counts from its first opening."
        ),
        Q(then_severity=Severity.CRITICAL, a_day_old=True),
        24,
    ),
    _in_time(
        "resolution_normal",
        _("Normal tickets in 72 hours"),
        _(
            "Normal tickets opened in the twelve months to the date and at least 72 hours before its end: those"
            " resolved within 72 hours, over all of them. One that was reopened counts from its first opening."
        ),
        Q(then_severity=Severity.NORMAL, three_days_old=True),
        72,
    ),
    Metric(
        key="resolution_hours",
        name=_("Time to resolve"),
        definition=_(
            "The middle one of the hours from the first opening of a ticket to its resolution, of all tickets that were"
            " resolved in the twelve months to the date, and apart by severity."
        ),
        shape=Shape.MEDIAN,
        unit=Unit.HOURS,
        stage=Stage.ADOPTION,
        family=FAMILY,
        member=Q(resolved_in_year=True),
        numerator=F("hours"),
        denominator=Value(1),
        parts=tuple(
            Part(s.value, s.label, Q(then_severity=s.value), F("hours"), Unit.HOURS)
            for s in (Severity.CRITICAL, Severity.NORMAL, Severity.LOW)
        ),
        target=Target(Aim.FALLING),
        window_months=12,
        nothing=_("No ticket was resolved in the window."),
    ),
)
