"""One cell of the whitespace matrix: what is known of it, why it is empty, and a deal that tries it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.asking import PersonRequest
from core.asof import as_of
from core.policies import policy_on
from core.reach import Level, reach_of
from core.returning import back, place_of
from expansion.actions.cells import open_from_cell, say_of_cell, take_back_answer
from expansion.cell_words import STATES, cell_title, column_name, hint_words, kinds_for
from expansion.forms.cells import CellAnswerForm, CellDealForm
from expansion.models import CellAnswer
from expansion.queries.whitespace import listing
from expansion.queries.whitespace.bought import Column, columns
from expansion.queries.whitespace.matrix import Cell, history, lines_of
from expansion.queries.whitespace.peers import adoption
from expansion.rules.whitespace import State, WhitespacePolicy
from installed_base.models import Account

MATRIX = "expansion:whitespace"


@dataclass(frozen=True)
class Found:
    """The account and the column that an address names, and its cell on that day."""

    account: Account
    cell: Cell

    @property
    def column(self) -> Column:
        return self.cell.column

    @property
    def url(self) -> str:
        return f"{reverse('expansion:cell', args=[self.account.pk])}?{urlencode({'column': self.column.key})}"


def _found(request: PersonRequest, pk: int, on: Any) -> Found:
    if reach_of(request.user).level is Level.ASSIGNED:
        raise Http404
    account = get_object_or_404(listing.accounts(request.user), pk=pk)
    policy = policy_on(WhitespacePolicy, on).values
    shown = columns(policy)
    key = request.POST.get("column", "") or request.GET.get("column", "")
    place = next((number for number, column in enumerate(shown) if column.key == key), None)
    if place is None:
        raise Http404
    line = lines_of([account], shown, on, policy, adoption(on, policy))[0]
    return Found(account, line.cells[place])


def _may_change(request: PersonRequest, found: Found) -> bool:
    return Account.objects.changeable_by(request.user).filter(pk=found.account.pk).exists()


@login_required
@require_safe
def cell(request: PersonRequest, pk: int) -> HttpResponse:
    on = as_of(request)
    return _page(request, _found(request, pk, on), on)


def _page(
    request: PersonRequest,
    found: Found,
    on: Any,
    *,
    said: CellAnswerForm | None = None,
    deal: CellDealForm | None = None,
) -> HttpResponse:
    today, one = clock.today(), found.cell
    reach = reach_of(request.user)
    may = on == today and _may_change(request, found)
    context = {
        "account": found.account,
        "cell": one,
        "name": column_name(found.column),
        "state": STATES[one.state],
        "standfirst": cell_title(one, prices=reach.sees_prices, names=reach.sees_names),
        "hint": hint_words(one.hint) if one.askable else "",
        "history": history(found.account, found.column.key),
        "trail": [(reverse(MATRIX), _("Whitespace"))],
        "said": (said or CellAnswerForm(on=today)) if may and one.state not in (State.BOUGHT, State.OPEN) else None,
        "deal": (deal or _deal_form(request, found)) if may and one.state is not State.OPEN else None,
        "may_change": may,
        "sees_prices": reach.sees_prices,
        "states": CellAnswer.State.choices,
        "on": on,
        "today": today,
        "next": place_of(request, MATRIX),
    }
    refused = bool((said and said.is_bound) or (deal and deal.is_bound))
    return render(request, "expansion/whitespace_cell.html", context, status=422 if refused else 200)


def _deal_form(request: PersonRequest, found: Found, data: Any = None) -> CellDealForm:
    kinds = kinds_for(found.column, owns=found.cell.state is State.BOUGHT)
    initial = {
        "name": f"{column_name(found.column)}: {found.account}"[:240],
        "kind": kinds[0][0],
        "value": found.cell.typical,
        "owner": found.account.owner_id,
    }
    return CellDealForm(data, user=request.user, on=clock.today(), kinds=kinds, initial=initial)


@login_required
@require_POST
def say(request: PersonRequest, pk: int) -> HttpResponse:
    """Why it is empty."""
    on = clock.today()
    found = _changeable(request, pk, on)
    form = CellAnswerForm(request.POST, on=on)
    if not form.is_valid():
        return _page(request, found, on, said=form)
    say_of_cell(account=found.account, column=found.column.key, by=request.user, on=on, **form.cleaned_data)
    messages.success(
        request,
        _("Written down: %(name)s at %(account)s.") % {"name": column_name(found.column), "account": found.account},
    )
    return back(request, MATRIX)


def _changeable(request: PersonRequest, pk: int, on: Any) -> Found:
    found = _found(request, pk, on)
    if not _may_change(request, found):
        raise Http404
    return found


@login_required
@require_POST
def open_deal(request: PersonRequest, pk: int) -> HttpResponse:
    """An opportunity of the right kind, with account and column filled in."""
    on = clock.today()
    found = _changeable(request, pk, on)
    form = _deal_form(request, found, request.POST)
    if form.is_valid():
        try:
            deal = open_from_cell(
                account=found.account, column=found.column.key, by=request.user, on=on, **form.cleaned_data
            )
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("“%(name)s” stands in the pipeline now.") % {"name": deal.name})
            return back(request, MATRIX)
    return _page(request, found, on, deal=form)


@login_required
@require_POST
def take_back(request: PersonRequest, pk: int) -> HttpResponse:
    """It no longer holds: nobody knows again."""
    answer = get_object_or_404(CellAnswer.objects.changeable_by(request.user).select_related("account"), pk=pk)
    try:
        take_back_answer(answer=answer, by=request.user, on=clock.today())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Taken back: the cell is open again."))
    return redirect(f"{reverse('expansion:cell', args=[answer.account_id])}?{urlencode({'column': answer.column})}")
