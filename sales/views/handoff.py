"""Handoffs: what waits for me, what I gave, what is done; giving one, and answering it in place."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.asking import PersonRequest
from core.models import User
from core.paging import page_of
from core.policies import policy_on
from core.reach import reach_of
from core.returning import back, place_of
from installed_base.models import Account, Asset
from sales.actions import handoff as actions
from sales.forms.handoff import (
    ReturnForm,
    ToCsForm,
    ToCsWithOrderForm,
    ToOperationsForm,
    ToSalesForm,
    promise_lines,
    said_before,
)
from sales.models import Direction, Handoff, Opportunity, Stage
from sales.queries import handoff as query
from sales.rules import OPEN_STAGES
from sales.rules.handoff import HandoffPolicy
from sales.words.handoff import ITEM_LABELS, named

FORMS = {
    Direction.TO_SALES: ToSalesForm,
    Direction.TO_CS: ToCsForm,
    Direction.TO_OPERATIONS: ToOperationsForm,
}
HAND_TO = {
    Direction.TO_SALES: gettext_lazy("Hand over to Sales"),
    Direction.TO_CS: gettext_lazy("Hand over to CS"),
    Direction.TO_OPERATIONS: gettext_lazy("Hand over to operations"),
}
RANK = ("-given_on", "-pk")


@login_required
@require_GET
def handoffs(request: PersonRequest) -> HttpResponse:
    """Three lists: what waits for me, what I gave and is not settled, what was accepted."""
    user, on = request.user, clock.today()
    rows = query.handoffs(user)
    lists = {"waiting": query.waiting_for(user, rows), "given": query.given_by(user, rows), "done": rows.accepted()}
    show = request.GET.get("show", "waiting")
    show = show if show in lists else "waiting"
    page = page_of(lists[show], RANK, cursor=request.GET.get("cursor", ""))
    waiting, given = lists["waiting"].count(), lists["given"].count()
    context = {
        "page": page,
        "rows": dressed(page.rows, user, on),
        "show": show,
        "chips": [
            (key, label, count, key == show)
            for key, label, count in (
                ("waiting", _("Waiting for me"), waiting),
                ("given", _("Given by me"), given),
                ("done", _("Done"), None),
            )
        ],
        "standfirst": _standfirst(waiting, given),
        "on": on,
    }
    return render(request, "sales/handoffs_list.html", context)


def _standfirst(waiting: int, given: int) -> str:
    if not waiting and not given:
        return _("Nothing waits to be handed over.")
    said = []
    if waiting:
        said.append(
            ngettext("%(n)d handoff waits for you.", "%(n)d handoffs wait for you.", waiting) % {"n": waiting}
        )  # fmt: skip
    if given:
        said.append(
            ngettext(
                "%(n)d that you gave is not settled yet.", "%(n)d that you gave are not settled yet.", given
            ) % {"n": given}
        )  # fmt: skip
    return " ".join(said)


def dressed(rows: list[Any], user: User, on: date) -> list[Any]:
    """Handoffs with what they say in order, what is missing, until when, and whether this person may answer."""
    policy = policy_on(HandoffPolicy, on).values
    delivered = query.delivered_by({row.opportunity_id for row in rows})
    for row in rows:
        row.until = policy.due_on(row.given_on)
        row.late = row.is_waiting and on > row.until
        row.lacks = named(row.direction, query.still_missing(row, delivered.get(row.opportunity_id, ()), policy))
        row.answerable = row.is_waiting and actions.may_answer(row, user)
        row.recalled = row.returned_reason == actions.RECALLED
        row.items = _items(row)
        row.lines = list(row.promises.all())
    return rows


def _items(row: Handoff) -> list[tuple[str, Any, str]]:
    """Label, value and kind (text, day, number) of what it says; promises stand apart."""
    found: list[tuple[str, Any, str]] = []
    for item, label in ITEM_LABELS[row.direction].items():
        if item == "promises":
            found.append((str(label), row.promised, "text"))
        elif item == "contact":
            found.append((str(label), str(row.contact or ""), "text"))
        elif item in ("introduced_on", "installs_on"):
            found.append((str(label), getattr(row, item), "day"))
        else:
            found.append((str(label), getattr(row, item), "text"))
            if item == "training" and row.trainees is not None:
                found.append((_("People to train"), row.trainees, "number"))
    return [entry for entry in found if entry[1] not in ("", None)]


def block(request: PersonRequest, deal: Opportunity, on: date, may_change: bool) -> dict[str, Any]:
    """What the page of a deal shows of its handoffs."""
    found = query.handoffs(request.user).filter(opportunity=deal.pk).order_by("-given_on", "-pk")
    rows = dressed(list(found), request.user, on)
    direction = _direction(deal)
    stands = any(row.direction == direction and row.returned_on is None for row in rows)
    orders = [row for row in rows if row.direction == Direction.TO_OPERATIONS]
    return {
        "handoffs": rows,
        "may_hand_over": may_change and bool(direction) and bool(deal.account_id) and not stands,
        "may_hand_order": may_change and bool(orders) and all(row.returned_on for row in orders),
        "hand_to": HAND_TO.get(Direction(direction)) if direction else "",
    }


def _direction(deal: Opportunity, asked: str = "") -> str:
    """Which way a deal can go: to Sales while it is open, to CS once it is won; its order to operations, if asked."""
    if deal.stage in OPEN_STAGES:
        return Direction.TO_SALES
    if deal.stage != Stage.WON:
        return ""
    return Direction.TO_OPERATIONS if asked == Direction.TO_OPERATIONS else Direction.TO_CS


@login_required
@require_http_methods(["GET", "POST"])
def give(request: PersonRequest, pk: int) -> HttpResponse:
    """Hand a deal over: to Sales while it is open, to CS once it is won."""
    user, on = request.user, clock.today()
    rows = Opportunity.objects.changeable_by(user).select_related("account__owner", "owner")
    deal = get_object_or_404(rows.filter(account__isnull=False), pk=pk)
    direction = _direction(deal, request.GET.get("to", ""))
    if not direction:
        messages.error(request, _("A lost deal is not handed over."))
        return redirect("sales:opportunity", pk=pk)
    earlier = query.handoffs(user).filter(opportunity=pk, direction=direction).order_by("-number").first()
    form = _form(deal, direction)(
        request.POST or None, deal=deal, user=user, initial=_initial(deal, direction, earlier)
    )
    lines = promise_lines(request.POST or None, deal, user, earlier) if direction == Direction.TO_CS else None
    if request.method == "POST" and form.is_valid() and (lines is None or lines.is_valid()):
        promises = [said for line in (lines or ()) if (said := line.promised)]
        try:
            actions.give_handoff(
                opportunity=deal, direction=direction, to=form.cleaned_data["to"], told=form.told,
                promises=promises, operations=form.cleaned_data.get("operations"), by=user, on=on,
            )  # fmt: skip
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(
                request, _("Handed over. %(name)s has it as a task now.") % {"name": form.cleaned_data["to"]}
            )
            return redirect("sales:opportunity", pk=pk)
    return _give_page(request, deal, direction, form, lines, earlier, on)


def _form(deal: Opportunity, direction: str) -> type[Any]:
    """The form of the direction; to CS it asks who plans the delivery too, where there is one and somebody does."""
    if direction != Direction.TO_CS or not query.brings_machine(deal):
        return FORMS[Direction(direction)]
    given = deal.handoffs.filter(direction=Direction.TO_OPERATIONS).exists()
    return ToCsForm if given or not query.receivers(Direction.TO_OPERATIONS).exists() else ToCsWithOrderForm


def _give_page(
    request: PersonRequest, deal: Opportunity, direction: str, form: Any, lines: Any, earlier: Any, on: date
) -> HttpResponse:
    policy = policy_on(HandoffPolicy, on).values
    required = policy.required(direction, query.delivered_by([deal.pk])[deal.pk])
    context = {
        "deal": deal,
        "form": form,
        "lines": lines,
        "to_cs": direction == Direction.TO_CS,
        "to_operations": direction == Direction.TO_OPERATIONS,
        "heading": HAND_TO[Direction(direction)],
        "earlier": earlier if earlier and earlier.returned_on else None,
        "asked": named(direction, required),
        "known": query.background(deal, request.user, on),
        "trail": [
            (reverse("sales:pipeline"), _("Pipeline")),
            (reverse("sales:opportunity", args=[deal.pk]), deal.name),
        ],
    }
    return render(request, "sales/handoff_give.html", context, status=422 if form.is_bound else 200)


def _initial(deal: Opportunity, direction: str, earlier: Handoff | None) -> dict[str, Any]:
    brought = Asset._base_manager.filter(delivery__opportunity=deal.pk, promised_on__isnull=False)
    installs_on = brought.order_by("promised_on").values_list("promised_on", flat=True).first()
    if earlier is not None and earlier.returned_on is not None:
        return said_before(earlier, installs_on)
    owner = deal.account.owner_id if deal.account and direction == Direction.TO_CS else deal.owner_id
    return {"to": owner, "what": deal.name if direction == Direction.TO_CS else "", "installs_on": installs_on}


@login_required
@require_GET
def handoff(request: PersonRequest, pk: int) -> HttpResponse:
    return _page(request, get_object_or_404(query.handoffs(request.user), pk=pk), ReturnForm())


def _page(request: PersonRequest, found: Any, form: ReturnForm) -> HttpResponse:
    user, on = request.user, clock.today()
    row = dressed([found], user, on)[0]
    reaches_deal = Opportunity.objects.visible_to(user).filter(pk=row.opportunity_id).exists()
    mine = Handoff.objects.changeable_by(user).filter(pk=row.pk)
    context = {
        "handoff": row,
        "form": form,
        "trail": [(reverse("sales:handoffs"), _("Handoffs"))],
        "reaches_deal": reaches_deal,
        "reaches_account": Account.objects.visible_to(user).filter(pk=row.account_id).exists(),
        "may_recall": row.is_waiting and row.given_by_id == user.pk and mine.exists(),
        "may_give_again": _may_give_again(row, user),
        "sees_prices": reach_of(user).sees_prices,
        "on": on,
    }
    return render(request, "sales/handoff_detail.html", context, status=422 if form.is_bound else 200)


def _may_give_again(row: Any, user: User) -> bool:
    if row.returned_on is None or not Opportunity.objects.changeable_by(user).filter(pk=row.opportunity_id).exists():
        return False
    same_way = Handoff._base_manager.filter(opportunity=row.opportunity_id, direction=row.direction)
    return (
        _direction(row.opportunity, row.direction) == row.direction
        and not same_way.filter(returned_on__isnull=True).exists()
    )


def _answering(request: PersonRequest, pk: int) -> Handoff:
    rows = Handoff.objects.changeable_by(request.user)
    found: Handoff = get_object_or_404(rows.select_related("account", "opportunity", "to", "given_by"), pk=pk)
    return found


@login_required
@require_POST
def accept(request: PersonRequest, pk: int) -> HttpResponse:
    row = _answering(request, pk)
    try:
        actions.accept_handoff(handoff=row, by=request.user, on=clock.today())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Accepted: it is yours now."))
    return back(request, "sales:handoffs")


@login_required
@require_POST
def give_back(request: PersonRequest, pk: int) -> HttpResponse:
    row = _answering(request, pk)
    form = ReturnForm(request.POST)
    if form.is_valid():
        try:
            actions.return_handoff(handoff=row, reason=form.cleaned_data["reason"], by=request.user, on=clock.today())
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("Returned. Who gave it is asked to complete it."))
            return redirect(place_of(request, "sales:handoffs"))
    return _page(request, get_object_or_404(query.handoffs(request.user), pk=pk), form)


@login_required
@require_POST
def recall(request: PersonRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Handoff.objects.changeable_by(request.user).filter(given_by=request.user), pk=pk)
    try:
        actions.recall_handoff(handoff=row, by=request.user, on=clock.today())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return redirect("sales:handoff", pk=pk)
