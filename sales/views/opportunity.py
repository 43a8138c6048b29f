"""One deal with its machines, its history and what can be done with it."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core import clock, display
from core.asking import PersonRequest
from core.calendar import BEGINNING
from core.free_text import free_text
from core.policies import policy_on
from core.reach import reach_of
from core.returning import back
from core.subjects import subject
from sales import actions, queries
from sales.forms import CloseForm, OpportunityForm, StageForm
from sales.models import Opportunity, Stage
from sales.rules import OPEN_STAGES, PipelinePolicy, is_back, pipeline_of, stages_in
from sales.views.blocks import blocks
from sales.words import stage_name, stage_of


@login_required
@require_GET
def opportunity(request: PersonRequest, pk: int) -> HttpResponse:
    return deal_page(request, _seen(request, pk))


def _seen(request: PersonRequest, pk: int) -> Any:
    return get_object_or_404(queries.deals(request.user, clock.today()), pk=pk)


def deal_page(request: PersonRequest, deal: Any, **forms: Any) -> HttpResponse:
    on = clock.today()
    policy, which = policy_on(PipelinePolicy, on).values, pipeline_of(deal.kind)
    is_open = deal.stage in OPEN_STAGES
    lines: list[Any] = list(queries.machines(deal))
    periods: list[Any] = list(queries.history(deal))
    for line in lines:
        line.url = subject("asset").url(line.asset_id) if line.asset_id else ""
    for period in periods:
        known = period.valid_from if period.valid_from > BEGINNING else deal.identified_on
        period.shown_on = known or deal.known_on
        period.label = stage_of(deal, period.stage)
    context = {
        "deal": deal,
        "on": on,
        "is_open": is_open,
        "stage_name": deal.get_stage_display(),
        "stage_days": queries.days_in_stage(deal, on),
        "is_stale": policy.is_stale(deal.stage, queries.days_still(deal, on), which),
        "trail": [(reverse("sales:pipeline"), _("Pipeline")), *_account_of(deal)],
        "standfirst": _deal_standfirst(deal, is_open, on, free_text(deal.lost_reason, request.user)),
        "lines": lines,
        "lines_title": ngettext("%d machine", "%d machines", len(lines)) % len(lines) if lines else _("Machines"),
        "periods": periods,
        "stages": [(key, stage_name(key, which)) for key in stages_in(which)],
        "may_change": Opportunity.objects.changeable_by(request.user).filter(pk=deal.pk).exists(),
        "sees_prices": reach_of(request.user).sees_prices,
        "change_form": OpportunityForm(initial=_values(deal)),
        "close_form": CloseForm(initial={"value": deal.value_reporting, "closed_on": on}),
        "credits": queries.credit_of(deal) if deal.stage == Stage.WON else [],
        "is_won": deal.stage == Stage.WON,
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
        said = [str(deal.get_lost_because_display()) if deal.lost_because else "", lost_reason]
        reason = " · ".join(filter(None, said)) or _("no reason noted")
        words = {"day": display.day_long(deal.closed_on), "reason": reason}
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
    """Move a deal to another stage. Going back asks for the reason on a page of its own."""
    deal = _mine(request, pk)
    form = StageForm(request.POST, kind=deal.kind)
    if not form.is_valid():
        messages.error(request, _("That is no stage of an open deal."))
        return back(request, "sales:pipeline")
    to, reason = form.cleaned_data["stage"], form.cleaned_data["reason"]
    if deal.stage in OPEN_STAGES and to != deal.stage and is_back(deal.stage, to) and not reason:
        return _ask_why(request, deal, to)
    try:
        actions.move_stage(opportunity=deal, to=to, reason=reason, by=request.user, on=clock.today())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return back(request, "sales:pipeline")


def _ask_why(request: PersonRequest, deal: Opportunity, to: str) -> HttpResponse:
    context = {
        "deal": deal,
        "to": to,
        "from_name": deal.get_stage_display(),
        "to_name": stage_of(deal, to),
        "next": request.POST.get("next", ""),
        "asked_again": "reason" in request.POST,
        "trail": [
            (reverse("sales:pipeline"), _("Pipeline")),
            (reverse("sales:opportunity", args=[deal.pk]), deal.name),
        ],
    }
    return render(request, "sales/opportunity_back.html", context, status=422)


@login_required
@require_POST
def opportunity_change(request: PersonRequest, pk: int) -> HttpResponse:
    deal = _mine(request, pk)
    form = OpportunityForm(request.POST)
    if not form.is_valid():
        return deal_page(request, _seen(request, pk), change_form=form)
    return _done(request, deal, actions.change_opportunity, **form.cleaned_data)


@login_required
@require_POST
def opportunity_close(request: PersonRequest, pk: int) -> HttpResponse:
    deal = _mine(request, pk)
    form = CloseForm(request.POST)
    if not form.is_valid():
        return deal_page(request, _seen(request, pk), close_form=form)
    said = dict(form.cleaned_data)
    won = said.pop("outcome") == "won"
    return _done(request, deal, actions.close, won=won, **said)


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
