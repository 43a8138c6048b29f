"""What is done about a delivery: a step done, moved, skipped, taken back; the order, and what was promised."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from core import clock, display
from core.asking import PersonRequest
from core.returning import back, place_of
from installed_base.actions import delivering, delivery_plans
from installed_base.actions.matching import match_machine
from installed_base.actions.ordering import promise_installation
from installed_base.models import MachineOrder
from installed_base.rules.delivery import STEPS
from sales.forms import delivery as forms
from sales.queries import delivery as query
from sales.views.delivery_rows import name_of
from sales.words.delivery import NAMES

MOST_CHOSEN = 200
either = require_http_methods(["GET", "POST"])


def _changing(request: PersonRequest, pk: int, step: str = "") -> tuple[query.Coming, Any]:
    """The delivery, which this person may change, and one of its steps."""
    one = query.coming(get_object_or_404(query.orders(request.user), pk=pk), clock.today())
    if not query.changeable([one], request.user):
        raise Http404
    row = next((row for row in one.steps if row.step == step), None)
    if step and row is None:
        raise Http404
    return one, row


def _form_page(
    request: PersonRequest,
    form: Form,
    act: Callable[[], str],
    *,
    title: str,
    verb: str,
    one: query.Coming,
    template: str = "playbooks/task_form.html",
    shown: dict[str, Any] | None = None,
) -> HttpResponse:
    """The form, or what it asks done and back; what is refused comes back with its sentence."""
    home = reverse("sales:delivery", args=[one.order.pk])
    if form.is_valid():
        try:
            messages.success(request, act())
        except delivering.REFUSALS as refused:
            form.add_error(None, str(refused))
        else:
            return back(request, home)
    context = {
        "form": form,
        "title": title,
        "verb": verb,
        "about": f"{name_of(one.order.asset)}, {one.order.asset.account}",
        "next": place_of(request, home),
        **(shown or {}),
    }
    return render(request, template, context, status=422 if form.is_bound else 200)


@login_required
@either
def step_done(request: PersonRequest, pk: int, step: str) -> HttpResponse:
    """A step was done on a day."""
    one, _row = _changing(request, pk, step)
    today = clock.today()
    known = bool(one.order.asset.serial)
    form = forms.DoneForm(request.POST or None, step=step, today=today, known=known)

    def act() -> str:
        delivering.finish_step(order=one.order, step=step, by=request.user, on=today, **form.cleaned_data)
        return _("%(step)s is done.") % {"step": NAMES[step]}

    title = _("%(step)s is done") % {"step": NAMES[step]}
    return _form_page(request, form, act, title=title, verb=_("Write it down"), one=one)


@login_required
@either
def step_plan(request: PersonRequest, pk: int, step: str) -> HttpResponse:
    """A step is planned for another day, given to somebody, or noted."""
    one, row = _changing(request, pk, step)
    form = forms.PlanForm(request.POST or None, one=one, step=row)

    def act() -> str:
        said, today = form.cleaned_data, clock.today()
        if form.moves:
            delivery_plans.move_step(
                order=one.order, step=step, planned_on=said["planned_on"], reason=said["reason"], along=said["along"],
                by=request.user, on=today,
            )  # fmt: skip
        delivery_plans.assign_step(
            order=one.order, step=step, owner=said["owner"], note=said["note"], by=request.user, on=today
        )
        return _("The plan is written down.")

    title = _("Plan: %(step)s") % {"step": NAMES[step]}
    return _form_page(request, form, act, title=title, verb=_("Keep the plan"), one=one)


@login_required
@either
def step_skip(request: PersonRequest, pk: int, step: str) -> HttpResponse:
    one, _row = _changing(request, pk, step)
    form = forms.SkipForm(request.POST or None)

    def act() -> str:
        delivering.skip_step(order=one.order, step=step, by=request.user, on=clock.today(), **form.cleaned_data)
        return _("%(step)s is skipped.") % {"step": NAMES[step]}

    title = _("Skip: %(step)s") % {"step": NAMES[step]}
    return _form_page(request, form, act, title=title, verb=_("Skip it"), one=one)


@login_required
@require_POST
def step_back(request: PersonRequest, pk: int, step: str) -> HttpResponse:
    one, _row = _changing(request, pk, step)
    try:
        delivering.take_back_step(order=one.order, step=step, by=request.user, on=clock.today())
    except delivering.REFUSALS as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("%(step)s is open again.") % {"step": NAMES[step]})
    return back(request, reverse("sales:delivery", args=[pk]))


@login_required
@either
def order_change(request: PersonRequest, pk: int) -> HttpResponse:
    """The number of the order, and who sees to it."""
    one, _row = _changing(request, pk)
    form = forms.OrderForm(request.POST or None, one=one)

    def act() -> str:
        delivery_plans.describe_order(order=one.order, by=request.user, on=clock.today(), **form.cleaned_data)
        return _("The order is written down.")

    return _form_page(request, form, act, title=_("The order"), verb=_("Write it down"), one=one)


@login_required
@either
def order_match(request: PersonRequest, pk: int) -> HttpResponse:
    """The machine of the order is one that is known already: the two become one. The page lists those that it may be,
    the first of them; `q` finds the others, and is kept while the form comes back."""
    one, _row = _changing(request, pk)
    form = forms.MatchForm(request.POST if request.method == "POST" else None, one=one, user=request.user)
    text = request.GET.get("q", "").strip()[:120].replace("\x00", "")
    machines, more = query.offered(one, request.user, text)

    def act() -> str:
        machine = form.cleaned_data["machine"]
        match_machine(order=one.order, machine=machine, by=request.user, on=clock.today())
        return _("The order and %(machine)s are one machine now.") % {"machine": machine}

    shown = {"machines": machines, "more": more, "text": text, "chosen": request.POST.get("machine", "")}
    title, verb = _("This is the same machine"), _("Make them one")
    return _form_page(
        request, form, act, title=title, verb=verb, one=one, template="sales/delivery_match.html", shown=shown
    )


@login_required
@either
def promise_change(request: PersonRequest, pk: int) -> HttpResponse:
    """Another day was agreed with the customer. The plan stays as it is."""
    one, _row = _changing(request, pk)
    asset = one.order.asset
    if not query.may_promise(asset, request.user):
        raise Http404
    form = forms.PromiseForm(request.POST or None, initial={"promised_on": asset.promised_on})

    def act() -> str:
        day = form.cleaned_data["promised_on"]
        promise_installation(asset=asset, promised_on=day, by=request.user, on=clock.today())
        return _("Promised for %(day)s.") % {"day": display.day(day)}

    title = _("Agree another day with the customer")
    return _form_page(request, form, act, title=title, verb=_("Write it down"), one=one)


@login_required
@require_POST
def done(request: PersonRequest) -> HttpResponse:
    """The step of each chosen machine was done on one day: all of them, or none."""
    today = clock.today()
    day, pairs = _day(request.POST.get("done_on", "")), _pairs(request.POST.getlist("pick")[:MOST_CHOSEN])
    mine = MachineOrder.objects.changeable_by(request.user).filter(pk__in=[pk for pk, _step in pairs])
    orders = {row.pk: row for row in mine}
    chosen = [(orders[pk], step) for pk, step in pairs if pk in orders]
    if day is None or not chosen or len(chosen) < len(pairs):
        words = _("Say on which day it was done.") if day is None else _("Choose machines that you may change.")
        messages.error(request, words)
        return back(request, "sales:deliveries")
    try:
        delivering.finish_steps(chosen=chosen, done_on=day, by=request.user, on=today)
    except delivering.REFUSALS as refused:
        messages.error(request, _("Nothing was written. %(why)s") % {"why": refused})
    else:
        words = ngettext("%(n)d step is done.", "%(n)d steps are done.", len(chosen))
        messages.success(request, words % {"n": len(chosen)})
    return back(request, "sales:deliveries")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _pairs(texts: list[str]) -> list[tuple[int, str]]:
    found = [text.partition(":") for text in texts]
    return [(int(pk), step) for pk, _colon, step in found if pk.isdecimal() and len(pk) < 19 and step in STEPS]
