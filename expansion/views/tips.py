"""Tips: left on a phone, answered at a desk, and what became of them."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock, display
from core.asking import PersonRequest
from core.menus import Menu, menu
from core.models import User
from core.paging import page_of
from core.policies import policy_on
from core.reach import Level, reach_of
from expansion.actions.tipping import answer_tip, leave_tip
from expansion.forms.tips import AnswerForm, TipForm
from expansion.models import Tip, TipKind, TipPhoto
from expansion.queries import tips as query
from expansion.queries.tips import machines_of
from expansion.rules.tip import TipPolicy, answer_by, answered_in_time
from expansion.tabs import tabs
from installed_base.models import Account, Asset

SHOWN_SCORES = 10


@login_required
@require_GET
def tips(request: PersonRequest) -> HttpResponse:
    """What was left: the longest waiting first; a technician sees what became of his own."""
    user, at, on = request.user, clock.now(), clock.today()
    policy = policy_on(TipPolicy, on).values
    rows, late = query.tips(user), query.late_at(at, policy)
    show = request.GET.get("show", "")
    if show == "waiting":
        rows = rows.waiting()
    elif show == "late":
        rows = rows.filter(late)
    elif show in Tip.Outcome.values:
        rows = rows.filter(outcome=show)
    if (kind := request.GET.get("kind", "")) in TipKind.values:
        rows = rows.filter(kind=kind)
    if (giver := request.GET.get("by", "")).isdecimal():
        rows = rows.filter(given_by=int(giver))
    mine = reach_of(user).level is Level.ASSIGNED
    page = page_of(rows, ["-given_at", "-pk"], cursor=request.GET.get("cursor", ""))
    waiting = Tip.objects.visible_to(user).waiting()
    scores = query.scores(user, on)
    context = {
        "tabs": tabs(request, "tips"),
        "page": page,
        "tips": [_dressed(tip, user, at, policy) for tip in page.rows],
        "mine": mine,
        "standfirst": _standfirst(waiting.count(), waiting.filter(late).count(), mine),
        "menus": [] if mine else _menus(request, on),
        "show": show,
        "filtered": bool(show or kind or giver),
        "scores": scores[:SHOWN_SCORES],
        "unheard": query.unheard(user, on),
        "sees_prices": reach_of(user).sees_prices,
        "on": on,
    }
    return render(request, "expansion/tips_list.html", context)


def _standfirst(waiting: int, late: int, mine: bool) -> str:
    if not waiting:
        return _("Every tip has its answer.")
    said = ngettext("%(n)d tip waits for an answer", "%(n)d tips wait for an answer", waiting) % {"n": waiting}
    if not late:
        return f"{said}."
    over = ngettext("%(n)d of them longer than it should", "%(n)d of them longer than they should", late)
    return f"{said}, {over % {'n': late}}."


def _menus(request: PersonRequest, on: Any) -> list[Menu]:
    states = [("waiting", _("waiting")), ("late", _("late")), *Tip.Outcome.choices]
    givers = User.objects.filter(tips__in=Tip.objects.visible_to(request.user)).distinct()
    names = [(user.pk, user.get_full_name() or user.username) for user in givers.order_by("first_name", "username")]
    return [
        menu(request, "show", _("State"), states, _("all")),
        menu(request, "kind", _("About"), TipKind.choices, _("everything")),
        menu(request, "by", _("Given by"), names, _("everyone")),
    ]


def _dressed(tip: Any, user: User, at: datetime, policy: TipPolicy) -> Any:
    """A tip with its clock, and its worth for those who may know it: who gave it always may (ST-03)."""
    tip.until = answer_by(tip.given_at, policy)
    tip.late = tip.answered_at is None and at > tip.until
    tip.hours_left = int((tip.until - at).total_seconds() // 3600)
    tip.in_time = answered_in_time(tip.given_at, tip.answered_at, policy)
    deal = tip.opportunity
    tip.won = bool(deal and deal.closed_on and deal.stage == "won")
    tip.lost = bool(deal and deal.closed_on and deal.stage == "lost")
    may_know = reach_of(user).sees_prices or tip.given_by_id == user.pk
    tip.worth = deal.value_reporting if deal and may_know else None
    return tip


@login_required
@require_http_methods(["GET", "POST"])
def new_tip(request: PersonRequest) -> HttpResponse:
    """Leave a tip about a machine, found by its serial, or about an account."""
    asset, account = _about(request)
    form = TipForm(request.POST or None, request.FILES or None)
    if account and form.is_valid():
        try:
            tip = leave_tip(
                account=account, asset=asset, by=request.user, on=clock.today(), at=clock.now(), **form.cleaned_data
            )
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(
                request, _("Thank you. The owner of the account has it now; here you see what becomes of it.")
            )
            return redirect("expansion:tip", tip.pk)
    context = {
        "form": form,
        "kinds": TipKind.choices,
        "asset": asset,
        "account": account,
        "serial": request.GET.get("serial", ""),
        "unheard": [] if account else query.unheard(request.user, clock.today()),
        "field": "asset" if asset else "account",
        "chosen": asset.pk if asset else account.pk if account else "",
    }
    return render(request, "expansion/tip_new.html", context, status=422 if form.is_bound else 200)


def _about(request: PersonRequest) -> tuple[Asset | None, Account | None]:
    """The machine and account a tip is about: within reach, or any machine by its exact serial (trust.md 5.2)."""
    asked = request.POST if request.method == "POST" else request.GET
    user = request.user
    if serial := asked.get("serial", "").strip():
        asset = machines_of(user).filter(serial__iexact=serial).order_by("pk").first()
    elif (pk := asked.get("asset", "")).isdecimal():
        asset = get_object_or_404(machines_of(user), pk=pk)
    elif (pk := asked.get("account", "")).isdecimal():
        return None, get_object_or_404(Account.objects.visible_to(user), pk=pk)
    else:
        return None, None
    return asset, asset.account if asset else None


@login_required
@require_GET
def tip(request: PersonRequest, pk: int) -> HttpResponse:
    return _page(request, get_object_or_404(query.tips(request.user), pk=pk), AnswerForm())


def _page(request: PersonRequest, found: Any, form: AnswerForm) -> HttpResponse:
    user, at = request.user, clock.now()
    dressed = _dressed(found, user, at, policy_on(TipPolicy, clock.today()).values)
    may_answer = found.answered_at is None and Tip.objects.changeable_by(user).filter(pk=found.pk).exists()
    context = {
        "tip": dressed,
        "form": form,
        "outcomes": Tip.Outcome.choices,
        "may_answer": may_answer,
        "trail": [(reverse("expansion:tips"), _("Tips"))],
        "reaches_account": Account.objects.visible_to(user).filter(pk=found.account_id).exists(),
        "sees_prices": reach_of(user).sees_prices,
        "standfirst": _what_became(dressed),
    }
    return render(request, "expansion/tip_detail.html", context, status=422 if form.is_bound else 200)


def _what_became(tip: Any) -> str:
    if tip.won:
        if tip.worth is None:
            return _("This tip became a deal.")
        return _("This tip became a deal of %(worth)s.") % {"worth": display.money(tip.worth)}
    if tip.lost:
        return _("It became an opportunity, which was lost.")
    if tip.answered_at:
        return str(tip.get_outcome_display())
    if tip.late:
        return _("The answer is late.")
    return _("The owner of the account answers within 48 hours.")


@login_required
@require_POST
def answer(request: PersonRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Tip.objects.changeable_by(request.user), pk=pk)
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            answer_tip(tip=found, by=request.user, on=clock.today(), at=clock.now(), **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("Answered. The technician reads it in the page and in the daily mail."))
            return redirect("expansion:tip", pk)
    return _page(request, get_object_or_404(query.tips(request.user), pk=pk), form)


@login_required
@require_GET
@cache_control(private=True, max_age=86400, immutable=True)
def photo(request: PersonRequest, pk: int) -> HttpResponse:
    found = TipPhoto.objects.filter(tip__in=Tip.objects.visible_to(request.user).filter(pk=pk)).first()
    if found is None:
        raise Http404
    return HttpResponse(bytes(found.jpeg), content_type="image/jpeg")
