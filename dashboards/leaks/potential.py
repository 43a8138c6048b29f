"""Buckets 6 to 9: what was never earned, as rows of machines, signals, tips and deals (metrics.md, The leak map)."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Case, DateField, ExpressionWrapper, F, Max, OuterRef, Q, Subquery, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Greatest

from core.metrics import NUMBER, Ask, once_an_ask, settled
from dashboards.leaks.measured import (
    customers_of_decline,
    machines_of_lost,
    machines_of_onboarding,
    unnarrowed,
)
from dashboards.leaks.rules import LeakPolicy
from expansion.chances import CHANCES
from expansion.models import Signal, SignalKind, Tip, TipKind
from expansion.queries.candidates.cover import lowest_level
from expansion.rules.tip import TipPolicy
from installed_base.metrics.asof import (
    account_then,
    accounts_asked,
    flag,
    ids_covered,
    known_by,
    narrows_accounts,
    stood,
    then,
    unplaced,
)
from installed_base.metrics.machines import machines_asked
from installed_base.models import ContactMoment
from sales.models import DealKind, Opportunity, OpportunityLine, OpportunityPeriod
from sales.rules import OPEN_STAGES, PipelinePolicy

# Which deal a signal would open, and a tip.
DEALS: dict[str, str] = {
    SignalKind.UPGRADE.value: DealKind.UPGRADE.value,
    SignalKind.REPLACEMENT.value: DealKind.REPLACEMENT.value,
    SignalKind.END_OF_LIFE.value: DealKind.REPLACEMENT.value,
} | {chance.kind.value: chance.deal.value for chance in CHANCES}
TIP_DEALS = {
    TipKind.WORN_OUT.value: DealKind.REPLACEMENT.value,
    TipKind.OVERLOADED.value: DealKind.ADDITIONAL_MACHINE.value,
}


@once_an_ask
def uncovered(ask: Ask) -> Any:
    """6: machines in service without a contract, at a year of the lowest level; not those whose contract was lost."""
    whole = unnarrowed(ask)
    rows = machines_asked(ask).exclude(pk__in=ids_covered(ask.on)).exclude(pk__in=machines_of_lost(whole))
    rows = rows.exclude(pk__in=machines_of_onboarding(whole))
    return rows.annotate(
        amount=Cast(Value(lowest_level(ask.on)[1]), NUMBER),
        in_warranty=flag(Q(warranty_ends_on__gte=ask.on)),
        account_name=Subquery(account_then(ask.on)),
    )


@once_an_ask
def untouched_signals(ask: Ask) -> Any:
    """7: signals that wait for a decision longer than the policy allows, at their estimate times what is won of such.

    Of one machine, and of one account as a whole, the signal that is worth most.
    """
    old = _asked(Signal.objects.visible_to(ask.actor), ask).filter(
        Q(decided_on__isnull=True) | Q(decided_on__gt=ask.on),
        Q(closed_on__isnull=True) | Q(closed_on__gt=ask.on),
        Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=ask.on),
        raised_on__lte=ask.on - timedelta(days=ask.policy(LeakPolicy).untouched_days),
    )
    rows = _left_by_earlier(old, ask).annotate(amount=_expected(F("value_reporting"), "kind", DEALS, ask))
    return _dressed(_largest(rows), ask)


@once_an_ask
def unanswered_tips(ask: Ask) -> Any:
    """8: tips nobody answered within the hours of the policy, at the price of the machine they would sell."""
    zone = ZoneInfo(settings.ORGANISATION_TIME_ZONE)
    end = datetime.combine(ask.on + timedelta(days=1), time(), zone)
    rows = _asked(Tip.objects.visible_to(ask.actor).filter(known_by(ask.filters)), ask).filter(
        Q(answered_at__isnull=True) | Q(answered_at__gte=end),
        given_at__lte=end - timedelta(hours=ask.policy(TipPolicy).answer_hours),
    )
    signals = untouched_signals(unnarrowed(ask))
    of_machines = settled(signals.filter(asset__isnull=False).values("asset_id"))
    of_accounts = settled(signals.filter(asset__isnull=True).values("account_id"))
    rows = _left_by_earlier(rows, ask).exclude(asset__in=of_machines)
    rows = rows.exclude(asset__isnull=True, account__in=of_accounts)
    price = Case(When(kind__in=list(TIP_DEALS), then=F("asset__price_reporting")), output_field=NUMBER)
    return _dressed(_largest(rows.annotate(amount=_expected(price, "kind", TIP_DEALS, ask))), ask)


@once_an_ask
def stalled_deals(ask: Ask) -> Any:
    """9: open deals whose last change of stage, contact or beginning is older than a stage should last.

    A leak is one of an account: a deal of which nobody knows whose it is stands in the metric of stalled deals alone.
    """
    policy = ask.policy(PipelinePolicy)
    deals = Opportunity.objects.visible_to(ask.actor).filter(known_by(ask.filters), _narrowed(ask))
    deals = deals.filter(account__isnull=False)
    deals = deals.filter(Q(identified_on__isnull=True) | Q(identified_on__lte=ask.on), known_on__lte=ask.on)
    rows = deals.alias(held=then(ask.on)).filter(held__stage__in=OPEN_STAGES).exclude(closed_on__lte=ask.on)
    line = OpportunityLine.objects.filter(product__line__isnull=False) if ask.filters.product_line else None
    if line is not None:
        mine = line.filter(product__line=ask.filters.product_line).values("opportunity_id")
        rows = rows.filter(Q(pk__in=mine) | ~Q(pk__in=line.values("opportunity_id")))
    return (
        rows.annotate(last_moved=_last_moved(ask))
        .filter(last_moved__lt=ask.on - timedelta(days=policy.stale_after_days))
        .annotate(
            amount=ExpressionWrapper(F("held__value_reporting") * _probability(policy), NUMBER),
            account_name=F("account__name"),
            unattributed=Value(0) if line is None else _lineless(line),
        )
    )


def _lineless(line: Any) -> Case:
    return Case(When(pk__in=line.values("opportunity_id"), then=Value(0)), default=Value(1))


def _last_moved(ask: Ask) -> Greatest:
    """The latest of: the stage it stands in was reached, somebody spoke about it, it began."""
    other = OpportunityPeriod.objects.filter(opportunity=OuterRef("pk"), valid_to__lte=ask.on)
    moved = other.exclude(stage=OuterRef("held__stage")).order_by("-valid_to").values("valid_to")[:1]
    spoken = ContactMoment._base_manager.filter(
        subject_kind="opportunity", subject_id=OuterRef("pk"), on__lte=ask.on
    ).order_by()
    last = spoken.values("subject_id").annotate(last=Max("on")).values("last")
    began = Coalesce("identified_on", "known_on")
    return Greatest(began, Subquery(moved, output_field=DateField()), Subquery(last, output_field=DateField()))


def _probability(policy: PipelinePolicy) -> Case:
    of_stage = [When(held__stage=s, then=Value(policy.probability(s), NUMBER)) for s in OPEN_STAGES]
    given = When(held__probability__isnull=False, then=F("held__probability"))
    return Case(given, *of_stage, default=Value(Decimal(0)), output_field=NUMBER)


def _narrowed(ask: Ask) -> Q:
    return Q(account__in=accounts_asked(ask)) if narrows_accounts(ask.filters) else Q()


def _asked(rows: Any, ask: Ask) -> Any:
    """Rows about an account and perhaps a machine, of what was asked."""
    rows = rows.filter(_narrowed(ask))
    if ask.filters.product_line:
        rows = rows.filter(Q(asset__product__line=ask.filters.product_line) | Q(asset__product__line__isnull=True))
    return rows


def _left_by_earlier(rows: Any, ask: Ask) -> Any:
    """Without machines that an earlier bucket took, or about which a deal is open; without accounts that buy less."""
    whole = unnarrowed(ask)
    for taken in (machines_of_onboarding(whole), _machines_uncovered(whole), _machines_in_deals(whole)):
        rows = rows.filter(Q(asset__isnull=True) | ~Q(asset__in=taken))
    customer = Coalesce("account__merged_into_id", "account_id")
    return rows.alias(customer=customer).exclude(asset__isnull=True, customer__in=customers_of_decline(whole))


@once_an_ask
def _machines_uncovered(ask: Ask) -> RawSQL:
    return settled(uncovered(ask).values("pk"))


@once_an_ask
def _machines_in_deals(ask: Ask) -> RawSQL:
    open_then = OpportunityPeriod.objects.filter(stood(ask.on), stage__in=OPEN_STAGES).values("opportunity_id")
    return settled(OpportunityLine.objects.filter(asset__isnull=False, opportunity__in=open_then).values("asset_id"))


def _expected(value: Any, kind: str, deals: dict[str, str], ask: Ask) -> ExpressionWrapper:
    policy = ask.policy(LeakPolicy)
    rates = [When(**{kind: k}, then=Value(policy.win_rate(deal), NUMBER)) for k, deal in deals.items()]
    other = Value(policy.win_rate("other"), NUMBER)
    return ExpressionWrapper(value * Case(*rates, default=other, output_field=NUMBER), NUMBER)


def _largest(rows: Any) -> Any:
    """Of each machine, and of each account as a whole, the row that is worth most."""
    first = rows.order_by("account_id", "asset_id", F("amount").desc(nulls_last=True), "pk")
    return rows.filter(pk__in=first.distinct("account_id", "asset_id").values("pk"))


def _dressed(rows: Any, ask: Ask) -> Any:
    return rows.annotate(account_name=F("account__name"), unattributed=unplaced(ask, "asset__product__line"))
