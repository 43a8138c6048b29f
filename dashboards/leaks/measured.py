"""Buckets 1 to 5: what was lost, as rows of contracts, customers and machines (metrics.md, The leak map).

Each bucket leaves what an earlier one took. What it leaves is read without the filters of the ask, so that the figures
of all segments add up to the whole.
"""

from dataclasses import replace
from typing import Any

from django.db.models import Count, ExpressionWrapper, F, Func, IntegerField, OuterRef, Q, Subquery, Sum, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Least

from core.metrics import NUMBER, Ask, Filters, once_an_ask, settled
from dashboards.leaks.rules import YEAR, LeakPolicy
from installed_base.metrics.asof import (
    account_then,
    accounts_asked,
    assets_at,
    known_by,
    narrows_accounts,
    then,
    unplaced,
)
from installed_base.metrics.revenue import share_of
from installed_base.models import Asset, Coverage, LedgerEntry
from installed_base.models.orders import Stream
from renewals.metrics import fate, growth, rate
from renewals.rules import MilestonePolicy


def unnarrowed(ask: Ask) -> Ask:
    """The same question without filters; what was known by when still counts."""
    whole = Filters(known_at=ask.filters.known_at)
    return ask if ask.filters == whole else replace(ask, filters=whole)


# What a later bucket leaves, each to be looked into with `__in`.
@once_an_ask
def machines_of_lost(ask: Ask) -> RawSQL:
    lost = settled(lost_renewals(ask).values("pk"))
    return settled(Coverage._base_manager.filter(term__in=lost).values("asset_id"))


@once_an_ask
def customers_of_lost(ask: Ask) -> RawSQL:
    return settled(lost_renewals(ask).values(of=Coalesce("contract__account__merged_into_id", "contract__account_id")))


@once_an_ask
def contracts_of_lost(ask: Ask) -> RawSQL:
    return settled(lost_renewals(ask).values("contract_id"))


@once_an_ask
def contracts_of_lowered(ask: Ask) -> RawSQL:
    return settled(lowered_renewals(ask).values("contract_id"))


@once_an_ask
def customers_of_decline(ask: Ask) -> RawSQL:
    return settled(parts_decline(ask).values("customer"))


@once_an_ask
def machines_of_onboarding(ask: Ask) -> RawSQL:
    return settled(late_onboarding(ask).values("pk"))


@once_an_ask
def lost_renewals(ask: Ask) -> Any:
    """1: terms that came to their end in the year and were not renewed."""
    return rate.due(ask).filter(state=fate.LAPSED).annotate(amount=F("annual"))


@once_an_ask
def lowered_renewals(ask: Ask) -> Any:
    """2: successors that began in the year and cost less than what they replaced."""
    rows = growth.successors(ask).annotate(was=growth.OLD).filter(annual__lt=F("was"))
    return rows.exclude(contract_id__in=contracts_of_lost(unnarrowed(ask))).annotate(amount=F("was") - F("annual"))


@once_an_ask
def late_renewals(ask: Ask) -> Any:
    """3: terms renewed after their end, with days on which nothing was in force."""
    whole, policy = unnarrowed(ask), ask.policy(MilestonePolicy)
    rows = rate.due(ask).filter(state=fate.LATE).annotate(days=fate.DaysUncovered(ask.on, policy)).filter(days__gt=0)
    for earlier in (contracts_of_lost(whole), contracts_of_lowered(whole)):
        rows = rows.exclude(contract_id__in=earlier)
    return rows.annotate(amount=_over_days(F("annual")))


def _over_days(annual: Any) -> ExpressionWrapper:
    """What a yearly amount makes of `days`."""
    return ExpressionWrapper(annual * F("days") / Value(YEAR), NUMBER)


@once_an_ask
def parts_decline(ask: Ask) -> Any:
    """4: customers whose parts revenue fell by the policy's share or more, unless they lost a contract in the year."""
    line = Q(product__line=ask.filters.product_line) if ask.filters.product_line else Q()
    lineless = Q(product__line__isnull=True) if ask.filters.product_line else Q(pk__isnull=True)
    rows = LedgerEntry.objects.visible_to(ask.actor).filter(known_by(ask.filters), _posted(ask))
    share = 1 - ask.policy(LeakPolicy).decline_share
    sums = rows.values(customer=Coalesce("account__merged_into_id", "account_id")).annotate(
        before=_sum(share_of("amount_reporting", ask.year_before_last), line),
        now=_sum(share_of("amount_reporting", ask.last_year), line),
        unpriced=Count("pk", filter=line & Q(amount_reporting__isnull=True)),
        unattributed=Count("pk", filter=lineless),
    )
    fell = sums.filter(before__gt=0, now__lte=F("before") * Value(share, NUMBER), unpriced=0)
    return fell.exclude(customer__in=customers_of_lost(unnarrowed(ask))).annotate(amount=F("before") - F("now"))


def _posted(ask: Ask) -> Q:
    """Posted parts rows that may lie in the two years, of what was asked."""
    recent = Q(period_to__gte=ask.year_before_last.first) | Q(
        period_to__isnull=True, on__gte=ask.year_before_last.first
    )
    mine = Q(account__in=accounts_asked(ask)) if narrows_accounts(ask.filters) else Q()
    return mine & recent & Q(state=LedgerEntry.State.POSTED, stream=Stream.PARTS, on__lte=ask.on)


def _sum(amount: Any, which: Q) -> Coalesce:
    return Coalesce(Sum(amount, filter=which), Value(0, NUMBER), output_field=NUMBER)


@once_an_ask
def late_onboarding(ask: Ask) -> Any:
    """5: machines promised in the year that went live after it, or have not yet: at their contract's value."""
    year = ask.last_year
    late = Q(went_live_on__gt=F("promised_on")) | Q(went_live_on__isnull=True)
    there = Q(taken_out_on__isnull=True) | Q(taken_out_on__gt=F("promised_on"))
    rows = Asset.objects.visible_to(ask.actor).counted().filter(known_by(ask.filters), _machines_asked(ask))
    rows = rows.filter(late & there, promised_on__range=(year.first, year.last)).alias(held=then(ask.on))
    until = Least(Coalesce("went_live_on", Value(ask.on)), Value(ask.on))
    days = Func(until, "promised_on", template="(%(expressions)s)", arg_joiner=" - ", output_field=IntegerField())
    return (
        rows.annotate(days=days, annual=_first_cover(ask))
        .filter(days__gt=0)
        .annotate(
            amount=_over_days(F("annual")),
            account_name=Subquery(account_then(ask.on)),
            unattributed=unplaced(ask, "product__line"),
        )
    )


def _machines_asked(ask: Ask) -> Q:
    narrowed = assets_at(ask, accounts_asked(ask)) if narrows_accounts(ask.filters) else Q()
    if ask.filters.product_line:
        narrowed &= Q(product__line=ask.filters.product_line) | Q(product__line__isnull=True)
    return narrowed


def _first_cover(ask: Ask) -> Subquery:
    """A year of the contract that was sold with a machine: its first line of coverage."""
    signed = Q(term__signed_on__lte=ask.on) | (Q(term__signed_on__isnull=True) & ~Q(term__source=""))
    lines = Coverage._base_manager.alias(held=then(ask.on)).filter(signed, asset=OuterRef("pk"))
    return Subquery(lines.order_by("held__starts_on", "pk").values("held__annual_value_reporting")[:1])
