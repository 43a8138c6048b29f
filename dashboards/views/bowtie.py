"""The bowtie: five stages in one picture, and the evidence under it."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock, opening
from core.asof import as_of
from core.calendar import add_months
from core.charts.bowtie import draw_bowtie
from dashboards.bowtie import sections
from dashboards.bowtie.picture import picture
from dashboards.bowtie.reading import Reading, read
from dashboards.bowtie.stages import NAMES, stages
from dashboards.leaks.section import leak_map
from dashboards.views.asking import carried, filters_of, menus
from dashboards.views.stage import tabs

AGAINST = "against"


@login_required
@require_GET
def bowtie(request: HttpRequest) -> HttpResponse:
    """The whole page as of any day, compared with a year before unless `against=nothing`."""
    on = as_of(request)
    ours = opening.ours()
    reading = read(
        on=on,
        compared_on=_compared(request, on),
        actor=request.user,
        filters=filters_of(request),
        currency=ours.reporting_currency,
        query=carried(request),
    )
    return render(request, "dashboards/bowtie_page.html", _context(request, reading))


def _compared(request: HttpRequest, on: date) -> date | None:
    return None if request.GET.get(AGAINST) == "nothing" else add_months(on, -12)


def _context(request: HttpRequest, reading: Reading) -> dict[str, Any]:
    shared = {
        "on": reading.on,
        "today": clock.today(),
        "reading": reading,
        "menus": menus(request),
        "against": _against(request, reading),
        "narrowed": bool(reading.query.keys() - {"as_of"}),
    }
    if reading.is_empty or reading.is_waiting:
        return shared
    return (
        shared
        | _evidence(reading)
        | {"leaks": leak_map(reading, request.user), "tabs": tabs("", reading.query, request.user)}
    )


def _evidence(reading: Reading) -> dict[str, Any]:
    drawn = picture(reading, tuple(str(name) for name in NAMES))
    return {
        "standfirst": sections.standfirst(reading),
        "stages": stages(reading, drawn),
        "picture": draw_bowtie(drawn),
        "bridge": sections.bridge(reading),
        "customers": sections.customer_lines(reading),
        "contracts_title": sections.contracts_title(reading),
        "contracts": sections.contract_figures(reading),
        "base_title": sections.base_title(reading),
        "base": sections.base_lines(reading),
        "ages": sections.ages(reading),
        "cohort": reading.now["nrr_bridge"],
        "cohort_words": reading.now["net_revenue_retention"].reason,
    }


def _against(request: HttpRequest, reading: Reading) -> dict[str, Any]:
    year, nothing = request.GET.copy(), request.GET.copy()
    year.pop(AGAINST, None)
    nothing[AGAINST] = "nothing"
    compared = reading.compared_on is not None
    return {
        "value": _("a year ago") if compared else _("nothing"),
        "options": [
            {"url": f"?{year.urlencode()}", "label": _("a year ago"), "current": compared},
            {"url": f"?{nothing.urlencode()}", "label": _("nothing"), "current": not compared},
        ],
    }
