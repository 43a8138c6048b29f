"""The queue page and its exports."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.asking import PersonRequest
from core.asof import as_of
from core.clock import today
from core.display import SIGNS
from core.exporting import FORMATS, file_of
from renewals.exports import HEAD, line_of
from renewals.filters import QueueFilter
from renewals.models import Stage
from renewals.queries.queue import every_past_row, every_row, facets, past_queue, queue_page, queue_rows
from renewals.views import words
from renewals.views.door import currency_of, reader_of_prices


@require_safe
@reader_of_prices
def queue(request: PersonRequest) -> HttpResponse:
    """The renewal queue, today or as it stood on a past day."""
    on = as_of(request)
    past = on < today()
    rows = queue_rows(request.user)
    filters = QueueFilter(request.GET, queryset=rows)
    if filters.unclear:
        messages.warning(request, _("Not understood and left out: %(names)s.") % {"names": ", ".join(filters.unclear)})
    read = past_queue if past else queue_page
    found = read(filters.narrowed(past=past), filters.criteria, user=request.user, on=on)
    return render(request, "renewals/renewal_queue.html", _context(request, filters, found, on, past))


def _context(request: PersonRequest, filters: QueueFilter, found: Any, on: date, past: bool) -> dict[str, Any]:
    currency = currency_of(request)
    offered = facets(filters.queryset)
    menus = words.menus(offered, filters)
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
        "groups": words.groups(found, currency=currency),
        "bucket": filters.criteria.bucket,
        "sort": filters.criteria.sort,
        "stages": Stage.choices,
        "here": request.get_full_path(),
        "filtered": filters.criteria.chip != "all" or bool(filters.criteria.bucket) or any(m["on"] for m in menus),
        "known": any(offered.values()),
        "works": not past and any(row.changeable for row in found.rows),
        "past": past,
        "horizon": on + timedelta(days=90),
        "keys": [("j k", _("move")), ("enter", _("open")), ("x", _("choose")), ("e", _("edit")), ("/", _("search"))],
    }


@require_safe
@reader_of_prices
def export(request: PersonRequest) -> HttpResponse:
    """The filtered list, all of it, as CSV or XLSX."""
    kind = request.GET.get("format", "csv")
    if kind not in FORMATS:
        raise Http404
    on = as_of(request)
    past = on < today()
    filters = QueueFilter(request.GET, queryset=queue_rows(request.user))
    read = every_past_row if past else every_row
    rows = read(filters.narrowed(past=past), filters.criteria, user=request.user, on=on)
    currency = currency_of(request)
    lines = (line_of(row, currency) for row in rows)
    return file_of([str(name) for name in HEAD], lines, name=f"renewals-{on:%Y-%m-%d}", kind=kind)
