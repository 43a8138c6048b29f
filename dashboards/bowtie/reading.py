"""What the page reads: its metrics on the date and on the compared one, and what they can be narrowed to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from core.metrics import Filters, Result, Status, Stored, TargetPolicy, Unit, figures, history, month_ends
from core.metrics.slices import sees_everything
from core.policies import policy_on
from dashboards import wording
from dashboards.leaks import section as leaks

KEYS = (
    *("assets_in_service", "assets_age_0_5", "assets_age_5_10", "assets_age_10_plus", "assets_age_unknown"),
    *("assets_end_of_life", "attach_rate", "contracted_assets", "assets_uncovered"),
    *("contracts_in_force", "contracted_value", "average_contract_value"),
    *("net_revenue_retention", "installed_base_nrr", "gross_revenue_retention", "logo_retention", "nrr_bridge"),
    *("churned_customers", "churned_revenue", "revenue_per_customer", "quiet_customers"),
    *("health_average", "health_green_share"),
)
# Drawn over the month ends before the date.
KEYS_OF_THE_LINE = ("net_revenue_retention", "health_average", "lead_quality", "win_rate", "onboarding_on_time")
# The heads of the stages that sales and delivery fill: stored of everything, not of what a team sees.
KEYS_OF_DEALS = ("win_rate", "pipeline_value", "average_deal_size", "stalled_deals")
KEYS_OF_STARTS = ("onboarding_on_time", "handoff_completeness", "time_to_delivery")
KEYS_OF_LEADS = ("lead_quality", "lead_conversion", "source_concentration", "cost_per_lead")
# What the left of the picture is drawn from.
KEYS_OF_THE_INFLOW = ("lead_volume", "win_rate", "pipeline_value")
# Not compared with a year ago: what comes up in the next days, and the splits by stream and by health.
KEYS_OF_TODAY = ("contracts_up_for_renewal", "revenue_kept", "revenue_by_health")


@dataclass(frozen=True)
class Reading:
    """Results by key, today and (perhaps) on the compared date, with the words that depend on both.

    `past` are the stored figures of month ends.
    """

    on: date
    now: Mapping[str, Result]
    then: Mapping[str, Result]
    compared_on: date | None
    currency: str
    policy: TargetPolicy
    query: Mapping[str, str]
    past: Mapping[str, Mapping[date, Stored]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Nothing that could be counted is there."""
        keys = ("assets_in_service", "contracts_in_force", "logo_retention", "revenue_per_customer", "quiet_customers")
        return not any(self.now[key].count for key in keys)

    @property
    def is_waiting(self) -> bool:
        """Not counted yet: what is not known is not shown as nothing."""
        return any(result.waiting for result in self.now.values())

    @property
    def why_waiting(self) -> str:
        return next((result.reason for result in self.now.values() if result.waiting), "")

    @property
    def behind_since(self) -> datetime | None:
        """When the oldest figure was stored on which facts came in since; None where there is none."""
        found = (*self.now.values(), *self.then.values())
        return min((r.taken_at for r in found if r.behind and r.taken_at), default=None)

    def value(self, key: str) -> Any:
        """None also where it was not asked for."""
        return self.now[key].value if key in self.now else None

    def part(self, key: str, part: str) -> Decimal:
        return Decimal(self.now[key].parts[part] or 0)

    @property
    def spread(self) -> dict[str, Decimal]:
        """Revenue of existing customers a year before by the tier they stand in now; nothing where there is none."""
        found = self.now["revenue_by_health"]
        return {tier: Decimal(part or 0) for tier, part in found.parts.items()} if found.count else {}

    def before(self, key: str) -> Result | None:
        return self.then.get(key)

    def said(self, key: str) -> str:
        result = self.now[key]
        return wording.said(result.metric.unit, result.value, self.currency)

    def money(self, value: Any) -> str:
        return wording.said(Unit.MONEY, value, self.currency)

    def facts(self, key: str) -> str:
        result = self.now[key]
        if result.value is None:
            return result.reason
        return wording.facts_of(result.metric, self.before(key), self.currency)

    def status(self, key: str) -> Status:
        return wording.status(self.now[key], self.before(key), self.policy)

    def line(self, key: str) -> list[float | None]:
        """The metric at the month ends that are stored, and on the date: empty where there is nothing to compare."""
        past = self.past.get(key, {})
        stored = [past[day].result.value if day in past else None for day in month_ends(self.on)]
        known = [None if value is None else float(value) for value in [*stored, self.value(key)]]
        return known if sum(value is not None for value in known) > 1 else []

    @property
    def asked(self) -> str:
        """The day and the filters as the end of an address."""
        return f"?{urlencode(self.query)}" if self.query else ""

    def receipt(self, key: str) -> str:
        """The address of the rows behind a number, as of the same day and narrowed the same way."""
        return reverse("dashboards:receipt", args=[key]) + self.asked


def keys_of_the_heads(actor: Any) -> tuple[str, ...]:
    return (*KEYS_OF_DEALS, *KEYS_OF_STARTS) if sees_everything(actor) else ()


def keys_of_the_left(actor: Any) -> tuple[str, ...]:
    """Compared too: the outline of the left side, and targets that rise or fall, ask for the year before."""
    return (*KEYS_OF_LEADS, *KEYS_OF_THE_INFLOW) if sees_everything(actor) else ()


def read(
    *, on: date, compared_on: date | None, actor: Any, filters: Filters, currency: str, query: Mapping[str, str]
) -> Reading:
    """Everything on the page: stored figures where they are fresh, else one aggregate per family of rows and date."""
    compared = (*KEYS, *keys_of_the_left(actor), *leaks.asked(actor))
    today = (*compared, *KEYS_OF_TODAY, *keys_of_the_heads(actor))
    wanted = {on: today} | ({compared_on: compared} if compared_on else {})
    found = figures(wanted, actor=actor, filters=filters)
    then = found[compared_on] if compared_on else {}
    heads = (KEYS_OF_DEALS[0], KEYS_OF_STARTS[0]) if sees_everything(actor) else ()
    past = history((*KEYS_OF_THE_LINE, *heads), on, actor=actor, filters=filters)
    policy = policy_on(TargetPolicy, on).values
    return Reading(on, found[on], then, compared_on, currency, policy, query, past)
