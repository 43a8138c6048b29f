"""Deliveries: machines on order by step, the late ones first; one of them with its plan, and what is done about it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock, display
from core.asking import PersonRequest
from core.asof import as_of
from core.menus import Menu, menu
from core.models import User
from core.reach import reach_of
from core.returning import back, place_of
from installed_base.actions import delivering, delivery_plans
from installed_base.actions.ordering import promise_installation
from installed_base.models import Account, Asset, MachineOrder, ProductLine
from installed_base.rules.delivery import SKIPPABLE, STEPS, leg_late, settled
from sales.forms import delivery as forms
from sales.models import Opportunity
from sales.queries import delivery as query
from sales.words.delivery import DONE, ENDS, NAMES, days_late, state_of

FILTERS = ("q", "step", "late", "line", "owner", "account")
LATE = ("late", "danger")
MOST_CHOSEN = 200
either = require_http_methods(["GET", "POST"])


@login_required
@require_GET
def deliveries(request: PersonRequest) -> HttpResponse:
    """Machines on order by step. Of a past day it is read only."""
    on, user = as_of(request), request.user
    asked = _asked(request)
    every, more = query.board(user, on, query.Asked(line=asked.line, account=asked.account, q=asked.q))
    dressed = [_dressed(one, on) for one in every if query.answers(one, _without_step(asked))]
    shown = [row for row in dressed if not asked.step or row["stands"].step == asked.step]
    sees_prices = reach_of(user).sees_prices
    mine = set() if request.is_past else query.changeable([row["one"] for row in shown], user)
    context = {
        "on": on,
        "today": clock.today(),
        "tiles": [_tile(step, dressed, asked.step, sees_prices) for step in STEPS],
        "groups": _groups(shown, sees_prices),
        "menus": _menus(request, every),
        "standfirst": _standfirst(dressed, more),
        "filtered": any(request.GET.get(key) for key in FILTERS),
        "changeable": mine,
        "sees_prices": sees_prices,
        "account": _account(request, asked.account),
    }
    return render(request, "sales/deliveries_list.html", context)


def _asked(request: PersonRequest) -> query.Asked:
    given = request.GET
    step, late = given.get("step", ""), given.get("late", "")
    return query.Asked(
        step=step if step in STEPS else "",
        late=late if late in LATE else "",
        line=_number(given.get("line", "")),
        owner=_number(given.get("owner", "")),
        account=_number(given.get("account", "")),
        q=given.get("q", "").strip()[:100],
    )


def _without_step(asked: query.Asked) -> query.Asked:
    return query.Asked(late=asked.late, owner=asked.owner)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _account(request: PersonRequest, pk: int | None) -> Account | None:
    return Account.objects.visible_to(request.user).filter(pk=pk).first() if pk else None


def _menus(request: PersonRequest, every: list[query.Coming]) -> list[Menu]:
    lines = ProductLine.objects.order_by("name").values_list("pk", "name")
    late = [("late", _("late")), ("danger", _("promise in danger"))]
    return [
        menu(request, "late", _("State"), late, _("all")),
        menu(request, "line", _("Line"), lines, _("all")),
        menu(request, "owner", _("Who sees to it"), query.owner_choices(every), _("everyone")),
    ]


def _standfirst(rows: list[dict[str, Any]], more: bool) -> str:
    if not rows:
        return _("No machine is on order.")
    said = [ngettext("%(n)d machine is on its way.", "%(n)d machines are on their way.", len(rows)) % {"n": len(rows)}]
    late = sum(1 for row in rows if row["stands"].is_late)
    danger = sum(1 for row in rows if row["stands"].in_danger)
    if late:
        said.append(ngettext("%(n)d is late.", "%(n)d are late.", late) % {"n": late})
    if danger:
        words = ngettext(
            "%(n)d will not stand on the promised day.", "%(n)d will not stand on their promised day.", danger
        )  # fmt: skip
        said.append(words % {"n": danger})
    if more:
        said.append(_("There are more than these: narrow the list."))
    return " ".join(said)


def _tile(step: str, rows: list[dict[str, Any]], chosen: str, sees_prices: bool) -> dict[str, Any]:
    """One step in the strip: how many stand there, what they are worth, how many are late."""
    here = [row for row in rows if row["stands"].step == step]
    late = [row for row in here if row["stands"].is_late]
    danger = [row for row in here if row["stands"].in_danger and not row["stands"].is_late]
    count = ngettext("%(n)d machine", "%(n)d machines", len(here)) % {"n": len(here)}
    worth = sum((row["one"].value for row in here), Decimal(0))
    return {
        "key": step,
        "label": NAMES[step],
        "span": ENDS[step],
        "value": display.money_short(worth) if sees_prices else display.number(len(here)),
        "count": count if sees_prices else "",
        "note": _("%(n)d late") % {"n": len(late)} if late else "",
        "parts": {"risk": len(late), "watch": len(danger), "good": len(here) - len(late) - len(danger)},
        "current": step == chosen,
    }


def _groups(rows: list[dict[str, Any]], sees_prices: bool) -> list[dict[str, Any]]:
    found = []
    for step in STEPS:
        here = [row for row in rows if row["stands"].step == step]
        if here:
            worth = sum((row["one"].value for row in here), Decimal(0))
            value = display.money_short(worth) if sees_prices else ""
            found.append({"label": NAMES[step], "span": ENDS[step], "rows": here, "value": value})
    return found


def _dressed(one: query.Coming, on: date) -> dict[str, Any]:
    """A delivery as lists show it."""
    status, word = state_of(one.stands)
    asset = one.order.asset
    return {
        "one": one,
        "pk": one.order.pk,
        "order": one.order,
        "asset": asset,
        "name": _name(asset),
        "stands": one.stands,
        "step": NAMES.get(one.stands.step, _("done")),
        "status": status,
        "word": word,
        "owes": one.owes,
        "over": one.stands.over_days if one.stands.over_days and one.stands.over_days > 0 else None,
        "share": settled(one.legs) * 100 // len(STEPS),
        "value": asset.price_reporting,
        "url": reverse("sales:delivery", args=[one.order.pk]),
    }


def _name(asset: Asset) -> str:
    return f"{asset.product or _('Machine')} {asset.serial}".strip()


def of_account(account: int, user: User, on: date) -> list[dict[str, Any]]:
    """What the page of an account shows of machines on their way."""
    return [_dressed(one, on) for one in query.of_account(account, user, on)]


def of_asset(asset: int, user: User, on: date) -> dict[str, Any] | None:
    """What the page of a machine shows of its delivery; None where it was not ordered here."""
    found = query.of_assets([asset], user, on).get(asset)
    return None if found is None else _dressed(found, on) | {"steps": _steps(found, on)}


@login_required
@require_GET
def delivery(request: PersonRequest, pk: int) -> HttpResponse:
    """One machine on its way: its steps planned and done, what was promised, how the plan was moved."""
    on, user = as_of(request), request.user
    one = query.coming(get_object_or_404(query.orders(user), pk=pk), on)
    may = not request.is_past and bool(query.changeable([one], user))
    asset = one.order.asset
    deal = getattr(asset, "delivery", None)
    context = {
        **_dressed(one, on),
        "on": on,
        "today": clock.today(),
        "steps": _steps(one, on),
        "moves": _moves(one, on),
        "may": may,
        "may_promise": may and asset.installed_on is None and _may_promise(asset, user),
        "deal": deal.opportunity if deal and _sees_deal(deal.opportunity_id, user) else None,
        "sees_prices": reach_of(user).sees_prices,
        "trail": [(reverse("sales:deliveries"), _("Deliveries"))],
        "line": _line(one, on),
    }
    return render(request, "sales/delivery_detail.html", context)


def _moves(one: query.Coming, on: date) -> list[dict[str, Any]]:
    """How the plan was moved, the latest first; what moved together stands together, the first step first."""
    found: list[dict[str, Any]] = []
    for move in query.moves_of(one, on):
        together = (move.on, move.by_id, move.reason)
        if not found or found[-1]["together"] != together:
            found.append({"together": together, "on": move.on, "by": move.by, "reason": move.reason, "steps": []})
        found[-1]["steps"].insert(0, move)
    return found


def _line(one: query.Coming, on: date) -> str:
    """Where it stands, in a sentence."""
    stands, words = one.stands, {"step": NAMES.get(one.stands.step, "")}
    if stands.is_done:
        return _("It was delivered, installed and accepted.")
    said = [_("%(step)s is next, and %(late)s.") % {**words, "late": days_late(stands.late_days)}
            if stands.is_late else _("%(step)s is next.") % words]  # fmt: skip
    if stands.in_danger and stands.stands_on and stands.over_days:
        said.append(
            _("At the pace of the plan it stands on %(day)s, %(late)s.")
            % {"day": display.day(stands.stands_on), "late": days_late(stands.over_days)}
        )
    return " ".join(said)


def _steps(one: query.Coming, on: date) -> list[dict[str, Any]]:
    """The steps with planned, real and expected day, who sees to them, and what can be done with each."""
    behind = settled(one.legs)
    found = []
    for place, (row, leg) in enumerate(zip(one.steps, one.legs, strict=True)):
        passed = place < behind
        late = leg_late(leg, on, passed=passed)
        expected = one.stands.expected.get(leg.step)
        moved = expected is not None and leg.planned_on is not None and expected > leg.planned_on
        found.append(
            {
                "key": leg.step,
                "name": NAMES[leg.step],
                "done_word": DONE[leg.step],
                "leg": leg,
                "row": row,
                "owner": row.owner or one.order.owner,
                "late": late if late and late > 0 else None,
                "words": days_late(late) if late is not None and (leg.done_on or late > 0) else "",
                "expected": expected if moved else None,
                "passed": passed,
                "next": place == behind,
                "last": place == behind - 1,
                "skippable": place == behind and leg.step in SKIPPABLE,
            }
        )
    return found


def _may_promise(asset: Asset, user: User) -> bool:
    return Asset.objects.changeable_by(user).filter(pk=asset.pk).exists()


def _sees_deal(pk: int, user: User) -> bool:
    return Opportunity.objects.visible_to(user).filter(pk=pk).exists()


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
    request: PersonRequest, form: Form, act: Callable[[], str], *, title: str, verb: str, one: query.Coming
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
        "about": f"{_name(one.order.asset)}, {one.order.asset.account}",
        "next": place_of(request, home),
    }
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


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
def promise_change(request: PersonRequest, pk: int) -> HttpResponse:
    """Another day was agreed with the customer. The plan stays as it is."""
    one, _row = _changing(request, pk)
    asset = one.order.asset
    if not _may_promise(asset, request.user):
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
