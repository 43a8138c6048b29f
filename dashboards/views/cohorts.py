"""Revenue by cohort: whether customers of each year grow or shrink."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core import clock, opening
from core.asof import as_of
from core.metrics import Unit
from core.reach import sees_prices
from dashboards import wording
from dashboards.bowtie.cohort_page import lines
from dashboards.bowtie.frames import cohorts as cohorts_of
from dashboards.queries.cohorts import revenue_by_window, windows
from dashboards.views.asking import carried, filters_of, menus
from dashboards.views.stage import tabs


@login_required
@require_GET
def cohorts(request: HttpRequest) -> HttpResponse:
    """As of any day, narrowed as the bowtie is. Nothing for who sees no prices."""
    on, currency = as_of(request), opening.ours().reporting_currency
    shown = sees_prices(request.user)
    rows = revenue_by_window(on=on, actor=request.user, filters=filters_of(request)) if shown else []
    found = lines(cohorts_of(rows), windows(on), lambda amount: wording.said(Unit.MONEY, amount, currency))
    context = {
        "on": on,
        "today": clock.today(),
        "lines": found,
        "years": range(len(windows(on))),
        "sees_prices": shown,
        "menus": menus(request),
        "tabs": tabs("expansion", carried(request), request.user),
    }
    return render(request, "dashboards/cohorts_page.html", context)
