"""The quote of a renewal: made and revised on one screen, sent, discussed and accepted, printed for the customer."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.asking import PersonRequest
from core.clock import today
from core.money import rate_on
from core.scope import unguarded
from installed_base.actions.terms import TermRefused, lines_that_go_on, next_term
from installed_base.models import Coverage, Level
from renewals.actions import quoting
from renewals.actions.deciding import end_of_cycle
from renewals.actions.pricing import Asked, Worked, asked_of, margin_of_worked, proposal, work_out
from renewals.actions.working import WorkRefused
from renewals.models import Quote, QuoteState, Renewal
from renewals.queries.quotes import lines_of_quote, margin_of, standing_quote, visible_quotes
from renewals.quote_form import QuoteForm
from renewals.views import quote_words, words
from renewals.views.door import changeable, currency_of, reader_of_prices

STEPS = {"send": quoting.send_quote, "discuss": quoting.discuss_quote, "accept": quoting.accept_quote}


@require_http_methods(["GET", "POST"])
@reader_of_prices
def edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Make the first version or the next one. Every change of a field shows the prices again; saving writes them."""
    row = changeable(request, pk)
    if row.decided_on:
        return redirect("renewals:renewal", pk)
    standing, lines = standing_quote(row), _lines(row)
    asked = _standing_ask(row, standing, lines)
    form = _form(request, asked, standing, lines)
    worked: Worked | None = None
    try:
        if form.is_bound:
            asked = form.asked if form.is_valid() else None
        worked = work_out(row, asked, today()) if asked else None
        if worked and "save" in request.POST:
            return _saved(request, row, standing, form)
    except (WorkRefused, TermRefused) as refused:
        form.add_error(None, str(refused)) if form.is_bound else messages.warning(request, str(refused))
        worked = None
    context = _edit_page(request, row, standing, form, worked)
    if request.htmx:
        return render(request, "renewals/quote_edit.html#worked", context | {"swapped": True})
    return render(request, "renewals/quote_edit.html", context, status=422 if form.errors else 200)


def _lines(row: Renewal) -> list[Coverage]:
    """The machines that go on with the contract; those of the term, which this user may change."""
    with unguarded():
        return lines_that_go_on(row.term, next_term(row.term, 1, end_of_cycle(row))[0])


def _standing_ask(row: Renewal, standing: Quote | None, lines: list[Coverage]) -> Asked | None:
    """What the page begins with: the version that stands, without machines that have gone since; or the proposal."""
    if standing is None:
        return proposal(row, today())
    asked, there = asked_of(standing), {line.pk for line in lines}
    kept = {pk: line for pk, line in asked.lines.items() if pk in there}
    return Asked(**(vars(asked) | {"lines": kept}))


def _form(request: PersonRequest, asked: Asked | None, standing: Quote | None, lines: list[Coverage]) -> QuoteForm:
    levels = Level.objects.exists()
    if request.method == "POST":
        return QuoteForm(request.POST, lines=lines, levels=levels)
    assert asked is not None
    return QuoteForm(initial=QuoteForm.initial_of(asked, standing.pk if standing else None), lines=lines, levels=levels)


def _saved(request: PersonRequest, row: Renewal, standing: Quote | None, form: QuoteForm) -> HttpResponse:
    """The version that was read is revised, whatever stands now: who comes second is told."""
    read, by, on = form.cleaned_data["read"], request.user, today()
    if read is None:
        quote = quoting.draft_quote(renewal=row.pk, asked=form.asked, by=by, on=on)
    elif row.quotes.filter(pk=read).exists():
        quote = quoting.revise_quote(quote=read, asked=form.asked, by=by, on=on)
    else:
        raise Http404
    messages.success(request, _("Version %(version)s is written, as a draft.") % {"version": quote.version})
    return redirect(f"{reverse('renewals:renewal', args=[row.pk])}#quote")


def _edit_page(
    request: PersonRequest, row: Renewal, standing: Quote | None, form: QuoteForm, worked: Worked | None
) -> dict[str, Any]:
    next_version = standing.version + 1 if standing else 1
    return {
        "renewal": row,
        "form": form,
        "standing": standing,
        "next_version": next_version,
        "machines": [_machine(form, line, worked) for line in form.lines],
        "currency": row.term.currency or currency_of(request),
        "worked": worked and _total(request, row, worked),
        "trail": words.trail((reverse("renewals:renewal", args=[row.pk]), str(row.account))),
    }


