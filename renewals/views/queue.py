"""The queue page and its exports."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.asking import PersonRequest
from core.asof import as_of
from core.clock import today
from core.display import SIGNS
from core.exporting import FORMATS, stream_of
from core.saved_views import views_of
from renewals.exports import HEAD, line_of
from renewals.filters import QueueFilter
from renewals.models import Stage
from renewals.queries.load import leads
from renewals.queries.queue import every_past_row, every_row, facets, past_queue, queue_page, queue_rows
from renewals.queries.rows import Row
from renewals.views import narrowing, words
from renewals.views.door import currency_of, reader_of_prices


@require_safe
@reader_of_prices
def queue(request: PersonRequest) -> HttpResponse:
    """The renewal queue, today or as it stood on a past day."""
    on = as_of(request)
    past = on < today()
    rows = queue_rows(request.user)
    filters = QueueFilter(request.GET, queryset=rows, on=on)
    if filters.unclear:
        messages.warning(request, _("Not understood and left out: %(names)s.") % {"names": ", ".join(filters.unclear)})
    if past and "only" in filters.said:
        messages.warning(request, _("How late a step was is not kept by day; that filter is left out."))
    read = past_queue if past else queue_page
    found = read(filters.narrowed(past=past), filters.criteria, user=request.user, on=on)
    return render(request, "renewals/renewal_queue.html", _context(request, filters, found, on, past))


def _context(request: PersonRequest, filters: QueueFilter, found: Any, on: date, past: bool) -> dict[str, Any]:
    currency = currency_of(request)
    offered = facets(filters.queryset)
    menus = words.menus(offered, filters)
    views = narrowing.saved(views_of(request.user, narrowing.PAGE), filters, request.user)
    return {
        "queue": found,
        "on": on,
        "today": today(),
        "currency": currency,
        "sign": SIGNS.get(currency, currency),
        "standfirst": words.standfirst(found.overview, on=on, currency=currency, past=past),
        "columns": words.columns(found.overview, on=on, currency=currency),
        "chips": words.chips(found.overview, filters, past=past),
        "menus": menus,
        "narrowed": narrowing.narrowed(filters),
        "views": views,
        "kept": any(view["current"] for view in views),
        "asked": filters.query,
        "leads": leads(request.user) and not past,
        "aside": narrowing.aside(filters, on, past=past),
        "groups": words.groups(found, currency=currency),
        "bucket": filters.criteria.bucket,
        "sort": filters.criteria.sort,
        "stages": Stage.choices,
        "here": request.get_full_path(),
        "filtered": bool(filters.said.keys() - {"sort"}),
        "known": any(offered.values()),
        "works": not past and any(row.changeable for row in found.rows),
        "past": past,
        "horizon": on + timedelta(days=90),
        "keys": [("j k", _("move")), ("enter", _("open")), ("x", _("choose")), ("e", _("edit")), ("/", _("search"))],
    }


@require_safe
@reader_of_prices
def export(request: PersonRequest) -> HttpResponseBase:
    """The filtered list, all of it, as CSV or XLSX, row by row."""
    kind = request.GET.get("format", "csv")
    if kind not in FORMATS:
        raise Http404
    on = as_of(request)
    past = on < today()
    filters = QueueFilter(request.GET, queryset=queue_rows(request.user), on=on)
    narrowed, criteria = filters.narrowed(past=past), filters.criteria
    rows: Iterable[Row]
    if past:
        rows = every_past_row(narrowed, criteria, user=request.user, on=on)
    else:
        rows = every_row(narrowed, criteria, user=request.user, on=on)
    currency = currency_of(request)
    lines = (line_of(row, currency) for row in rows)
    return stream_of([str(name) for name in HEAD], lines, name=f"renewals-{on:%Y-%m-%d}", kind=kind)
