"""Changing the contract of a renewal: another last day, an early end, or another contract in its place."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from core.asking import PersonRequest
from core.clock import today
from installed_base.actions.terms import TermRefused
from renewals.actions.rearranging import end_early, move_end, replace_contract, take_end_back
from renewals.actions.working import WorkRefused
from renewals.contract_form import EndEarlyForm, MoveEndForm, ReplaceForm
from renewals.models import Renewal
from renewals.queries.neighbours import beside, may_replace
from renewals.views import words
from renewals.views.door import changeable, currency_of, reader_of_prices

ACTS: dict[str, tuple[type[Any], Callable[..., Any], Any]] = {
    "move": (MoveEndForm, move_end, gettext_lazy("The last day is moved. The renewal follows within minutes.")),
    "end": (EndEarlyForm, end_early, gettext_lazy("The contract is ended. The renewal closes within minutes.")),
    "replace": (ReplaceForm, replace_contract, gettext_lazy("It is replaced. The renewal closes within minutes.")),
}


@require_http_methods(["GET", "POST"])
@reader_of_prices
def contract(request: PersonRequest, pk: int) -> HttpResponse:
    """Three ways in which a contract changes, each a form of its own."""
    row, on = changeable(request, pk), today()
    if row.decided_on:
        messages.error(request, _("This renewal is decided."))
        return redirect("renewals:renewal", pk)
    act = request.POST.get("act", "")
    beside_it = {"others": beside(row, request.user), "terms": may_replace(row, request.user, on)}
    forms = {key: _form(key, row, beside_it, request.POST if key == act else None) for key in ACTS}
    if act in ACTS and forms[act].is_valid():
        _form_class, verb, said = ACTS[act]
        try:
            verb(renewal=pk, by=request.user, on=on, **forms[act].said)
            messages.success(request, str(said))
            return redirect("renewals:renewal", pk)
        except (WorkRefused, TermRefused) as refused:
            forms[act].add_error(None, str(refused))
    wrong = any(form.errors for form in forms.values())
    return render(request, "renewals/renewal_contract.html", _page(request, row, forms), status=422 if wrong else 200)


def _form(key: str, row: Renewal, beside_it: dict[str, Any], data: Any) -> Any:
    initial = {"version": row.version, "ends_on": row.term.ends_on, "terminated_on": today()}
    return ACTS[key][0](data, initial=initial, auto_id=f"id_{key}_%s", **beside_it)


@require_POST
@reader_of_prices
def reinstate(request: PersonRequest, pk: int) -> HttpResponse:
    """Take an early end back."""
    row = changeable(request, pk)
    try:
        take_end_back(renewal=row.pk, by=request.user, on=today())
        messages.success(request, _("The contract runs to its own end again. The renewal opens within minutes."))
    except (WorkRefused, TermRefused) as refused:
        messages.error(request, str(refused))
    return redirect("renewals:renewal", pk)


def _page(request: PersonRequest, row: Renewal, forms: dict[str, Any]) -> dict[str, Any]:
    return {
        "renewal": row,
        "forms": forms,
        "replaceable": forms["replace"].fields["successor"].queryset.exists(),
        "currency": currency_of(request),
        "trail": words.trail((reverse("renewals:renewal", args=[row.pk]), str(row.account))),
    }
