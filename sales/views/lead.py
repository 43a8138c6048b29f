"""Leads: the list with what waits, one lead with its touches and its fit, and what the page of a deal shows of both."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_GET, require_safe

from core import clock, display
from core.asking import PersonRequest
from core.exporting import FORMATS, stream_of
from core.menus import Menu, menu
from core.models import User
from core.paging import page_of
from core.policies import policy_on
from core.reach import Level, reach_of
from core.subjects import subject
from installed_base.models import Account
from playbooks.queries import working_days
from sales.lead_filters import MINE, PERIODS, SORT_LABELS, SORTS, LeadFilter
from sales.models import Channel, Lead, LeadSource, LeadState, Opportunity, Stage, keeps_sources, works_leads
from sales.queries import lead as query
from sales.queries.dealer import assignments_of, dealers_with_leads
from sales.rules.icp import IcpPolicy, fit_of
from sales.rules.lead import OPEN_STATES, LeadPolicy, answer_by, waits
from sales.tabs import lead_tabs
from sales.watching import watch
from sales.words.lead import ANSWER_LABELS, ANSWER_SHAPES, CRITERION_LABELS, FIT_LABELS, STATE_SHAPES

FILTERS = ("source", "channel", "owner", "dealer", "had", "fit", "country", "came", "q")
MOST_COUNTRIES = 60
HEAD = (
    gettext_lazy("Company"), gettext_lazy("Person"), gettext_lazy("What they do there"), gettext_lazy("E-mail"),
    gettext_lazy("Telephone"), gettext_lazy("Country"), gettext_lazy("Industry"), gettext_lazy("Employees"),
    gettext_lazy("Machines they run"), gettext_lazy("Source"), gettext_lazy("Channel"), gettext_lazy("Owner"),
    gettext_lazy("State"), gettext_lazy("Came on"), gettext_lazy("Last touch"), gettext_lazy("Profile"),
    gettext_lazy("Closed on"), gettext_lazy("Reason"), gettext_lazy("Dealer"), gettext_lazy("Dealer reports by"),
)  # fmt: skip


def reader(request: PersonRequest) -> None:
    """Whoever sees single machines only finds no leads."""
    if reach_of(request.user).level is Level.ASSIGNED:
        raise Http404


def _asked(request: PersonRequest) -> tuple[str, str]:
    """The view and the order: who works leads begins with those that nobody called, the oldest on top."""
    show = request.GET.get("show", "")
    if show not in query.SHOWN:
        show = "new" if works_leads(request.user) else "all"
    sort = request.GET.get("sort", "")
    return show, sort if sort in SORTS else _usual(show)


def _usual(show: str) -> str:
    return "newest" if show in ("all", "converted", "dropped") else "oldest"


def _narrowed(request: PersonRequest, on: date) -> QuerySet[Any]:
    found: QuerySet[Any] = LeadFilter(request.GET, queryset=query.leads(request.user, on), request=request).qs
    return found


@login_required
@require_GET
def leads(request: PersonRequest) -> HttpResponse:
    """The leads of a view, under the filters in the address."""
    reader(request)
    user, on = request.user, clock.today()
    rows = _narrowed(request, on)
    show, sort = _asked(request)
    counts = query.counts(rows, on)
    page = page_of(query.shown(rows, show, on), SORTS[sort], cursor=request.GET.get("cursor", ""))
    context = {
        "page": page,
        "leads": dressed(page.rows, user, on),
        "show": show,
        "chips": [(key, label, display.number(counts[key]), key == show) for key, label in _views()],
        "menus": _menus(request, show),
        "standfirst": _standfirst(counts),
        "tabs": lead_tabs(user),
        "filtered": any(request.GET.get(key) for key in FILTERS),
        "works": works_leads(user),
        "keeps_sources": keeps_sources(user),
        "any": counts["all"] > 0,
        "on": on,
    }
    return render(request, "sales/leads_list.html", context)


def _views() -> list[tuple[str, str]]:
    return [
        ("new", _("To call")),
        ("waiting", _("Waiting too long")),
        ("working", _("In contact")),
        ("dealers", _("With dealers")),
        ("overdue", _("Dealer overdue")),
        ("converted", _("Became a deal")),
        ("dropped", _("Dropped")),
        ("all", _("All")),
    ]


def _standfirst(counts: dict[str, int]) -> str:
    """What is to be called, and what waits too long."""
    if not counts["new"] and not counts["waiting"]:
        return _("Nobody waits for a first call.")
    said = ngettext("%(n)s lead was not called yet.", "%(n)s leads were not called yet.", counts["new"])
    parts = [said % {"n": display.number(counts["new"])}] if counts["new"] else []
    if counts["waiting"]:
        late = ngettext("%(n)s waits too long.", "%(n)s wait too long.", counts["waiting"])
        parts.append(late % {"n": display.number(counts["waiting"])})
    return " ".join(parts)


def _menus(request: PersonRequest, show: str) -> list[Menu]:
    usual = _usual(show)
    found = Lead.objects.visible_to(request.user).order_by()
    countries = found.exclude(country="").values_list("country", flat=True).distinct().order_by("country")
    owners = found.values_list("owner", "owner__name").distinct().order_by("owner__name", "owner")
    sources = LeadSource.objects.visible_to(request.user).order_by("name").values_list("pk", "name")
    return [
        menu(request, "owner", _("Owner"), [(MINE, _("mine")), *owners], _("everyone")),
        *_dealer_menu(request, show),
        menu(request, "source", _("Source"), sources, _("all")),
        menu(request, "channel", _("Channel"), Channel.choices, _("all")),
        menu(request, "fit", _("Profile"), FIT_LABELS.items(), _("any")),
        menu(request, "country", _("Country"), [(name, name) for name in countries[:MOST_COUNTRIES]], _("all")),
        menu(request, "came", _("Came in the last"), PERIODS, _("ever")),
        menu(
            request,
            "sort",
            pgettext("of a list", "Order"),
            [(k, label) for k, label in SORT_LABELS if k != usual],
            dict(SORT_LABELS)[usual],
        ),
    ]


def _dealer_menu(request: PersonRequest, show: str) -> list[Menu]:
    """Where the list is about dealers, or narrowed to one."""
    if show not in ("dealers", "overdue") and not request.GET.get("dealer"):
        return []
    rows = dealers_with_leads(request.user).values_list("pk", "name")
    return [menu(request, "dealer", _("Dealer"), rows, _("all"))]


def dressed(rows: Iterable[Any], user: User, on: date) -> list[Any]:
    """Leads with their age, whether they wait and until when, their dealer, their fit in words, and their person where
    the reader may read a name. Two queries for all of them."""
    found = list(rows)
    named = set(Lead.objects.named_to(user).filter(pk__in=[row.pk for row in found]).values_list("pk", flat=True))
    policy, icp = policy_on(LeadPolicy, on).values, policy_on(IcpPolicy, on).values
    next_day = working_days(on).on_or_after
    watch(found, user, on)
    for row in found:
        row.age = (on - row.created_on).days
        row.is_open = row.state in OPEN_STATES
        ours = row.is_open and not row.partner_id
        row.waits = ours and waits(policy, row.created_on, row.reached_on, on, next_day)
        row.call_by = None if row.reached_on or not ours else answer_by(policy, row.created_on, next_day)
        row.shape, row.named = STATE_SHAPES[row.state], row.pk in named
        row.answers = answers(icp, row)
        row.fit_shape, row.fit_word = ANSWER_SHAPES[row.fit], FIT_LABELS[row.fit]
        row.gaps = ", ".join(str(a["label"]) for a in row.answers if a["shape"] != "good")
    return found


def answers(policy: IcpPolicy, row: Lead) -> list[dict[str, Any]]:
    """The profile criterion by criterion, with what the lead says to each."""
    fit = fit_of(policy, country=row.country, industry=row.industry, employees=row.employees, machines=row.machines)
    return [
        {
            "label": CRITERION_LABELS[name],
            "value": getattr(row, name),
            "asked": asked_of(policy, name),
            "shape": ANSWER_SHAPES[answer],
            "word": ANSWER_LABELS[answer],
        }
        for name, answer in fit.criteria
    ]


def asked_of(policy: IcpPolicy, name: str) -> str:
    """What a profile asks of a criterion, in words."""
    if name in ("country", "industry"):
        return ", ".join(policy.countries if name == "country" else policy.industries)
    low, high = (policy.employees_from, policy.employees_to) if name == "employees" else (policy.machines_from, None)
    if low is not None and high is not None:
        return _("%(low)s to %(high)s") % {"low": display.number(low), "high": display.number(high)}
    if low is not None:
        return _("%(low)s or more") % {"low": display.number(low)}
    return _("%(high)s or fewer") % {"high": display.number(high)}


@require_safe
@login_required
def leads_file(request: PersonRequest) -> HttpResponseBase:
    """The list, all of it, as CSV or XLSX. People stay out of the rows in which they have no name for the reader."""
    reader(request)
    kind = request.GET.get("format", "csv")
    if kind not in FORMATS:
        raise Http404
    on = clock.today()
    show, sort = _asked(request)
    rows = query.shown(_narrowed(request, on), show, on).order_by(*SORTS[sort])
    named = set(Lead.objects.named_to(request.user).values_list("pk", flat=True))
    lines = [_line(row, row.pk in named) for row in watch(list(rows), request.user, on)]
    return stream_of([str(name) for name in HEAD], lines, name=f"leads-{on:%Y-%m-%d}", kind=kind)


def _line(row: Any, named: bool) -> list[Any]:
    who = [row.person, row.person_role, row.email, row.phone] if named else ["", row.person_role, "", ""]
    source = row.lead_source
    return [
        row.company, *who, row.country, row.industry, row.employees, row.machines,
        source.name if source else "", source.get_channel_display() if source else "", row.owner.name,
        str(row.get_state_display()), row.created_on, row.last_touch_on, str(FIT_LABELS[row.fit]), row.closed_on,
        str(row.get_dropped_because_display()) if row.dropped_because else "", row.dealer_name, row.report_by,
    ]  # fmt: skip


@login_required
@require_GET
def lead(request: PersonRequest, pk: int) -> HttpResponse:
    """One lead: who, whether it fits, everything they saw of us, and what can be done."""
    reader(request)
    user, on = request.user, clock.today()
    row = dressed([get_object_or_404(query.leads(user, on), pk=pk)], user, on)[0]
    touches = query.touches_of(row, on)
    at, deal = _reached(row, user)
    may = Lead.objects.changeable_by(user).filter(pk=pk).exists()
    context = {
        "lead": row,
        "on": on,
        "trail": [(reverse("sales:leads"), _("Leads"))],
        "standfirst": _lead_standfirst(row),
        "touches": touches,
        "first": touches[-1] if touches else None,
        "last": touches[0] if touches else None,
        "road": (touches[0].on - touches[-1].on).days if len(touches) > 1 else None,
        "dealer": _dealer(row, user),
        "account": at,
        "account_url": subject("account").url(at.pk) if at else "",
        "deal": deal,
        "doubles": query.doubles_of(row.company, row.email, user, but=pk),
        "namesakes": [] if row.account_id else query.accounts_called(row.company, user),
        "may": may,
        "may_convert": may and row.is_open and reach_of(user).works,
        "may_undo": may and deal is not None and deal.stage == Stage.IDENTIFIED and reach_of(user).works,
        "assignments": assignments_of(row, user),
    }
    return render(request, "sales/lead_detail.html", context)


def _reached(row: Lead, user: User) -> tuple[Account | None, Opportunity | None]:
    """The account and the deal of a lead, where this person sees them."""
    at = Account.objects.visible_to(user).filter(pk=row.account_id).first() if row.account_id else None
    deals = Opportunity.objects.visible_to(user).filter(pk=row.opportunity_id)
    return at, deals.first() if row.opportunity_id else None


def _dealer(row: Lead, user: User) -> Account | None:
    """The dealer or partner who brought it, where this person sees their account (IB-17)."""
    partner = row.lead_source.partner_id if row.lead_source else None
    return Account.objects.visible_to(user).filter(pk=partner).first() if partner else None


def _lead_standfirst(row: Any) -> str:
    """Where it stands, in one sentence."""
    if row.state == LeadState.CONVERTED:
        return _("Became a deal on %(day)s.") % {"day": display.day_long(row.closed_on)}
    if row.state == LeadState.DROPPED:
        words = {"day": display.day_long(row.closed_on), "reason": row.get_dropped_because_display()}
        return _("Dropped on %(day)s: %(reason)s.") % words
    if row.partner_id:
        if row.report_by is None:
            return _("A dealer works it.")
        late, words = row.dealer_late, {"day": display.day_long(row.report_by)}
        said = _("The dealer should have reported by %(day)s.") if late else _("A dealer works it; we hear by %(day)s.")
        return said % words
    if row.reached_on:
        last = display.day_long(row.reached_on)
        said = _("Waiting too long: we last sought them on %(day)s.") if row.waits else _("Last sought on %(day)s.")
        return said % {"day": last}
    words = {"day": display.day_long(row.call_by)}
    if row.waits:
        return _("Nobody called yet; it should have been by %(day)s.") % words
    return _("Nobody called yet; do it by %(day)s.") % words


def block(request: PersonRequest, deal: Opportunity) -> dict[str, Any]:
    """What the page of a deal shows of the leads it came from, with their touches."""
    return {"came_from": query.leads_of(deal, request.user)}
