"""Deciding a renewal: what it would do is shown before it is done."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.asking import PersonRequest
from core.clock import today
from installed_base.actions.terms import Offer, TermRefused, next_term
from installed_base.models import Term
from renewals.actions.deciding import (
    decide_let_go,
    decide_lost,
    decide_renewed,
    end_of_cycle,
    ends_if_lost,
    is_open_ended,
    reopen,
)
from renewals.actions.working import WorkRefused
from renewals.forms import LetGoForm, LostForm, RenewedForm
from renewals.models import Quote, Renewal
from renewals.queries.quotes import accepted_quote
from renewals.views import words
from renewals.views.door import changeable, currency_of, reader_of_prices


@require_http_methods(["GET", "POST"])
@reader_of_prices
def renewed(request: PersonRequest, pk: int) -> HttpResponse:
    """The next term: its dates and price are shown, and signed only as they were shown."""
    row = changeable(request, pk)
    if row.decided_on:
        return _decided_before(request, pk)
    on, quote = today(), accepted_quote(row)
    data = request.POST if request.method == "POST" else None
    form = RenewedForm(data, initial=_proposal(row, quote), term=row.term, on=on, quoted=quote is not None)
    offer = _offered(form, quote) if data and form.is_valid() else None if data else _proposed_offer(row, quote)
    preview = _preview(row, offer, quote) if offer else None
    if request.method == "POST" and preview and "sign" in request.POST:
        if form.cleaned_data["shown"] == preview["seal"]:
            try:
                _sign(request, row, form)
                return redirect("renewals:renewal", pk)
            except (WorkRefused, TermRefused) as refused:
                form.add_error(None, str(refused))
        else:
            preview["changed"] = True
    context = _page(request, row) | {"form": form, "preview": preview, "quote": quote}
    if request.htmx:
        return render(request, "renewals/renewal_renewed.html#preview", context)
    return render(request, "renewals/renewal_renewed.html", context, status=422 if form.errors else 200)


def _decided_before(request: PersonRequest, pk: int) -> HttpResponse:
    """Back to the renewal; who wanted to decide it a second time is told why nothing was written."""
    if request.method == "POST":
        messages.error(request, _("This renewal is decided."))
    return redirect("renewals:renewal", pk)


def _proposal(row: Renewal, quote: Quote | None) -> dict[str, Any]:
    offer = _proposed_offer(row, quote)
    return {
        "months": offer.months,
        "annual_value": offer.annual_value,
        "level": offer.level_id,
        "signed_on": today(),
        "version": row.version,
        "planned": quote is not None,
    }


def _proposed_offer(row: Renewal, quote: Quote | None) -> Offer:
    """What the customer accepted; else the same again: as long as it continues by itself, or a year."""
    if quote is not None:
        return _quoted(quote)
    return Offer(row.term.tacit_months or 12, row.term.annual_value, row.term.level_id)


def _quoted(quote: Quote) -> Offer:
    return Offer(quote.months, quote.new_annual, quote.level_id)


def _offered(form: RenewedForm, quote: Quote | None) -> Offer | None:
    return _quoted(quote) if quote is not None else form.offer


def _preview(row: Renewal, offer: Offer, quote: Quote | None) -> dict[str, Any]:
    starts_on, ends_on = next_term(row.term, offer.months, end_of_cycle(row))
    annual = offer.annual_value if offer.annual_value is not None else row.term.annual_value
    seal = f"{starts_on}/{ends_on}/{annual if annual is None else f'{annual:.2f}'}/{offer.level_id or ''}"
    return {
        "starts_on": starts_on,
        "ends_on": ends_on,
        "annual_value": annual,
        "uplift": _uplift(row.term, annual),
        "level": offer.level_id,
        "currency": row.term.currency or "EUR",
        "seal": f"{seal}/{quote.pk}" if quote else seal,
        "changed": False,
    }


def _uplift(term: Term, annual: Decimal | None) -> Decimal | None:
    return (annual / term.annual_value - 1) * 100 if annual is not None and term.annual_value else None


def _sign(request: PersonRequest, row: Renewal, form: RenewedForm) -> None:
    said = form.cleaned_data
    decide_renewed(
        renewal=row.pk,
        offer=form.offer,
        signed_on=said["signed_on"],
        note=said["note"],
        version=said["version"],
        by=request.user,
        on=today(),
        planned=said["planned"],
    )
    messages.success(request, _("Renewed. The next term of %(contract)s is signed.") % {"contract": row.term.contract})


@require_http_methods(["GET", "POST"])
@reader_of_prices
def lost(request: PersonRequest, pk: int) -> HttpResponse:
    """A reason from the list and what they said, both compulsory."""
    row = changeable(request, pk)
    if row.decided_on:
        return _decided_before(request, pk)
    form = LostForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        try:
            decide_lost(renewal=pk, by=request.user, on=today(), **form.cleaned_data)
            messages.success(request, _("Written down as lost. It can be taken back on this page."))
            return redirect("renewals:renewal", pk)
        except (WorkRefused, TermRefused) as refused:
            form.add_error(None, str(refused))
    context = _page(request, row) | {"form": form, "ends_on": ends_if_lost(row, today())}
    return render(request, "renewals/renewal_lost.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@reader_of_prices
def let_go(request: PersonRequest, pk: int) -> HttpResponse:
    """It will not be renewed, and that is meant: why, since when, and a note."""
    row = changeable(request, pk)
    if row.decided_on:
        return _decided_before(request, pk)
    on = today()
    form = LetGoForm(request.POST or None, initial={"version": row.version, "agreed_on": on}, on=on)
    if request.method == "POST" and form.is_valid():
        try:
            decide_let_go(renewal=pk, by=request.user, on=on, **form.cleaned_data)
            messages.success(request, _("Written down as not renewed on purpose. It can be taken back on this page."))
            return redirect("renewals:renewal", pk)
        except (WorkRefused, TermRefused) as refused:
            form.add_error(None, str(refused))
    context = _page(request, row) | {"form": form, "ends_on": ends_if_lost(row, on)}
    return render(request, "renewals/renewal_let_go.html", context, status=422 if form.errors else 200)


@require_POST
@reader_of_prices
def undo(request: PersonRequest, pk: int) -> HttpResponse:
    """Take the decision back, as far as nothing stands on it yet."""
    row = changeable(request, pk)
    asked = request.POST.get("version", "")
    version = int(asked) if asked.isdecimal() else 0
    try:
        reopen(renewal=row.pk, version=version, by=request.user, on=today())
        messages.success(request, _("The renewal is open again."))
    except (WorkRefused, TermRefused) as refused:
        messages.error(request, str(refused))
    return redirect("renewals:renewal", pk)


def _page(request: PersonRequest, row: Renewal) -> dict[str, Any]:
    account = str(row.account)
    return {
        "renewal": row,
        "currency": currency_of(request),
        "open_ended": is_open_ended(row),
        "trail": words.trail((reverse("renewals:renewal", args=[row.pk]), account)),
    }
