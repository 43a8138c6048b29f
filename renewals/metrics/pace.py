"""How renewals are worked: started on time, how long they take, which have nobody or no plan (RN-12, RN-14, RN-17)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DateField, Exists, ExpressionWrapper, F, OuterRef, Q, Value
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics import agreements
from installed_base.metrics.asof import FACTS, flag, known_by, one_if, then
from installed_base.models import ContactMoment, Term
from renewals.metrics import fate
from renewals.models import Outcome, Renewal
from renewals.rules import MilestonePolicy

HORIZON = timedelta(days=90)


def renewals_asked(ask: Ask) -> Any:
    """Renewals of the accounts and the product line that were asked for, with what receipts show of them."""
    rows = Renewal.objects.visible_to(ask.actor).filter(
        known_by(ask.filters, "term__"), agreements.asked(ask, "account", "term")
    )
    return rows.annotate(
        account_name=F("account__name"), unattributed=agreements.unattributed(ask, "term"), owner_name=F("owner__name")
    )


def started(ask: Ask) -> Any:
    """Renewals whose T-90 lies in the twelve months to the date, and whether somebody spoke with the customer by then.

    A renewal that was closed before its T-90, because its term ended or was replaced, had nothing to start.
    """
    policy = ask.policy(MilestonePolicy)
    lead, late = timedelta(days=policy.longest), timedelta(days=policy.started_within_days)
    window = (ask.last_year.first + lead, ask.on + lead)
    spoke = ContactMoment._base_manager.filter(
        known_by(ask.filters),
        subject_kind="renewal",
        subject_id=OuterRef("pk"),
        on__lte=ExpressionWrapper(OuterRef("decides_on") - (lead - late), output_field=DateField()),
    ).filter(on__lte=ask.on)
    begins_on = ExpressionWrapper(F("decides_on") - lead, output_field=DateField())
    rows = renewals_asked(ask).filter(decides_on__range=window).annotate(begins_on=begins_on)
    return rows.exclude(outcome=Outcome.CLOSED, decided_on__lte=F("begins_on")).annotate(
        known_late=flag(Q(term__known_on__gte=F("begins_on"))), spoke=flag(Q(Exists(spoke)))
    )


def coming(ask: Ask) -> Any:
    """Renewals open on the date whose T lies within the horizon. Owners and next steps stand as they are today."""
    open_then = Q(decided_on__isnull=True) | Q(decided_on__gt=ask.on)
    rows = renewals_asked(ask).filter(open_then, opened_on__lte=ask.on, decides_on__range=(ask.on, ask.on + HORIZON))
    return rows.annotate(
        pooled=flag(Q(owner__team__isnull=False)), unplanned=flag(Q(next_step="") | Q(next_step_on__isnull=True))
    )


# Terms of which something that follows was signed in a stretch of days, or began in it where nobody wrote when.
_FOLLOWED = (
    "SELECT l.term_id FROM installed_base_termsuccession l JOIN installed_base_term n ON n.id = l.successor_id"
    " WHERE COALESCE(n.signed_on, n.starts_on) BETWEEN %s AND %s UNION SELECT o.id FROM installed_base_term o"
    " JOIN installed_base_term n ON n.contract_id = o.contract_id AND n.number = o.number + 1"
    " WHERE COALESCE(n.signed_on, n.starts_on) BETWEEN %s AND %s"
)


def signed(ask: Ask) -> Any:
    """Terms whose renewal was signed in the twelve months to the date, with the days from T-90 to the signature."""
    policy = ask.policy(MilestonePolicy)
    year = (ask.last_year.first, ask.on)
    rows = Term.objects.visible_to(ask.actor).filter(
        known_by(ask.filters), agreements.asked(ask), pk__in=RawSQL(_FOLLOWED, [*year, *year])
    )
    rows = rows.alias(held=then(ask.on)).filter(held__isnull=False)
    return (
        rows.annotate(signed_first=fate.SignedFirst(ask.on, policy), state=fate.State(ask.on, policy))
        .filter(signed_first__range=year)
        .annotate(
            took=fate.DaysToSign(ask.on, policy),
            account_id_shown=F("contract__account_id"),
            account_name=F("contract__account__name"),
            unattributed=agreements.unattributed(ask),
        )
    )


def _family(key: str, rows: Any, *columns: Column, **more: Any) -> Family:
    defaults: dict[str, Any] = {
        "subject": "renewal",
        "policies": (MilestonePolicy,),
        "left_out": agreements.FAMILY.left_out,
        "placed_at": "account_id",
        "facts": (*FACTS, "renewal"),
    }
    return Family(key=key, rows=rows, columns=(Column("account_name", _("Account")), *columns), **(defaults | more))


STARTED = _family(
    "renewals_started",
    started,
    Column("begins_on", _("T-90"), "date"),
    Column("spoke", _("Spoken in time"), "yes"),
    Column("known_late", _("Known too late"), "yes"),
    facts=(*FACTS, "renewal", "moment"),
)
COMING = _family(
    "renewals_coming",
    coming,
    Column("decides_on", _("Decides on"), "date"),
    Column("owner_name", _("Owner")),
    Column("pooled", _("Without owner"), "yes"),
    Column("unplanned", _("Without plan"), "yes"),
)
SIGNED = _family(
    "renewals_signed",
    signed,
    Column("signed_first", _("Signed"), "date"),
    Column("took", _("Days from T-90"), "count"),
    subject="term",
    link="account",
    link_id="account_id_shown",
    placed_at="contract__account_id",
    facts=FACTS,
)

METRICS = (
    Metric(
        key="renewals_started_on_time",
        name=_("Renewals started on time"),
        definition=_(
            "Renewals whose T-90 lies in the twelve months to the date: those of which somebody spoke with the customer"
            " about the renewal by five days (or what the policy says) after it, over all of them. Renewals whose"
            " contract was not known before T-90 are listed and not counted."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.RENEWAL,
        family=STARTED,
        numerator=one_if(Q(known_late=False, spoke=True)),
        denominator=one_if(Q(known_late=False)),
        target=Target(Aim.AT_LEAST, Decimal(1)),
        parts=(Part("known_late", _("Known too late, not counted"), Q(known_late=True)),),
        nothing=_("No renewal came to its T-90 in the window."),
        window_months=12,
    ),
    Metric(
        key="time_to_renew",
        name=_("Time to renew"),
        definition=_(
            "Terms whose renewal was signed in the twelve months to the date: the mean of the days from T-90 to the"
            " signature. Signed before T-90 counts below zero; what continued by itself has no signature."
        ),
        shape=Shape.RATIO,
        unit=Unit.DAYS,
        stage=Stage.RENEWAL,
        family=SIGNED,
        unknown=Q(took__isnull=True),
        numerator=F("took"),
        denominator=Value(1),
        target=Target(Aim.FALLING),
        parts=(Part("early", _("Signed before T-90"), Q(took__lt=0)),),
        nothing=_("No renewal was signed in the window."),
        window_months=12,
    ),
    Metric(
        key="renewals_without_plan",
        name=_("Without owner or plan"),
        definition=_(
            "Open renewals that are decided within 90 days of the date, both days included, and that nobody in person"
            " works (a team's pool holds them), or that have no next step with a date."
        ),
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        stage=Stage.RENEWAL,
        family=COMING,
        member=Q(pooled=True) | Q(unplanned=True),
        target=Target(Aim.BELOW, Decimal(1)),
        parts=(
            Part("without_owner", _("Without owner"), Q(pooled=True)),
            Part("without_plan", _("Without plan"), Q(unplanned=True)),
        ),
    ),
)
