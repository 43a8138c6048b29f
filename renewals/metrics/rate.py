"""The renewal rate: of the terms that were due in a year, those that were renewed (RN-13, CT-09, W-14)."""

from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Q, Value, When
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.calendar import add_months
from core.metrics import NUMBER, Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from core.metrics.catalogue import ONE
from health.models.score import TIERS
from installed_base.metrics import agreements
from installed_base.metrics.asof import FACTS, known_by, one_if, then
from installed_base.models import Term
from renewals.metrics import fate
from renewals.rules import MilestonePolicy


def due(ask: Ask) -> Any:
    """Terms whose last day lies in the twelve months to the date, with what became of them by then.

    `state` is one of the words of `renewals.metrics.fate`. A term that continues by itself counts once, at the end of
    its latest stretch.
    """
    policy = ask.policy(MilestonePolicy)
    signed = Q(signed_on__lte=ask.on) | (Q(signed_on__isnull=True) & ~Q(source=""))
    rows = Term.objects.visible_to(ask.actor).filter(known_by(ask.filters), agreements.asked(ask), signed)
    rows = rows.alias(held=then(ask.on)).filter(_near(ask), held__starts_on__lte=ask.on)
    rows = rows.alias(due_in_year=fate.DueInYear(ask.on, policy)).filter(due_in_year=True)
    return rows.annotate(
        due_on=fate.Due(ask.on, policy),
        state=fate.State(ask.on, policy),
        tier=fate.TierBefore(ask.on, policy),
        annual=F("held__annual_value_reporting"),
        account_id_shown=F("contract__account_id"),
        account_name=F("contract__account__name"),
        unattributed=agreements.unattributed(ask),
    )


def _near(ask: Ask) -> Q:
    """What may be due in the window: by cheap columns, before the fate of a term is looked up."""
    begins = add_months(ask.on, -12)
    ended = Q(held__ends_on__gt=begins, held__ends_on__lte=ask.on)
    goes_on = Q(held__ends_on__lte=ask.on, held__tacit_months__gt=0)
    return ended | goes_on | Q(terminated_on__gt=begins, terminated_on__lte=ask.on)


FAMILY = Family(
    key="terms_due",
    rows=due,
    subject="term",
    link="account",
    link_id="account_id_shown",
    columns=(
        Column("account_name", _("Account")),
        Column("due_on", _("Due"), "date"),
        Column("state", _("Became"), "word"),
        Column("tier", _("Tier at T-90"), "word"),
        Column("annual", _("Annual value"), "money"),
    ),
    policies=(MilestonePolicy,),
    left_out=agreements.FAMILY.left_out,
    placed_at="contract__account_id",
    facts=FACTS,
)
RENEWED = Q(state__in=[fate.RENEWED, fate.LATE, fate.TACIT])
DECIDED = RENEWED | Q(state=fate.LAPSED)
_STATES = (
    ("tacit", _("Continued by themselves"), fate.TACIT),
    ("late", _("Renewed after the end"), fate.LATE),
    ("lapsed", _("Lapsed"), fate.LAPSED),
    ("pending", _("Pending, not counted"), fate.PENDING),
    ("not_a_loss", _("Ended without a loss, not counted"), fate.NOT_A_LOSS),
)


def _parts(amount: Any, unit: Unit) -> tuple[Part, ...]:
    """What the figure is made of, and the same by tier at T-90: renewed, and due."""
    states = [Part(key, name, Q(state=state), amount, unit) for key, name, state in _STATES]
    by_tier = [part for tier, name in TIERS for part in _of_tier(tier, name, amount, unit)]
    return (Part("renewed", _("Renewed"), RENEWED, amount, unit), *states, *by_tier)


def _of_tier(tier: str, name: Any, amount: Any, unit: Unit) -> tuple[Part, Part]:
    there = Q(tier=tier)
    return (
        Part(f"renewed_{tier}", format_lazy(_("{tier} at T-90: renewed"), tier=name), there & RENEWED, amount, unit),
        Part(f"due_{tier}", format_lazy(_("{tier} at T-90: due"), tier=name), there & DECIDED, amount, unit),
    )


def _valued(which: Q) -> Case:
    return Case(When(which, then=F("annual")), default=Value(Decimal(0)), output_field=NUMBER)


_TOLD: dict[str, Any] = {
    "shape": Shape.RATIO,
    "unit": Unit.RATIO,
    "stage": Stage.RENEWAL,
    "family": FAMILY,
    "target": Target(Aim.ABOVE, Decimal("0.90")),
    "nothing": _("No contract term came to its end in the window."),
    "window_months": 12,
}
METRICS = (
    Metric(
        key="renewal_rate",
        name=_("Renewal rate"),
        definition=_(
            "Terms whose last day lies in the twelve months to the date: those renewed, over those renewed or lapsed."
            " Renewed is a successor signed by the date that starts within the days of grace (60, or what the policy"
            " says) after the end, or the last day to cancel passing without notice. Terms still within those days,"
            " and those that ended without a loss, are listed and not counted."
        ),
        numerator=one_if(RENEWED),
        denominator=one_if(DECIDED),
        unknown=Q(state=fate.UNKNOWN),
        parts=_parts(ONE, Unit.COUNT),
        **_TOLD,
    ),
    Metric(
        key="renewal_rate_value",
        name=_("Renewal rate, by value"),
        definition=_(
            "The renewal rate with each term at its own annual value: what was renewed, over what was renewed or"
            " lapsed. Terms without a known value are listed as unknown."
        ),
        numerator=_valued(RENEWED),
        denominator=_valued(DECIDED),
        unknown=Q(state=fate.UNKNOWN) | Q(annual__isnull=True),
        parts=_parts(F("annual"), Unit.MONEY),
        reads_money=True,
        **_TOLD,
    ),
)
