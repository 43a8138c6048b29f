"""The statement of value: what a year brought the customer of a renewal, to print and as PDF (RN-07)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock, opening
from core.asking import PersonRequest
from core.asof import as_of
from core.context import find_url
from core.paper import as_pdf
from installed_base.actions.accounts import AccountRefused, state_downtime_cost
from installed_base.models import Account
from renewals.models import Renewal
from renewals.queries.value import year_of
from renewals.rules.value import Case, Figure, Key, YearFacts, case_of, figures
from renewals.views import value_words, words
from renewals.views.door import currency_of, reader_of_prices

# Rows of a table that a printed statement lists; the rest is counted.
PRINTED = 60


def _euros(label: Any, hint: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_digits=10, decimal_places=2, localize=False, help_text=hint
    )


class CostForm(forms.Form):
    """What an hour of standstill costs the customer; empty where nobody knows."""

    cost = _euros(
        gettext_lazy("An hour of standstill costs"), gettext_lazy("By the customer's own word. Empty: not known.")
    )


class PriceForm(forms.Form):
    """What preventing the downtime would cost a year: the premium of another level, say."""

    premium = _euros(gettext_lazy("Preventing it costs, a year"), gettext_lazy("The premium of a higher level, say."))


@dataclass(frozen=True)
class Statement:
    """What is said of a year, and to whom."""

    row: Renewal
    facts: YearFacts
    made: dict[Key, Figure]
    case: Case | None
    price: PriceForm


def _statement(request: PersonRequest, pk: int, on: date) -> Statement:
    rows = Renewal.objects.visible_to(request.user).select_related("account", "term__contract", "term__level")
    row: Renewal = get_object_or_404(rows, pk=pk)
    facts = year_of(row.account_id, request.user, on)
    price = PriceForm(request.GET if "premium" in request.GET else None)
    premium: Decimal | None = price.cleaned_data["premium"] if price.is_bound and price.is_valid() else None
    made = figures(facts)
    return Statement(row, facts, made, case_of(made, row.account.downtime_cost_hour, premium), price)


@require_safe
@reader_of_prices
def value(request: PersonRequest, pk: int) -> HttpResponse:
    """The statement as a page that prints."""
    on = as_of(request)
    found = _statement(request, pk, on)
    row = found.row
    may_change = on == clock.today() and Account.objects.changeable_by(request.user).filter(pk=row.account_id).exists()
    context = _told(found, currency_of(request)) | {
        "on": on,
        "today": clock.today(),
        "as_of": on,
        "is_past": on < clock.today(),
        "trail": words.trail((reverse("renewals:renewal", args=[pk]), row.term.contract.number), ("", _("Value"))),
        "cost_form": CostForm(initial={"cost": row.account.downtime_cost_hour}) if may_change else None,
        "price_form": found.price,
        "papers": [(name, _paper(request, pk, code)) for code, name in settings.LANGUAGES],
        "query": _carried(request),
        "account_url": find_url("dashboards:account", row.account_id),
    }
    return render(request, "renewals/renewal_value.html", context)


def _told(found: Statement, currency: str) -> dict[str, Any]:
    return {
        "renewal": found.row,
        "facts": found.facts,
        "sentence": value_words.sentence(found.made),
        "figures": [value_words.shown(found.made[key], found.facts) for key in value_words.ORDER],
        "case": found.case,
        "case_lines": value_words.case_lines(found.case, currency) if found.case else [],
        "cost": found.row.account.downtime_cost_hour,
        "currency": currency,
    }


def _carried(request: PersonRequest) -> str:
    kept = {name: request.GET[name] for name in ("as_of", "premium") if request.GET.get(name)}
    return f"?{urlencode(kept)}" if kept else ""


def _paper(request: PersonRequest, pk: int, language: str) -> str:
    kept = {name: request.GET[name] for name in ("as_of", "premium") if request.GET.get(name)}
    return f"{reverse('renewals:value_pdf', args=[pk])}?{urlencode({'lang': language} | kept)}"


@require_safe
@reader_of_prices
def value_rows(request: PersonRequest, pk: int, key: str) -> HttpResponse:
    """The rows behind one figure: a page of its own, or what the side sheet shows."""
    if key not in Key.__members__.values():
        raise Http404
    on = as_of(request)
    found = _statement(request, pk, on)
    figure = found.made[Key(key)]
    context = {
        "renewal": found.row,
        "facts": found.facts,
        "figure": value_words.shown(figure, found.facts),
        "lines": value_words.lines(figure, found.facts),
        "as_of": on,
        "is_past": on < clock.today(),
        "back": reverse("renewals:value", args=[pk]) + _carried(request),
    }
    page = "renewals/value_rows.html"
    return render(request, f"{page}#receipt" if request.htmx else page, context)


@require_safe
@reader_of_prices
def value_pdf(request: PersonRequest, pk: int) -> HttpResponse:
    """The statement on paper, in the language that was chosen, else the reader's."""
    asked = request.GET.get("lang", "")
    language = asked if asked in dict(settings.LANGUAGES) else get_language() or settings.LANGUAGE_CODE
    with override(language):
        found = _statement(request, pk, as_of(request))
        annexes = value_words.annexes(found.made, found.facts)
        context = _told(found, currency_of(request)) | {
            "language": language,
            "organisation": opening.ours().name,
            "printed": clock.today(),
            "annexes": [(a, a.rows[:PRINTED], len(a.rows) - PRINTED) for a in annexes],
        }
        paper = as_pdf(render_to_string("renewals/value_paper.html", context), sheet="css/paper.css")
        name = slugify(f"{_('value')} {found.row.account} {found.facts.on.isoformat()}")
    answer = HttpResponse(paper, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer


@require_POST
@reader_of_prices
def value_cost(request: PersonRequest, pk: int) -> HttpResponse:
    """Write down what an hour of standstill costs this customer."""
    row = get_object_or_404(Renewal.objects.visible_to(request.user), pk=pk)
    get_object_or_404(Account.objects.changeable_by(request.user), pk=row.account_id)
    form = CostForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("What an hour costs is an amount like 500 or 62.50. Nothing was changed."))
        return redirect("renewals:value", pk)
    try:
        state_downtime_cost(account=row.account_id, cost=form.cleaned_data["cost"], by=request.user)
    except AccountRefused as refused:
        messages.error(request, str(refused))
    return redirect("renewals:value", pk)
