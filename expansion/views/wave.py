"""The replacement wave: ten years by quarter, and the machines behind each bar."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from core.asking import PersonRequest
from core.asof import as_of
from core.display import SIGNS
from core.exporting import stream_of
from core.menus import Menu, menu
from core.metrics import EVERYTHING, Filters, WrongFilter, choices, filters_from
from core.models import Organisation
from core.paging import page_of
from core.reach import Level, reach_of
from expansion import wave_words
from expansion.queries.hunting import attention_of
from expansion.queries.wave import wave_machines, wave_of, wave_rows
from expansion.rules.wave import UNKNOWN, Stretch, stretch
from expansion.tabs import tabs
from installed_base.attention import attention_word, attention_words, policies_on, why

NARROWED_BY = ("segment", "product_line", "country", "owner")
ORDER = ("ends_life_on", "pk")


def filters_of(request: PersonRequest) -> Filters:
    """The filters of the address. One that cannot be understood is said, and everything is shown."""
    try:
        return filters_from({key: request.GET.get(key, "") for key in NARROWED_BY}, request.user)
    except WrongFilter as error:
        messages.error(request, _("%(what)s Shown without filters.") % {"what": error})
        return EVERYTHING


def require_reader(request: PersonRequest) -> None:
    """Who sees single machines only, or no prices, has no wave to look at."""
    reach = reach_of(request.user)
    if reach.level is Level.ASSIGNED or not reach.sees_prices:
        raise Http404


def _query(request: PersonRequest, *more: str) -> str:
    kept = {key: request.GET[key] for key in (*NARROWED_BY, "as_of", *more) if request.GET.get(key)}
    return f"?{urlencode(kept)}" if kept else ""


def _menus(request: PersonRequest) -> list[Menu]:
    offered = choices(request.user)
    names = {"segment": _("Segment"), "product_line": _("Product line"), "country": _("Country"), "owner": _("Owner")}
    return [
        menu(request, key, name, [(choice.value, choice.label) for choice in offered[key]], _("all"))
        for key, name in names.items()
        if offered[key]
    ]


@login_required
@require_safe
def wave(request: PersonRequest) -> HttpResponse:
    require_reader(request)
    on = as_of(request)
    found = wave_of(request.user, on, filters_of(request))
    currency = Organisation.objects.ours().reporting_currency
    by = wave_words.EUROS if request.GET.get("by") == wave_words.EUROS else wave_words.UNITS
    address = _addresses(_query(request))
    context = {
        "wave": found,
        "on": on,
        "today": clock.today(),
        "tabs": tabs(request, "wave"),
        "menus": _menus(request),
        "in_machines": by == wave_words.UNITS,
        "in_euros": by == wave_words.EUROS,
        "standfirst": wave_words.standfirst(found, currency),
        "finding": wave_words.finding(found),
        "by_quarter": wave_words.by_quarter(found, by, address, currency),
        "by_year": wave_words.by_year(found, by, address, currency),
        "rows": wave_words.rows(found, address),
        "sign": SIGNS.get(currency, currency),
        "currency": currency,
        "file_url": reverse("expansion:wave_file") + _query(request),
    }
    return render(request, "expansion/wave.html", context)


def _addresses(query: str) -> Callable[[str], str]:
    return lambda key: reverse("expansion:wave_rows", args=[key]) + query


def _part(key: str, on: date) -> Stretch:
    found = stretch(key, on)
    if found is None:
        raise Http404
    return found


@login_required
@require_safe
def part(request: PersonRequest, key: str) -> HttpResponse:
    """The machines behind one bar."""
    require_reader(request)
    on = as_of(request)
    chosen, filters = _part(key, on), filters_of(request)
    rows = wave_rows(request.user, on, filters, chosen)
    # Without a date there is no order by it.
    order = ("pk",) if key == UNKNOWN else ORDER
    page = page_of(rows, order, cursor=request.GET.get("cursor", "")[:200])
    currency = Organisation.objects.ours().reporting_currency
    context = {
        "title": wave_words.title(key),
        "page": page,
        "lines": [*map(partial(_line, on=on, policies=policies_on(on), words=attention_words()), page.rows)],
        "on": on,
        "today": clock.today(),
        "trail": [(reverse("expansion:wave") + _query(request), _("Replacement wave")), ("", wave_words.title(key))],
        "sign": SIGNS.get(currency, currency),
        "currency": currency,
        "file_url": f"{reverse('expansion:wave_file')}{_query(request) or '?'}&part={key}",
    }
    return render(request, "expansion/wave_rows.html", context)


def _line(row: Any, *, on: date, policies: Any, words: Any) -> dict[str, Any]:
    weighed = attention_of(row, on, policies)
    return {"machine": row, "attention": attention_word(weighed.attention), "why": why(weighed, words)}


@login_required
@require_safe
def wave_file(request: PersonRequest) -> HttpResponseBase:
    """The machines of the wave as CSV: of one part, or all of them."""
    require_reader(request)
    on, key = as_of(request), request.GET.get("part", "")
    rows = wave_machines(request.user, on, filters_of(request)).select_related("product", "account__owner")
    if key:
        rows = rows.filter(bucket__in=_part(key, on).buckets)
    head = [_("Account"), _("Country"), _("Owner"), _("Product"), _("Serial number"), _("Installed")]
    head += [_("End of life"), _("Part of the wave"), _("Worth new"), _("Conversation")]
    return stream_of(head, _cells(rows.order_by("pk")), name=f"wave-{key or 'all'}-{on:%Y-%m-%d}", kind="csv")


def _cells(rows: Any) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=2000):
        at = row.account
        about = [at.name, at.country, at.owner.name, str(row.product or ""), row.serial, row.installed_on]
        yield [*about, row.ends_life_on, row.bucket, row.price_new, _("yes") if row.talked else _("no")]
