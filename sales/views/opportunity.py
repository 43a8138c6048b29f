"""The pipeline: deals by stage, and one deal with its machines and history."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core import clock, display
from core.asking import PersonRequest
from core.calendar import BEGINNING
from core.context import find_url
from core.free_text import free_text
from core.menus import Menu, menu
from core.paging import page_of
from core.policies import policy_on
from core.reach import reach_of
from core.returning import back
from core.subjects import subject
from playbooks.forms import assignable
from sales import actions, queries
from sales.filters import OpportunityFilter
from sales.forms import CloseForm, OpportunityForm, StageForm
from sales.models import DealKind, Opportunity, Stage
from sales.rules import OPEN_STAGES, PipelinePolicy
from sales.views.blocks import blocks

STAGES = [(key, Stage(key).label) for key in OPEN_STAGES]
SHOWN = {"open": OPEN_STAGES, "won": (Stage.WON,), "lost": (Stage.LOST,)}


@login_required
@require_GET
def pipeline(request: PersonRequest) -> HttpResponse:
    """Deals of a stage, or of all open ones, the largest first; won and lost ones by their day."""
    on = clock.today()
    policy = policy_on(PipelinePolicy, on).values
    rows = OpportunityFilter(request.GET, queryset=queries.deals(request.user), request=request).qs
    shown = request.GET.get("show", "open")
    shown = shown if shown in SHOWN or shown in OPEN_STAGES else "open"
    listed = rows.filter(stage__in=SHOWN.get(shown, (shown,)))
    sums, sees_prices = queries.stage_sums(rows, policy), reach_of(request.user).sees_prices
    page = page_of(queries.ranked(listed), queries.RANK, cursor=request.GET.get("cursor", ""))
    context = {
        "page": page,
        "groups": _groups(page.rows, policy, on),
        "standfirst": _standfirst(sums, sees_prices),
        "tiles": _tiles(request, sums, shown, policy, sees_prices),
        "is_open": shown == "open",
        "is_won": shown == "won",
        "is_lost": shown == "lost",
        "is_stage": shown in OPEN_STAGES,
        "on": on,
        "menus": _menus(request),
        "stages": STAGES,
        "signals_url": find_url("expansion:signals"),
        "sees_prices": sees_prices,
        "changeable": _changeable(request, page.rows),
        "filtered": any(request.GET.get(key) for key in ("kind", "owner", "account", "q")),
    }
    return render(request, "sales/opportunities_pipeline.html", context)


def _standfirst(sums: list[queries.StageSum], sees_prices: bool) -> SafeString:
    """How much is open, and what it weighs."""
    count = sum(stage.count for stage in sums)
    if not count:
        return format_html("{}", _("No deal is open."))
    if not sees_prices:
        words = ngettext("{count} open deal.", "{count} open deals.", count)
        return format_html(words, count=display.number(count))
    words = ngettext(
        "{count} open deal worth {value}; weighted with the chance of its stage {weighted}.",
        "{count} open deals worth {value}; weighted with the chance of their stage {weighted}.",
        count,
    )
    value = display.money(sum(stage.value for stage in sums))
    weighted = display.money(sum(stage.weighted for stage in sums))
    return format_html(words, count=display.number(count), value=format_html("<b>{}</b>", value), weighted=weighted)


def _tiles(
    request: PersonRequest, sums: list[queries.StageSum], shown: str, policy: PipelinePolicy, sees_prices: bool
) -> list[dict[str, Any]]:
    """The strip of open stages; each is the filter to itself."""
    tiles = []
    for stage in sums:
        query = request.GET.copy()
        query.pop("cursor", None)
        query["show"] = "open" if shown == stage.stage else stage.stage
        deals = ngettext("%(count)s deal", "%(count)s deals", stage.count) % {"count": display.number(stage.count)}
        tiles.append(
            {
                "label": stage.label,
                "span": display.percent(policy.probability(stage.stage), 0),
                "value": display.money_short(stage.value) if sees_prices else display.number(stage.count),
                "count": deals if sees_prices else "",
                "note": _("%(count)s of unknown value") % {"count": stage.unknown} if stage.unknown else "",
                "url": f"?{query.urlencode()}",
                "current": shown == stage.stage,
                "parts": {"done": stage.count, "lost": sum(other.count for other in sums) - stage.count},
            }
        )
    return tiles


def _menus(request: PersonRequest) -> list[Menu]:
    owners = [(owner.pk, owner.name) for owner in assignable(request.user)]
    return [
        menu(request, "kind", _("Kind"), DealKind.choices, _("all")),
        menu(request, "owner", _("Owner"), owners, _("everyone")),
    ]


def _changeable(request: PersonRequest, rows: list[Any]) -> set[int]:
    ids = [row.pk for row in rows]
    return set(Opportunity.objects.changeable_by(request.user).filter(pk__in=ids).values_list("pk", flat=True))


def _groups(rows: list[Any], policy: PipelinePolicy, on: date) -> list[dict[str, Any]]:
    """The rows of a page under the names of their stages, each with its days in the stage."""
    groups: list[dict[str, Any]] = []
    for row in rows:
        if not groups or groups[-1]["stage"] != row.stage:
            groups.append({"stage": row.stage, "label": row.get_stage_display(), "rows": []})
        row.stage_days = queries.days_in_stage(row, on)
        row.is_stale = policy.is_stale(row.stage, row.stage_days)
        groups[-1]["rows"].append(row)
    return groups


@login_required
@require_GET
def opportunity(request: PersonRequest, pk: int) -> HttpResponse:
    deal = get_object_or_404(queries.deals(request.user), pk=pk)
    return _deal_page(request, deal)


def _deal_page(request: PersonRequest, deal: Any, **forms: Any) -> HttpResponse:
    on = clock.today()
    policy = policy_on(PipelinePolicy, on).values
    is_open = deal.stage in OPEN_STAGES
    days = queries.days_in_stage(deal, on)
    lines: list[Any] = list(queries.machines(deal))
    periods: list[Any] = list(queries.history(deal))
    for line in lines:
        line.url = subject("asset").url(line.asset_id) if line.asset_id else ""
    for period in periods:
        known = period.valid_from if period.valid_from > BEGINNING else deal.identified_on
        period.shown_on = known or deal.known_on
    context = {
        "deal": deal,
        "on": on,
        "is_open": is_open,
        "stage_days": days,
        "is_stale": policy.is_stale(deal.stage, days),
        "trail": [(reverse("sales:pipeline"), _("Pipeline")), *_account_of(deal)],
        "standfirst": _deal_standfirst(deal, is_open, on, free_text(deal.lost_reason, request.user)),
        "lines": lines,
        "lines_title": ngettext("%d machine", "%d machines", len(lines)) % len(lines) if lines else _("Machines"),
        "periods": periods,
        "stages": STAGES,
        "may_change": bool(_changeable(request, [deal])),
        "sees_prices": reach_of(request.user).sees_prices,
        "change_form": OpportunityForm(initial=_values(deal)),
        "close_form": CloseForm(),
        **blocks(request, deal, on),
        **forms,
    }
    return render(request, "sales/opportunity_detail.html", context, status=422 if forms else 200)


def _account_of(deal: Opportunity) -> list[tuple[str, str]]:
    return [(subject("account").url(deal.account_id), str(deal.account))] if deal.account_id else []


def _deal_standfirst(deal: Opportunity, is_open: bool, on: date, lost_reason: str) -> str:
    """Where it stands, in one sentence."""
    if deal.stage == Stage.WON:
        return _("Won on %(day)s.") % {"day": display.day_long(deal.closed_on)}
    if deal.stage == Stage.LOST:
        words = {"day": display.day_long(deal.closed_on), "reason": lost_reason or _("no reason noted")}
        return _("Lost on %(day)s: %(reason)s.") % words
    if deal.expected_close_on is None:
        return _("Nobody has said yet when it should close.")
    if deal.expected_close_on < on:
        return _("It should have closed on %(day)s.") % {"day": display.day_long(deal.expected_close_on)}
    return _("Expected to close on %(day)s.") % {"day": display.day_long(deal.expected_close_on)}


def _values(deal: Opportunity) -> dict[str, Any]:
    return {"name": deal.name, "value": deal.value_reporting, "expected_close_on": deal.expected_close_on}


def _mine(request: PersonRequest, pk: int) -> Opportunity:
    rows: QuerySet[Opportunity] = Opportunity.objects.changeable_by(request.user)
    return get_object_or_404(rows.select_related("account", "owner"), pk=pk)


@login_required
@require_POST
def opportunity_stage(request: PersonRequest, pk: int) -> HttpResponse:
    deal = _mine(request, pk)
    form = StageForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That is no stage of an open deal."))
        return back(request, "sales:pipeline")
    try:
        actions.move_stage(opportunity=deal, to=form.cleaned_data["stage"], by=request.user, on=clock.today())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return back(request, "sales:pipeline")


@login_required
@require_POST
def opportunity_change(request: PersonRequest, pk: int) -> HttpResponse:
    deal = _mine(request, pk)
    form = OpportunityForm(request.POST)
    if not form.is_valid():
        return _deal_page(request, get_object_or_404(queries.deals(request.user), pk=pk), change_form=form)
    return _done(request, deal, actions.change_opportunity, **form.cleaned_data)


@login_required
@require_POST
def opportunity_close(request: PersonRequest, pk: int) -> HttpResponse:
    deal = _mine(request, pk)
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _deal_page(request, get_object_or_404(queries.deals(request.user), pk=pk), close_form=form)
    if form.cleaned_data["outcome"] == "won":
        return redirect("sales:won", pk=deal.pk)
    return _done(request, deal, actions.close, won=False, reason=form.cleaned_data["reason"])


@login_required
@require_POST
def opportunity_reopen(request: PersonRequest, pk: int) -> HttpResponse:
    return _done(request, _mine(request, pk), actions.take_back)


def _done(request: PersonRequest, deal: Opportunity, act: Any, **values: Any) -> HttpResponse:
    """Call one action and show the deal again; what it refuses is said above the page."""
    try:
        act(opportunity=deal, by=request.user, on=clock.today(), **values)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("sales:opportunity", pk=deal.pk)
