"""The calendar of the coming four quarters: each number opens the queue of its month, each month its days."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core.asking import PersonRequest
from core.asof import as_of
from core.calendar import add_months
from core.clock import today
from core.display import SIGNS, money, number
from renewals.filters import QueueFilter
from renewals.queries.ahead import Ahead, not_opened
from renewals.queries.calendar import Quarter, calendar_of, days_of, past_calendar, past_days
from renewals.queries.horizon import Narrow
from renewals.queries.overview import Sums, quarter_start
from renewals.queries.queue import facets, queue_rows
from renewals.views import words
from renewals.views.door import currency_of, reader_of_prices
from renewals.views.narrowing import month_words


@require_safe
@reader_of_prices
def calendar(request: PersonRequest) -> HttpResponse:
    """Four quarters by month, today or as they stood on a past day."""
    on = as_of(request)
    past = on < today()
    filters = QueueFilter(request.GET, queryset=queue_rows(request.user), on=on)
    read = past_calendar if past else calendar_of
    found = read(filters.narrowed(past=past), filters.criteria, user=request.user, on=on)
    currency = currency_of(request)
    asked = _asked(filters, on, past)
    ahead = _ahead(request, filters, on)
    context = {
        "found": found,
        "quarters": [_quarter(quarter, asked, currency, ahead) for quarter in found.quarters],
        "ahead": _ahead_words(ahead, currency),
        "earlier": _sums(found.earlier, currency),
        "later": _sums(found.later, currency),
        "menus": words.menus(facets(filters.queryset), filters),
        "on": on,
        "today": today(),
        "past": past,
        "currency": currency,
        "sign": SIGNS.get(currency, currency),
        "counted": words.renewals_in_words(found.count),
        "value": money(found.value, currency),
        "trail": words.trail(("", _("Calendar"))),
    }
    return render(request, "renewals/renewal_calendar.html", context)


@require_safe
@reader_of_prices
def month(request: PersonRequest, month: str) -> HttpResponse:
    """The days of one month, with what is decided on each."""
    first = _first_of(month)
    on = as_of(request)
    past = on < today()
    asked_for = request.GET.copy()
    asked_for["month"] = month
    filters = QueueFilter(asked_for, queryset=queue_rows(request.user), on=on)
    read = past_days if past else days_of
    found = read(filters.narrowed(past=past), filters.criteria, user=request.user, on=on)
    currency = currency_of(request)
    asked = _asked(filters, on, past)
    context = {
        "found": found,
        "title": month_words(first),
        "on": on,
        "today": today(),
        "past": past,
        "currency": currency,
        "sign": SIGNS.get(currency, currency),
        "counted": words.renewals_in_words(found.sums.count),
        "value": money(found.sums.value, currency),
        "queue_url": _queue(asked, month=month),
        "neighbours": [_neighbour(first, step, asked) for step in (-1, 1)],
        "trail": words.trail((reverse("renewals:calendar") + _query(asked), _("Calendar")), ("", month_words(first))),
    }
    return render(request, "renewals/renewal_month.html", context)


def _first_of(month: str) -> date:
    """The first day of a month written 2027-03; Http404 for anything else, and where a neighbour has no date."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Http404
    if not 1900 <= first.year <= 9000:
        raise Http404
    return first


def _asked(filters: QueueFilter, on: date, past: bool) -> dict[str, str]:
    """What narrows the calendar and narrows its rows as well."""
    kept = {name: value for name, value in filters.said.items() if name not in ("month", "sort")}
    return kept | ({"as_of": on.isoformat()} if past else {})


def _query(asked: dict[str, str]) -> str:
    return f"?{urlencode(asked)}" if asked else ""


def _queue(asked: dict[str, str], **more: str) -> str:
    return reverse("renewals:queue") + _query(asked | more)


# What a renewal alone can answer: contracts that have none are not asked.
_OF_RENEWALS = {"show", "only", "bucket"}


def _ahead(request: PersonRequest, filters: QueueFilter, on: date) -> dict[date, Ahead]:
    """The contracts still to open that the menus leave; none where the address asks about renewals alone."""
    if _OF_RENEWALS & filters.said.keys():
        return {}
    owner, level = (int(filters.chosen(name) or 0) or None for name in ("owner", "level"))
    named = {name: filters.chosen(name) for name in ("country", "segment", "health")}
    return not_opened(request.user, Narrow(owner=owner, level=level, **named), on=on)


def _ahead_words(ahead: dict[date, Ahead], currency: str) -> str:
    count = sum(month.count for month in ahead.values())
    if not count:
        return ""
    said = ngettext(
        "%(count)s contract more, %(value)s a year, has not opened yet.",
        "%(count)s contracts more, %(value)s a year, have not opened yet.",
        count,
    )
    return said % {"count": number(count), "value": money(sum(m.value for m in ahead.values()), currency)}


def _quarter(quarter: Quarter, asked: dict[str, str], currency: str, ahead: dict[date, Ahead]) -> dict[str, Any]:
    return {
        "name": _("Q%(number)s %(year)s") % {"number": quarter.number, "year": quarter.starts_on.year},
        "count": words.renewals_in_words(quarter.count),
        "value": quarter.value,
        "months": [_month(sums, asked, currency, ahead) for sums in quarter.months],
    }


def _month(sums: Sums, asked: dict[str, str], currency: str, ahead: dict[date, Ahead]) -> dict[str, Any]:
    first = date.fromisoformat(f"{sums.key}-01")
    starts_on = quarter_start(first)
    quarter = f"{starts_on.year}-Q{(starts_on.month + 2) // 3}"
    return _sums(sums, currency) | {
        "name": month_words(first),
        "days": reverse("renewals:month", args=[sums.key]) + _query(asked),
        "url": _queue(asked, month=sums.key),
        "ahead": ahead.get(first),
        "ahead_url": reverse("renewals:quarter", args=[quarter]) + _query(asked),
    }


def _sums(sums: Sums, currency: str) -> dict[str, Any]:
    """Sums in the colours of health."""
    parts = {words.STATUS[part]: value for part, value in sums.parts.items()}
    return {"count": sums.count, "counted": words.renewals_in_words(sums.count), "value": sums.value} | {
        "parts": {name: parts.get(name, 0) for name in ("good", "watch", "risk", "unknown")},
        "worst": words.STATUS[sums.worst] if sums.worst else "",
        "worst_words": words.worst_note(sums, currency),
    }


def _neighbour(first: date, step: int, asked: dict[str, str]) -> dict[str, Any]:
    other = add_months(first, step)
    return {"name": month_words(other), "url": reverse("renewals:month", args=[f"{other:%Y-%m}"]) + _query(asked)}
