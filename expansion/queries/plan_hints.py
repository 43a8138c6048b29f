"""What the data suggest for a plan: chances and risks, each with what it was taken from (AP-03, AP-04)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, OuterRef, Q, Subquery, Sum

from core.calendar import add_months
from core.models import User
from core.policies import policy_on
from expansion.models import AccountPlan, PlanPerson, PlanPoint, PointKind, Signal, SignalKind
from expansion.rules.plan import PlanPolicy
from installed_base.metrics.asof import terms_in_force
from installed_base.models import AccountEvent, Asset, Contact, ContactMoment, Term, UsageReading
from installed_base.models.accounts import ContactRole
from renewals.models import Renewal
from sales.models import DealKind, Opportunity
from sales.rules import OPEN_STAGES

MOST_SIGNALS = 6
MOST_IDLE = 6
READ_DAYS = 90
Side, K, E, D = PlanPoint.Side, PointKind, AccountEvent.Kind, DealKind
OF_DEAL = {D.REPLACEMENT: K.REPLACEMENT, D.CROSS_SELL: K.CROSS_SELL, D.NEW_LOGO: K.OTHER, D.WIN_BACK: K.OTHER}
OF_SIGNAL = {
    SignalKind.REPLACEMENT: K.REPLACEMENT, SignalKind.END_OF_LIFE: K.REPLACEMENT, SignalKind.SUCCESSOR: K.REPLACEMENT,
    SignalKind.UPGRADE: K.UPSELL, SignalKind.PREMIUM: K.UPSELL, SignalKind.CAPACITY: K.UPSELL,
}  # fmt: skip
# Signals that tell of danger stand with the risks, by themselves or through what they were seen in.
NO_CHANCE = (SignalKind.COMPETITOR, SignalKind.PARTS_SILENCE, SignalKind.PARTS_DROP, SignalKind.UPSELL_TALK)
CHANGES = (E.NEW_MANAGEMENT, E.MERGER, E.NEW_STRATEGY)


@dataclass(frozen=True)
class Hint:
    """One suggestion. `source` is what it was taken from, `about` the thing itself, `value` euros where known."""

    side: str
    kind: str
    source: tuple[str, int]
    about: Any
    on: date | None = None
    value: Decimal | None = None
    taken: bool = False


def hints(plan: AccountPlan, user: User, on: date) -> list[Hint]:
    """Everything the data suggest, chances first; `taken` where it stands in the plan. A fixed number of queries."""
    policy = policy_on(PlanPolicy, on).values
    readers: tuple[Callable[..., list[Hint]], ...] = (
        _deals, _signals, _low_levels, _idle_machines, _renewals, _competitors, _silent_people, _changes,
    )  # fmt: skip
    rows = PlanPoint.objects.visible_to(user).filter(plan=plan).exclude(source_kind="")
    taken = set(rows.values_list("source_kind", "source_id"))
    found = [hint for read in readers for hint in read(plan, user, on, policy)]
    return [Hint(h.side, h.kind, h.source, h.about, h.on, h.value, h.source in taken) for h in found]


def _deals(plan: AccountPlan, user: User, on: date, policy: PlanPolicy) -> list[Hint]:
    rows = Opportunity.objects.visible_to(user).filter(account=plan.account_id, stage__in=OPEN_STAGES)
    rows = rows.order_by(F("value_reporting").desc(nulls_last=True), "pk")
    return [
        Hint(Side.OPPORTUNITY, OF_DEAL.get(DealKind(deal.kind), K.UPSELL), ("opportunity", deal.pk), deal,
             deal.expected_close_on, deal.value_reporting)
        for deal in rows
    ]  # fmt: skip


def _signals(plan: AccountPlan, user: User, on: date, policy: PlanPolicy) -> list[Hint]:
    """Those worth most."""
    rows = Signal.objects.visible_to(user).waiting(on).filter(account=plan.account_id).exclude(kind__in=NO_CHANCE)
    rows = rows.select_related("asset__product").order_by(F("value_reporting").desc(nulls_last=True), "due_on", "pk")
    return [
        Hint(Side.OPPORTUNITY, OF_SIGNAL.get(SignalKind(signal.kind), K.CROSS_SELL), ("signal", signal.pk), signal,
             signal.due_on, signal.value_reporting)
        for signal in rows[:MOST_SIGNALS]
    ]  # fmt: skip


def _low_levels(plan: AccountPlan, user: User, on: date, policy: PlanPolicy) -> list[Hint]:
    """Contracts in force on the lowest level."""
    rows = Term.objects.visible_to(user).filter(
        pk__in=terms_in_force(on).filter(contract__account=plan.account_id).values("pk"),
        level__rung__lte=policy.low_rung,
    )
    return [
        Hint(Side.OPPORTUNITY, K.UPSELL, ("term", term.pk), term, term.ends_on, term.annual_value_reporting)
        for term in rows.select_related("contract", "level").order_by("pk")
    ]


def _idle_machines(plan: AccountPlan, user: User, on: date, policy: PlanPolicy) -> list[Hint]:
    """Machines that ran less than their hours allow, by the readings of a quarter."""
    read = UsageReading._base_manager.filter(
        asset=OuterRef("pk"), on__gt=on - timedelta(days=READ_DAYS), on__lte=on, run_hours__isnull=False,
        available_hours__gt=0,
    ).order_by().values("asset")  # fmt: skip
    rows = Asset.objects.visible_to(user).in_service(on).filter(account=plan.account_id).select_related("product")
    rows = rows.annotate(
        ran=Subquery(read.annotate(total=Sum("run_hours")).values("total")),
        could=Subquery(read.annotate(total=Sum("available_hours")).values("total")),
    )
    idle = rows.filter(could__gt=0, ran__lt=F("could") * policy.idle_below).annotate(share=F("ran") / F("could"))
    return [
        Hint(Side.OPPORTUNITY, K.CAPACITY, ("asset", machine.pk), machine)
        for machine in idle.order_by("share", "pk")[:MOST_IDLE]
    ]


def _renewals(plan: AccountPlan, user: User, on: date, policy: PlanPolicy) -> list[Hint]:
    """Contracts that are decided within the year."""
    until = on + timedelta(days=policy.renewal_days)
    rows = Renewal.objects.visible_to(user).open().filter(account=plan.account_id, decides_on__lte=until)
    return [
        Hint(Side.RISK, K.CHURN, ("renewal", row.pk), row, row.decides_on, row.annual_value_reporting)
        for row in rows.select_related("term__contract").order_by("decides_on", "pk")
    ]


def _competitors(plan: AccountPlan, user: User, on: date, policy: PlanPolicy) -> list[Hint]:
    """Machines of others that stand there, and what was heard of them in a year."""
    theirs = Asset.objects.visible_to(user).filter(account=plan.account_id, standing=Asset.Standing.COMPETITOR)
    theirs = theirs.filter(Q(taken_out_on__isnull=True) | Q(taken_out_on__gt=on)).select_related("product")
    return [
        Hint(Side.RISK, K.COMPETITOR, ("asset", machine.pk), machine, machine.first_evidence_on)
        for machine in theirs.order_by("pk")
    ] + _heard(plan, user, on, (E.COMPETITOR,), K.COMPETITOR)


def _changes(plan: AccountPlan, user: User, on: date, policy: PlanPolicy) -> list[Hint]:
    return _heard(plan, user, on, CHANGES, K.ORGANISATION)


def _heard(plan: AccountPlan, user: User, on: date, kinds: tuple[Any, ...], about: str) -> list[Hint]:
    rows = AccountEvent.objects.visible_to(user).filter(
        account=plan.account_id, kind__in=kinds, on__gt=add_months(on, -12), on__lte=on, taken_back_on__isnull=True
    )
    return [Hint(Side.RISK, about, ("account_event", row.pk), row, row.on) for row in rows.order_by("-on", "pk")]


def _silent_people(plan: AccountPlan, user: User, on: date, policy: PlanPolicy) -> list[Hint]:
    """People who matter and with whom nobody spoke for long: champions, management, and those who decide here."""
    decides = PlanPerson._base_manager.filter(
        plan=plan, out_on__isnull=True, part__in=["decides", "champion", "influences"]
    )
    matter = Q(champion_since__isnull=False) | Q(role=ContactRole.MANAGEMENT) | Q(pk__in=decides.values("contact"))
    spoken = ContactMoment._base_manager.filter(contact=OuterRef("pk"), on__lte=on).order_by().values("contact")
    rows = Contact.objects.visible_to(user).filter(matter, account=plan.account_id, left_on__isnull=True)
    rows = rows.annotate(spoken_on=Subquery(spoken.annotate(last=Max("on")).values("last")))
    silent = Q(spoken_on__isnull=True) | Q(spoken_on__lt=on - timedelta(days=policy.silent_days))
    return [
        Hint(Side.RISK, K.PERSON, ("contact", person.pk), person, person.spoken_on)
        for person in rows.filter(silent).order_by("name", "pk")
    ]


def hint_of(plan: AccountPlan, user: User, on: date, source: tuple[str, int]) -> Hint | None:
    """The suggestion that was taken from this, if the data still suggest it."""
    return next((hint for hint in hints(plan, user, on) if hint.source == source), None)
