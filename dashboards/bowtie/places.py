"""The five stage pages: which metrics stand on each, the lists behind them, and what its reviews ask (RV-01..03)."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.context import find_url
from core.doors import opens
from core.metrics import Metric, Stage, catalogue
from dashboards.leaks.rules import KEYS as LEAKS
from dashboards.leaks.rules import Place


@dataclass(frozen=True)
class StagePage:
    """One page. `first` are the metrics that stand before the others, the headline before all; `lists` are named pages.

    `asks` are what a review asks beside the figures: by its rhythm, a question each (LK-05).
    """

    slug: str
    number: int
    name: Any
    question: Any
    stages: tuple[Stage, ...]
    places: tuple[Place, ...]
    first: tuple[str, ...]
    lists: tuple[tuple[str, str, Any], ...]
    weekly: tuple[Any, ...]
    monthly: tuple[Any, ...]
    quarterly: tuple[Any, ...]

    @property
    def headline(self) -> str:
        return self.first[0]

    @property
    def url(self) -> str:
        return reverse("dashboards:stage", args=[self.slug])


PAGES = (
    StagePage(
        "lead-generation",
        1,
        _("Lead generation"),
        _("Do we find the right companies, at a price that pays?"),
        (Stage.LEAD_GENERATION,),
        (),
        ("lead_quality", "lead_volume", "lead_conversion", "cost_per_lead"),
        (("sales:leads", "", _("Leads")), ("sales:spend", "", _("Marketing spend"))),
        (_("Which leads of this week did nobody call yet?"),),
        (_("Which source brings leads that meet the profile, and which only leads?"),),
        (_("Does the profile of the ideal customer still hold, and where is a euro of marketing worth most?"),),
    ),
    StagePage(
        "pipeline",
        2,
        _("Pipeline"),
        _("Do we win enough of what we start, in time?"),
        (Stage.PIPELINE,),
        (Place.PIPELINE,),
        ("win_rate", "pipeline_coverage", "sales_cycle_days", "stalled_deals"),
        (("sales:pipeline", "", _("The pipeline")),),
        (
            _("Which deals did not move this week, and what is the next step of each?"),
            _("Which expected close lies in the past?"),
        ),
        (_("Is it how we sell, or the quality of the leads?"),),
        (_("Which kind of customer do we win too seldom to go on trying?"),),
    ),
    StagePage(
        "conversion",
        3,
        _("Conversion"),
        _("Does the customer get what was promised, on the day it was promised?"),
        (Stage.CONVERSION,),
        (Place.CONVERSION,),
        ("onboarding_on_time", "handoff_completeness", "time_to_delivery", "onboarding_csat"),
        (
            ("dashboards:adoption", "", _("Machines on their way to value")),
            ("sales:handoffs", "", _("Handoffs")),
            ("sales:deliveries", "", _("Deliveries")),
        ),
        (_("Which machine goes live in the coming two weeks, and what is missing for it?"),),
        (_("Is it how we deliver, or did we promise too much?"),),
        (_("Which part of the chain from order to going live takes longest, and who owns it?"),),
    ),
    StagePage(
        "adoption",
        4,
        _("Adoption and value"),
        _("Do customers use what they bought, and does it earn them what they hoped for?"),
        (Stage.ADOPTION,),
        (),
        ("health_average", "health_green_share", "product_adoption", "nps"),
        (
            ("dashboards:customers_health", "", _("Customers by health")),
            ("health:alerts", "", _("Alerts")),
            ("health:rescues", "", _("Rescues")),
            ("dashboards:adoption", "", _("Machines on their way to value")),
            ("dashboards:qbrs", "", _("QBRs")),
            ("health:surveys", "", _("What customers answered")),
            ("health:load", "", _("Load per CS manager")),
        ),
        (_("Who fell a tier this week, and who has spoken to them since?"),),
        (_("Adoption that fails: is it operations, or were expectations too high?"),),
        (_("Which segment costs more care than it brings, and which too little?"),),
    ),
    StagePage(
        "expansion",
        5,
        _("Expansion & renewal"),
        _("Does what we have stay, and does it grow?"),
        (Stage.RENEWAL, Stage.EXPANSION, Stage.BASE),
        (Place.RENEWAL, Place.EXPANSION),
        (
            "net_revenue_retention",
            "installed_base_nrr",
            "gross_revenue_retention",
            "renewal_rate_value",
            "renewals_started_on_time",
            "attach_rate",
            "expansion_rate",
            "whitespace_filled",
        ),
        (
            ("renewals:queue", "", _("Renewals")),
            ("renewals:horizon", "", _("Renewal horizon")),
            ("renewals:rate", "", _("What became of contracts")),
            ("dashboards:customers_health", "", _("Moves between tiers of health")),
            ("expansion:signals", "", _("Signals")),
            ("expansion:lists", "", _("Hunting lists")),
            ("dashboards:machines", "covered=no", _("Machines without contract")),
            ("expansion:tips", "", _("Tips")),
            ("dashboards:cohorts", "", _("Revenue by cohort")),
        ),
        (
            _("Which renewal within 90 days has no next step?"),
            _("Which chance of last week did nobody decide on?"),
        ),
        (
            _("Renewals below target: is it the product, the support, or the price?"),
            _("Good renewals and no expansion: does nobody offer it, or does nobody want it?"),
        ),
        (_("Do we sell to new customers what our own customers would buy sooner?"),),
    ),
)
BY_SLUG = {page.slug: page for page in PAGES}


def metrics_of(page: StagePage) -> tuple[Metric, ...]:
    """Every metric of the catalogue that stands in its stages, the first ones first; leaks have a map of their own."""
    found = {m.key: m for m in catalogue() if m.stage in page.stages and m.key not in LEAKS}
    first = [found.pop(key) for key in page.first if key in found]
    return (*first, *sorted(found.values(), key=lambda m: page.stages.index(m.stage)))


def keys_of_the_lines(each: int = 4) -> tuple[str, ...]:
    """The metrics that stand first on the pages, as far as the catalogue has them: those whose past is asked first."""
    return tuple(dict.fromkeys(m.key for page in PAGES for m in metrics_of(page)[:each] if m.key in page.first))


def lists_of(page: StagePage, user: Any) -> list[dict[str, Any]]:
    """The pages behind the figures, as far as they are there for this user."""
    named = ((find_url(name), query, label) for name, query, label in page.lists if opens(name, user))
    return [{"url": f"{url}?{query}" if query else url, "label": label} for url, query, label in named if url]
