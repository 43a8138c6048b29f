"""The receipt of a number: what it means, how it is made, and the rows that add up to it."""

import csv
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from core import clock, opening
from core.asof import as_of
from core.metrics import (
    Metric,
    Result,
    Shape,
    Unit,
    UnknownMetric,
    all_rows,
    compute,
    largest_first,
    metric,
)
from dashboards import wording
from dashboards.queries.late import told
from dashboards.views.asking import asked, carried, filters_of, menus


@login_required
@require_GET
def receipt(request: HttpRequest, key: str) -> HttpResponse:
    """A page of its own, or the fragment for the side sheet when htmx or the sheet asks."""
    wanted, on = _metric(key), as_of(request)
    ours = opening.ours()
    filters = filters_of(request)
    number = _page(request)
    rows, more = largest_first(key, on=on, actor=request.user, filters=filters, page=number)
    result = compute(key, on=on, actor=request.user, filters=filters)
    kept = told(result, actor=request.user, filters=filters, currency=ours.reporting_currency)
    context = _context(request, result, ours.reporting_currency) | {
        "rows": [_shown(row, wanted, ours.reporting_currency) for row in rows],
        "pages": _pages(request, number, more),
        "page_number": number,
        "kept": kept,
    }
    name = (
        "dashboards/receipt_page.html#receipt" if request.headers.get("HX-Request") else "dashboards/receipt_page.html"
    )
    return render(request, name, context)


def _metric(key: str) -> Metric:
    try:
        return metric(key)
    except UnknownMetric as error:
        raise Http404(str(error)) from error


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return int(text) if text.isdecimal() and 0 < int(text) < 10_000 else 1


def _context(request: HttpRequest, result: Result, currency: str) -> dict[str, Any]:
    wanted = result.metric
    query = urlencode(carried(request))
    labels = [m for m in menus(request) if m["on"]] if asked(request) else []
    return {
        "metric": wanted,
        "result": result,
        "on": result.on,
        "today": clock.today(),
        "value": wording.said(wanted.unit, result.value, currency),
        "target": wording.target_words(wanted, currency),
        "numerator": _total(wanted, result.numerator, currency),
        "denominator": _total(wanted, result.denominator, currency),
        "is_ratio": wanted.shape is Shape.RATIO,
        "parts": _parts(result, currency),
        "filters": labels,
        "columns": wanted.shown,
        "shows_numerator": wanted.reads_money or wanted.shape in (Shape.RATIO, Shape.MEDIAN),
        "file": reverse("dashboards:receipt_file", args=[wanted.key]) + (f"?{query}" if query else ""),
        "page": reverse("dashboards:receipt", args=[wanted.key]) + (f"?{query}" if query else ""),
    }


def _total(wanted: Metric, value: Any, currency: str) -> str:
    return wording.said(Unit.MONEY if wanted.reads_money else Unit.COUNT, value, currency, short=False)


def _parts(result: Result, currency: str) -> list[tuple[Any, str]]:
    return [
        (part.name, wording.said(part.unit, result.parts[part.key], currency, short=False))
        for part in result.metric.parts
        if result.parts[part.key] or part.unit is not Unit.MONEY
    ]


def _shown(row: Any, wanted: Metric, currency: str) -> dict[str, Any]:
    cells = [(column.kind, value) for column, value in zip(wanted.shown, row.values, strict=True)]
    return {"row": row, "cells": cells, "money": wanted.reads_money, "currency": currency}


def _pages(request: HttpRequest, number: int, more: bool) -> dict[str, str]:
    def url(page: int) -> str:
        return "?" + urlencode(carried(request) | {"page": str(page)})

    return {"newer": url(number - 1) if number > 1 else "", "older": url(number + 1) if more else ""}


@login_required
@require_GET
def receipt_file(request: HttpRequest, key: str) -> StreamingHttpResponse:
    """All rows of the receipt as CSV, exact and unrounded, written as they are read."""
    wanted, on = _metric(key), as_of(request)
    found = all_rows(key, on=on, actor=request.user, filters=filters_of(request))
    lines = _lines(wanted, found, wanted.family.shows_money(request.user))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{key}-{on.isoformat()}.csv"'
    return answer


class _Line:
    """A file that hands back what the csv writer writes."""

    def write(self, text: str) -> str:
        return text


def _lines(wanted: Metric, found: Iterator[Any], prices: bool) -> Iterator[str]:
    writer = csv.writer(_Line())
    columns = [c for c in wanted.shown if prices or c.kind != "money"]
    yield "\ufeff" + writer.writerow(
        ["kind", "id", "name", *(c.field for c in columns), "numerator", "denominator", "unknown"]
    )
    for row in found:
        values = dict(zip((c.field for c in wanted.shown), row.values, strict=True))
        cells = [_safe(values[c.field]) for c in columns]
        yield writer.writerow([row.kind, row.id, _safe(row.title), *cells, row.numerator, row.denominator, row.unknown])


def _safe(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is written as text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value
