"""The horizon of twelve quarters, the table its probabilities rest on, and the report card."""

import re
from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from core.asking import PersonRequest
from core.asof import as_of
from core.calendar import add_months
from core.display import SIGNS
from renewals.filters import QueueFilter
from renewals.models import Renewal
from renewals.queries.horizon import QUARTERS, Narrow, horizon_of, offered, quarter_rows
from renewals.queries.overview import quarter_start
from renewals.queries.rates import table_on
from renewals.queries.told import card_on
from renewals.views import horizon_words, narrowing, words
from renewals.views.door import currency_of, reader_of_prices

_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
COMMITTED, THROUGH = "committed", "through"


def _asked(request: PersonRequest, on: date) -> tuple[QueueFilter, Narrow]:
    filters = QueueFilter(request.GET, queryset=Renewal.objects.none(), on=on)
    owner, level = (int(filters.chosen(name) or 0) or None for name in ("owner", "level"))
    named = {name: filters.chosen(name) for name in ("country", "segment", "health")}
    return filters, Narrow(owner=owner, level=level, **named)


@require_safe
@reader_of_prices
def horizon(request: PersonRequest) -> HttpResponse:
    """What comes up for renewal in twelve quarters, as of today or of a past day."""
    on = as_of(request)
    filters, narrow = _asked(request, on)
    table = table_on(on)
    found = horizon_of(request.user, narrow, table, on=on)
    currency, query = currency_of(request), narrowing.aside(filters, on, past=on < clock.today())
    context = {
        "found": found,
        "quarters": horizon_words.quarters(found, query),
        "table": table,
        "rates": horizon_words.rates(table),
        "card": card_on(on),
        "on": on,
        "today": clock.today(),
        "past": on < clock.today(),
        "currency": currency,
        "sign": SIGNS.get(currency, currency),
        "standfirst": horizon_words.standfirst(found, table, currency),
        "chart": horizon_words.chart(found, table, query, currency) if found.all.value else "",
        "menus": words.menus(offered(request.user), filters),
        "trail": words.trail(("", _("Horizon"))),
    }
    return render(request, "renewals/renewal_horizon.html", context)


@require_safe
@reader_of_prices
def quarter(request: PersonRequest, quarter: str) -> HttpResponse:
    """The contracts of one quarter: all of them, the committed ones, or all up to its end."""
    on = as_of(request)
    starts_on = _starts_on(quarter, on)
    filters, narrow = _asked(request, on)
    part = request.GET.get("part", "")
    first = quarter_start(on) if part == THROUGH else starts_on
    page = quarter_rows(
        request.user, narrow, table_on(on), (first, add_months(starts_on, 3)), on=on, committed=part == COMMITTED,
        cursor=request.GET.get("cursor", "")[:200],
    )  # fmt: skip
    currency = currency_of(request)
    query = narrowing.aside(filters, on, past=on < clock.today())
    name = horizon_words.quarter_name(starts_on)
    context = {
        "page": page,
        "title": horizon_words.rows_title(name, part),
        "on": on,
        "today": clock.today(),
        "past": on < clock.today(),
        "currency": currency,
        "sign": SIGNS.get(currency, currency),
        "trail": words.trail((reverse("renewals:horizon") + query, _("Horizon")), ("", name)),
    }
    return render(request, "renewals/renewal_quarter.html", context)


def _starts_on(quarter: str, on: date) -> date:
    """The first day of a quarter written 2027-Q1; Http404 for anything else, and outside the horizon."""
    found = _QUARTER.fullmatch(quarter)
    if not found or not 1900 <= int(found[1]) <= 9000:
        raise Http404
    starts_on, first = date(int(found[1]), 3 * int(found[2]) - 2, 1), quarter_start(on)
    if not first <= starts_on < add_months(first, 3 * QUARTERS):
        raise Http404
    return starts_on
