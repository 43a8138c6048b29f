"""Contracts that come up for renewal."""

from datetime import timedelta
from typing import Any

from django.db.models import DateField, DurationField, Exists, F, Func, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.metrics import Ask, Column, Family, Metric, Part, Shape, Stage, Unit
from installed_base.metrics import agreements
from installed_base.metrics.asof import FACTS, flag
from installed_base.models import AccountPeriod, TermSuccession
from renewals.models import Renewal

HORIZON_DAYS = 90
SOONER_DAYS = (30, 60)


def up_for_renewal(ask: Ask) -> Any:
    """Terms in force that end within the horizon, both days included, and how far their renewal is."""
    horizon = ask.on + timedelta(days=HORIZON_DAYS)
    rows = agreements.agreements(ask).filter(runs_to__gte=ask.on, runs_to__lte=horizon)
    sooner = {f"within_{n}": flag(Q(runs_to__lte=ask.on + timedelta(days=n))) for n in SOONER_DAYS}
    return rows.annotate(last_to_cancel=_last_to_cancel()).annotate(
        renewed=flag(Q(Exists(_successors(ask))) | _goes_on(ask)),
        pooled=flag(_pooled(ask)),
        planned=flag(Q(Exists(_plans(ask)))),
        **sooner,
    )


def _successors(ask: Ask) -> Any:
    """Successors signed by the date; one from a source of record counts as signed on its start."""
    signed = Q(successor__signed_on__lte=ask.on)
    of_record = Q(successor__signed_on__isnull=True, successor__starts_on__lte=ask.on) & ~Q(successor__source="")
    return TermSuccession.objects.filter(signed | of_record, term=OuterRef("pk"))


def _goes_on(ask: Ask) -> Q:
    """Continues by itself: the last day to cancel has passed without notice."""
    silent = Q(notice_received_on__isnull=True) | Q(notice_received_on__gt=ask.on)
    return Q(held__tacit_months__isnull=False) & silent & Q(last_to_cancel__lt=ask.on)


def _last_to_cancel() -> Func:
    """The end minus the notice, as in installed_base.rules.last_day_to_cancel."""
    notice = Func(
        F("held__notice_months"),
        F("held__notice_days"),
        template="make_interval(months => %(expressions)s)",
        arg_joiner=", days => ",
        output_field=DurationField(),
    )
    return Func(F("runs_to"), notice, template="(%(expressions)s)::date", arg_joiner=" - ", output_field=DateField())


def _pooled(ask: Ask) -> Q:
    """Nobody in person answers for it: its owner, or that of the account on the date, is a team."""
    standing = AccountPeriod.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=ask.on),
        account=OuterRef("contract__account"),
        valid_from__lte=ask.on,
        owner__team__isnull=False,
    )
    return Q(contract__owner__team__isnull=False) | (Q(contract__owner__isnull=True) & Q(Exists(standing)))


def _plans(ask: Ask) -> Any:
    """A renewal with a next step and its date. Next steps stand as they are today."""
    return Renewal._base_manager.filter(term=OuterRef("pk"), opened_on__lte=ask.on, next_step_on__isnull=False).exclude(
        next_step=""
    )


FAMILY = Family(
    key="up_for_renewal",
    rows=up_for_renewal,
    subject="term",
    link="account",
    link_id="account_id_shown",
    columns=(
        Column("account_name", _("Account")),
        Column("runs_to", _("Ends"), "date"),
        Column("renewed", _("Renewed"), "yes"),
        Column("planned", _("Plan"), "yes"),
        Column("annual", _("Annual value"), "money"),
        Column("whole_term", _("Whole term"), "money"),
    ),
    left_out=agreements.FAMILY.left_out,
    placed_at=agreements.FAMILY.placed_at,
    seen_at=agreements.FAMILY.seen_at,
    facts=(*FACTS, "renewal"),
)

METRICS = (
    Metric(
        key="contracts_up_for_renewal",
        name=_("Up for renewal"),
        definition=_(
            "Terms in force on the date whose last day lies within 90 days of it, both days included. Without owner"
            " means that a team's pool holds it and nobody in person; without plan, that its renewal has no next step"
            " with a date."
        ),
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        stage=Stage.RENEWAL,
        family=FAMILY,
        parts=(
            Part("within_30", _("Within 30 days"), Q(within_30=True)),
            Part("within_60", _("Within 60 days"), Q(within_60=True)),
            Part("within_90", _("Within 90 days")),
            Part("already_renewed", _("Already renewed"), Q(renewed=True)),
            Part("annual_value", _("Annual value"), Q(), F("annual"), Unit.MONEY),
            Part("whole_term_value", _("Whole-term value"), Q(), F("whole_term"), Unit.MONEY),
            Part("annual_value_30", _("Annual value within 30 days"), Q(within_30=True), F("annual"), Unit.MONEY),
            Part("annual_value_60", _("Annual value within 60 days"), Q(within_60=True), F("annual"), Unit.MONEY),
            Part("without_value", _("Without a known value"), Q(annual__isnull=True)),
            Part("without_owner", _("Without owner"), Q(pooled=True)),
            Part("without_plan", _("Without plan"), Q(planned=False)),
        ),
    ),
)