def _machine(form: QuoteForm, line: Coverage, worked: Worked | None) -> dict[str, Any]:
    prices = worked.prices.lines if worked else {}
    return {
        "line": line,
        "drop": form[f"drop-{line.pk}"],
        "price": form[f"price-{line.pk}"],
        "new": prices.get(line.pk),
        "dropped": worked is not None and line.pk not in prices,
        "cost": worked.costs.by_asset.get(line.asset_id) if worked else None,
    }


def _total(request: PersonRequest, row: Renewal, worked: Worked) -> dict[str, Any]:
    margin = margin_of_worked(worked, rate_on(worked.currency, today()))
    return {
        "starts_on": worked.starts_on,
        "ends_on": worked.ends_on,
        "offer": quote_words.offer(worked.kind.value, worked.level, row.term.level, worked.asked.months),
        "old": worked.prices.old,
        "new": worked.prices.new,
        "rest_old": worked.prices.rest_old,
        "rest_new": worked.prices.rest_new,
        "whole": worked.prices.new and worked.prices.new * worked.asked.months / 12,
        "rise": quote_words.rise(worked.uplift),
        "reasons": quote_words.reasons(worked.prices.change),
        "margin": margin,
        "margin_words": quote_words.left(margin),
        "reporting": currency_of(request),
        "deal": worked.deal,
    }


@require_POST
@reader_of_prices
def step(request: PersonRequest, pk: int, verb: str) -> HttpResponse:
    """Sent, discussed or accepted, today."""
    rows = Quote.objects.changeable_by(request.user)
    quote: Quote = get_object_or_404(rows, pk=pk)
    try:
        done = STEPS[verb](quote=quote.pk, by=request.user, on=today())
        said = {"version": done.version, "state": done.get_state_display().lower()}
        messages.success(request, _("Version %(version)s is %(state)s.") % said)
    except WorkRefused as refused:
        messages.error(request, str(refused))
    return redirect(f"{reverse('renewals:renewal', args=[quote.renewal_id])}#quote")


@require_safe
@reader_of_prices
def quote(request: PersonRequest, pk: int) -> HttpResponse:
    """One version as it was made, with what is left of it."""
    found: Quote = get_object_or_404(visible_quotes(request.user), pk=pk)
    lines = lines_of_quote(found)
    margin = margin_of(found, lines)
    mine = Renewal.objects.changeable_by(request.user).filter(pk=found.renewal_id, decided_on__isnull=True)
    context = _shown(request, found) | {
        "lines": lines,
        "reasons": quote_words.reasons(quote_words.change_of(found)),
        "rise": quote_words.rise_of(found),
        "margin": margin,
        "margin_words": quote_words.left(margin),
        "may_change": found.state != QuoteState.REPLACED and mine.exists(),
    }
    return render(request, "renewals/quote_detail.html", context)


@require_safe
@reader_of_prices
def printed(request: PersonRequest, pk: int) -> HttpResponse:
    """The page for the customer: what we offer and nothing of what it costs us."""
    found: Quote = get_object_or_404(visible_quotes(request.user), pk=pk)
    lines = lines_of_quote(found)
    context = _shown(request, found) | {
        "kept": [line for line in lines if not line.drop_reason],
        "dropped": [line for line in lines if line.drop_reason],
        "whole": found.new_annual and found.new_annual * found.months / 12,
        "includes": sorted((found.level.includes or {}).items()) if found.level else [],
    }
    return render(request, "renewals/quote_print.html", context)


def _shown(request: PersonRequest, found: Quote) -> dict[str, Any]:
    row = found.renewal
    place = reverse("renewals:renewal", args=[row.pk])
    old = row.term.level
    return {
        "quote": found,
        "renewal": row,
        "on": today(),
        "offer": quote_words.offer(found.kind, found.level, old, found.months),
        "length": quote_words.length(found.months),
        "day": quote_words.day_of(found),
        "reporting": currency_of(request),
        "trail": words.trail((place, str(row.account)), ("", _("Quote %(version)s") % {"version": found.version})),
    }
