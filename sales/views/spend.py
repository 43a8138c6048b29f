"""What is spent on marketing and sales: a grid of months and sources to read and to fill (LG-03)."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from core import clock, display, opening
from core.asking import PersonRequest
from sales.actions.spend import enter_spend
from sales.forms.spend import SpendGrid, name_of, years_asked
from sales.models import Spend, SpendKind, sees_spend, writes_spend
from sales.queries.spend import Box, Line, Sheet, first_year, months_of_years, sheets
from sales.words.spend import said


@login_required
@require_http_methods(["GET", "POST"])
def spend(request: PersonRequest) -> HttpResponse:
    """A year, or two beside each other; who answers for spend changes it there."""
    on, may_write = clock.today(), writes_spend(request.user)
    if request.method == "POST" and not may_write:
        raise PermissionDenied
    if not sees_spend(request.user):
        return render(request, "sales/spend.html", {"hidden": True})
    years = years_asked(request.GET.get("year", ""), request.GET.get("years") == "2", on, first_year(on))
    found = sheets(request.user, years, on, opening.ours().reporting_currency)
    grid = SpendGrid(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and _entered(request, grid, on):
        return redirect(request.get_full_path())
    context = _context(request, found, grid, years, on) | {"may_write": may_write}
    return render(request, "sales/spend.html", context, status=422 if grid.errors else 200)


def _entered(request: PersonRequest, grid: SpendGrid, on: date) -> bool:
    """Whether all that was changed was written; else `grid.errors` say why, and nothing was."""
    entries = grid.entries()
    if grid.errors:
        return False
    try:
        changed = enter_spend(entries=entries, by=request.user, on=on)
    except ValidationError as refused:
        grid.errors = refused.messages
        return False
    words = ngettext("%(n)s amount is written.", "%(n)s amounts are written.", changed) % {"n": display.number(changed)}
    messages.success(request, words if changed else _("Nothing was changed."))
    return True


def _context(request: PersonRequest, found: list[Sheet], grid: SpendGrid, years: list[int], on: date) -> dict[str, Any]:
    currency = opening.ours().reporting_currency
    return {
        "years": years,
        "months": [[date_format(day, "M") for day in year] for year in months_of_years(years)],
        "sheets": [_shown(sheet, grid, currency, on) for sheet in found],
        "errors": grid.errors,
        "seen": grid.seen,
        "currency": currency,
        "menus": _menus(years, on),
        "standfirst": _standfirst(found[0], years, currency),
        "trail": [(reverse("dashboards:stage", args=["lead-generation"]), _("Lead generation"))],
    }


def _standfirst(marketing: Sheet, years: list[int], currency: str) -> str:
    """What marketing cost in the latest year and what a lead came to, or what is not entered."""
    if marketing.total is None:
        return _("Nothing is entered yet: fill in what each month cost, 0 where nothing was spent.")
    words = {"money": display.money(marketing.total, currency), "leads": display.number(marketing.leads or 0)}
    if marketing.each is not None:
        words["each"] = display.money(marketing.each, currency)
        return _("Marketing cost %(money)s for %(leads)s leads: %(each)s each.") % words
    if marketing.lacking:
        words["month"] = date_format(marketing.lacking[0], "F Y")
        return _("Marketing cost %(money)s so far; %(month)s is not entered.") % words
    return _("Marketing cost %(money)s; no lead came.") % words


def _shown(sheet: Sheet, grid: SpendGrid, currency: str, on: date) -> dict[str, Any]:
    marketing = sheet.kind == SpendKind.MARKETING
    return {
        "kind": sheet.kind,
        "title": _("Marketing") if marketing else _("Sales"),
        "question": _("What was spent to be found, by source, and what a lead of each came to.")
        if marketing
        else _("What selling costs: people, travel, demonstrations."),
        "lines": [_told(line, grid, currency, on) for line in sheet.lines],
        "months": [[display.number(a) if a is not None else "" for a in year] for year in sheet.months],
        "sums": [_money(amount, currency) for amount in sheet.years],
        "total": _money(sheet.total, currency),
        "leads": sheet.leads,
        "each": _money(sheet.each, currency),
    }


def _told(line: Line, grid: SpendGrid, currency: str, on: date) -> dict[str, Any]:
    return {
        "name": line.name or _("In general"),
        "years": [
            {"boxes": [_box(box, grid, on) for box in year], "sum": _money(amount, currency)}
            for year, amount in zip(line.boxes, line.years, strict=True)
        ],
        "total": _money(line.total, currency),
        "leads": line.leads,
        "each": _money(line.each, currency),
    }


def _box(box: Box, grid: SpendGrid, on: date) -> dict[str, Any]:
    name = name_of(box.cell)
    return {
        "name": name,
        "label": said(box.cell, grid.names),
        "text": "" if box.fixed else grid.text(box),
        "amount": "" if box.amount is None else display.number(box.amount),
        "fixed": box.fixed or box.cell.month > on,
        "wrong": name in grid.wrong,
        "note": box.note,
    }


def _money(amount: Any, currency: str) -> str:
    return "" if amount is None else display.money(amount, currency)


def _menus(years: list[int], on: date) -> list[dict[str, Any]]:
    both, latest = len(years) == 2, years[-1]
    offered = range(on.year, max(first_year(on), on.year - 6) - 1, -1)
    more = "&years=2" if both else ""
    return [
        {
            "name": _("Year"),
            "value": str(latest),
            "options": [{"url": f"?year={y}{more}", "label": str(y), "current": y == latest} for y in offered],
        },
        {
            "name": _("Months"),
            "value": "24" if both else "12",
            "options": [
                {"url": f"?year={latest}", "label": "12", "current": not both},
                {"url": f"?year={latest}&years=2", "label": "24", "current": both},
            ],
        },
    ]


@login_required
@require_GET
def spend_entry(request: PersonRequest, pk: int) -> HttpResponse:
    """Where one entry stands in the grid."""
    row = get_object_or_404(Spend.objects.visible_to(request.user), pk=pk)
    return redirect(f"{reverse('sales:spend')}?year={row.month.year}")
