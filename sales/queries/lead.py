"""Reading leads: the list with what waits, one lead with its touches, doubles, sources with their counts."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, DateField, F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from core.calendar import add_months
from core.models import Owner, Role, User
from core.policies import policy_on
from installed_base.models import Account
from playbooks.queries import working_days
from sales.models import Lead, LeadSource, Opportunity, Touch
from sales.queries.dealer import overdue, with_dealers
from sales.queries.handoff import WORKERS
from sales.queries.icp import fit_case
from sales.rules.icp import IcpPolicy
from sales.rules.lead import OPEN_STATES, OURS, LeadPolicy, late_before, longest_word, same_lead

# Views of the list; `waiting`, `dealers` and `overdue` stand across the states. What a dealer works, we do not call.
SHOWN = ("new", "working", "waiting", "dealers", "overdue", "converted", "dropped", "all")
MOST_CANDIDATES = 500


def leads(user: User, on: date) -> QuerySet[Any]:
    """Leads a person sees, with the day of their last touch and of the last time we sought them, their fit, and how
    their dealer stands."""
    touches = Touch._base_manager.filter(lead=OuterRef("pk"), on__lte=on).order_by()
    last = touches.values("lead").annotate(last=Max("on")).values("last")
    sought = touches.filter(kind__in=OURS, on__gte=OuterRef("created_on"))
    ours = sought.values("lead").annotate(last=Max("on")).values("last")
    rows = Lead.objects.visible_to(user).select_related("account", "lead_source", "owner", "opportunity")
    return with_dealers(rows, on).annotate(
        last_touch_on=Subquery(last, output_field=DateField()),
        reached_on=Greatest(Subquery(ours, output_field=DateField()), F("worked_on")),
        moved_on=Coalesce("last_touch_on", "created_on"),
        fit=fit_case(policy_on(IcpPolicy, on).values),
    )


def waiting(on: date) -> Q:
    """Open leads that wait for us: nobody sought them in time, or not for long. The same that `waits` says of one. One
    that a dealer works waits for the dealer."""
    policy = policy_on(LeadPolicy, on).values
    late = late_before(policy, on, working_days(on).on_or_after)
    quiet = Q(reached_on__isnull=False, reached_on__lt=on - timedelta(days=policy.quiet_days))
    return Q(state__in=OPEN_STATES, partner__isnull=True) & (Q(reached_on__isnull=True, created_on__lte=late) | quiet)


def _view(show: str, on: date) -> Q:
    if show == "waiting":
        return waiting(on)
    if show == "overdue":
        return overdue(on)
    if show == "dealers":
        return Q(state__in=OPEN_STATES, partner__isnull=False)
    return Q(state="new", partner__isnull=True) if show == "new" else Q(state=show)


def shown(rows: QuerySet[Any], show: str, on: date) -> QuerySet[Any]:
    """The leads of one view of the list."""
    return rows if show == "all" else rows.filter(_view(show, on))


def counts(rows: QuerySet[Any], on: date) -> dict[str, int]:
    """How many leads each view has. One query."""
    views = {show: Count("pk", filter=_view(show, on)) for show in SHOWN if show != "all"}
    found: dict[str, int] = rows.order_by().aggregate(all=Count("pk"), **views)
    return found


def open_count(user: User) -> int:
    """Leads that are open, for the tab."""
    found: int = Lead.objects.visible_to(user).filter(state__in=OPEN_STATES).count()
    return found


def touches_of(lead: Lead, on: date) -> list[Any]:
    """Every touch of a lead, the latest first."""
    rows = lead.touches.filter(on__lte=on).select_related("lead_source", "by")
    return list(rows.order_by("-on", "-pk"))


def leads_of(deal: Opportunity, user: User) -> list[Any]:
    """The leads that became this deal, with their touches in the order in which they happened. Two queries."""
    touches = Touch._base_manager.select_related("lead_source").order_by("on", "pk")
    rows = Lead.objects.visible_to(user).filter(opportunity=deal.pk).select_related("lead_source", "owner")
    return list(rows.prefetch_related(Prefetch("touches", queryset=touches)).order_by("created_on", "pk"))


def doubles_of(company: str, email: str, user: User, *, but: int | None = None) -> list[Lead]:
    """Leads this person sees that are the same as one of this company or address, open ones first. One query."""
    word, address = longest_word(company), email.strip()
    if not word and not address:
        return []
    alike = Q(company__icontains=word) if word else Q(pk__in=[])
    if address:
        alike |= Q(email__iexact=address)
    rows = Lead.objects.visible_to(user).filter(alike).exclude(pk=but).select_related("owner", "opportunity")
    found = [row for row in rows.order_by("-created_on", "-pk")[:MOST_CANDIDATES] if _same(row, company, email)]
    return sorted(found, key=lambda row: row.state not in OPEN_STATES)


def _same(row: Lead, company: str, email: str) -> bool:
    return same_lead(company, email, row.company, row.email)


def accounts_called(company: str, user: User) -> list[Account]:
    """Accounts in the base that this person sees under the name of a company. One query."""
    word = longest_word(company)
    if not word:
        return []
    rows = Account.objects.visible_to(user).filter(name__icontains=word, merged_into__isnull=True)
    found = rows.select_related("owner").order_by("name", "pk")[:MOST_CANDIDATES]
    return [row for row in found if same_lead(company, "", row.name, "")]


def takers() -> Any:
    """Who may own a lead: people who work deals, marketing, and pools."""
    people = Q(user__is_active=True, user__role__in=(*WORKERS, Role.MARKETING))
    return Owner.objects.filter(people | Q(team__isnull=False)).order_by("name", "pk")


@dataclass(frozen=True)
class SourceLine:
    """A source with the leads of the past year: how many, how many fit, how many became a deal; and all there were."""

    source: LeadSource
    year: int
    fit: int
    converted: int
    every: int
    last_on: date | None


def source_lines(user: User, on: date) -> list[SourceLine]:
    """Every source with its leads, those that brought most in a year first. Two queries."""
    year = Q(created_on__gt=add_months(on, -12))
    rows = Lead.objects.visible_to(user).filter(created_on__lte=on, lead_source__isnull=False)
    grouped = (
        rows.annotate(fit=fit_case(policy_on(IcpPolicy, on).values))
        .order_by()
        .values("lead_source")
        .annotate(
            year=Count("pk", filter=year),
            met=Count("pk", filter=year & Q(fit="met")),
            went=Count("pk", filter=year & Q(state="converted")),
            every=Count("pk"),
            last=Max("created_on"),
        )
    )
    found = {row["lead_source"]: row for row in grouped}
    none = {"year": 0, "met": 0, "went": 0, "every": 0, "last": None}
    lines = []
    for source in LeadSource.objects.visible_to(user).select_related("partner"):
        row = found.get(source.pk, none)
        lines.append(SourceLine(source, row["year"], row["met"], row["went"], row["every"], row["last"]))
    return sorted(lines, key=lambda line: (not line.source.is_active, -line.year, line.source.name.casefold()))
