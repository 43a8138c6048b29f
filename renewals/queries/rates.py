"""What became of the terms of the whole book, by tier at T-90 and years as a customer: what probabilities rest on.

The book is everybody's: the rates are the same for whoever reads them, and name no customer.
"""

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Min, OuterRef, Q, Subquery

from core.calendar import add_months
from core.policies import policy_on
from health.rules import Tier
from installed_base.metrics.asof import then
from installed_base.models import Term
from renewals.metrics import fate
from renewals.models import ForecastTable
from renewals.rules import MilestonePolicy
from renewals.rules.forecast import ForecastPolicy, Observed, Table, table_of

WON = (fate.RENEWED, fate.LATE, fate.TACIT)
DECIDED = (*WON, fate.LAPSED)
# Rates of a day hold for the week after it, where the day did not run.
FRESH = timedelta(days=7)
TIERS = tuple(tier.value for tier in Tier)


def first_day(account: str = "contract__account_id") -> Subquery:
    """The first day of the first term of the customer to whom `account` leads."""
    terms = Term._base_manager.filter(contract__account=OuterRef(account)).order_by()
    return Subquery(terms.values("contract__account").annotate(first=Min("starts_on")).values("first"))


class WholeYears(Func):
    """Whole years from the first day to the last one, both included; 0 for a last day before the first."""

    template = "GREATEST(0, EXTRACT(YEAR FROM age(%(expressions)s)))::int"
    arg_joiner = " + 1, "
    output_field = IntegerField()

    def __init__(self, first: str, last: Any) -> None:
        super().__init__(F(last) if isinstance(last, str) else last, F(first))


def table_on(on: date) -> Table:
    """The table of probabilities of that day: as it was kept in the week to it, else worked out now."""
    kept = ForecastTable.objects.filter(on__lte=on, on__gt=on - FRESH).order_by("-on").first()
    return table_of(kept_rows(kept) if kept else observed(on), TIERS, policy_on(ForecastPolicy, on).values)


def kept_rows(kept: ForecastTable) -> list[Observed]:
    return [Observed(*row) for row in kept.observed]


def observed(on: date) -> list[Observed]:
    """What became of the terms, by tier and years, as it was known on that day. One query beside the policies."""
    policy, milestones = policy_on(ForecastPolicy, on).values, policy_on(MilestonePolicy, on).values
    rows = decided_terms(on, policy, milestones).values_list("tier", "years", "state").annotate(terms=Count("pk"))
    found: dict[tuple[str, int], list[int]] = {}
    for tier, years, state, terms in rows.order_by():
        counts = found.setdefault((tier, years), [0, 0])
        counts[0] += terms if state in DECIDED else 0
        counts[1] += terms if state in WON else 0
    return [Observed(tier, years, *counts) for (tier, years), counts in sorted(found.items())]


def decided_terms(on: date, policy: ForecastPolicy, milestones: MilestonePolicy) -> Any:
    """Terms that were due in the months the policy looks back, with what became of them by that day."""
    begins = add_months(on, -policy.history_months)
    signed = Q(signed_on__lte=on) | (Q(signed_on__isnull=True) & ~Q(source=""))
    rows = Term._base_manager.filter(signed).alias(held=then(on)).filter(_near(begins, on), held__starts_on__lte=on)
    rows = rows.annotate(due_on=fate.Due(on, milestones)).filter(due_on__gt=begins, due_on__lte=on)
    return rows.annotate(
        state=fate.State(on, milestones), tier=fate.TierBefore(on, milestones), began_on=first_day()
    ).annotate(years=WholeYears("began_on", "due_on"))


def _near(begins: date, on: date) -> Q:
    """What may be due in the window: by cheap columns, before the fate of a term is looked up."""
    ended = Q(held__ends_on__gt=begins, held__ends_on__lte=on)
    goes_on = Q(held__ends_on__lte=on, held__tacit_months__gt=0)
    return ended | goes_on | Q(terminated_on__gt=begins, terminated_on__lte=on)
