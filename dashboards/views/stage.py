"""A page per stage of the bowtie."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock, opening
from core.asof import as_of
from core.calendar import add_months
from core.doors import opens
from dashboards.bowtie import sections
from dashboards.bowtie.places import BY_SLUG, PAGES, StagePage, lists_of
from dashboards.bowtie.reading import Reading
from dashboards.bowtie.stage_page import TILES, breakdown, questions, read_stage, retention_sentence, standfirst, tiles
from dashboards.leaks.section import leak_map
from dashboards.views.asking import carried, filters_of, menus


@login_required
@require_GET
def stage(request: HttpRequest, slug: str) -> HttpResponse:
    """As of any day, compared with a year before, narrowed as the bowtie is."""
    if slug not in BY_SLUG:
        raise Http404(_("There is no stage of that name."))
    page, on = BY_SLUG[slug], as_of(request)
    reading = read_stage(
        page,
        on=on,
        compared_on=add_months(on, -12),
        actor=request.user,
        filters=filters_of(request),
        currency=opening.ours().reporting_currency,
        query=carried(request),
    )
    return render(request, "dashboards/stage_page.html", _context(request, page, reading))


def _context(request: HttpRequest, page: StagePage, reading: Reading) -> dict[str, Any]:
    shown = tiles(page, reading)
    return {
        "page": page,
        "on": reading.on,
        "today": clock.today(),
        "reading": reading,
        "menus": menus(request),
        "tabs": tabs(page.slug, reading.query, request.user),
        "standfirst": standfirst(page, reading),
        "tiles": shown[:TILES],
        "more": shown[TILES:],
        "cuts": [] if reading.is_waiting else breakdown(page, reading, request.user),
        "lists": lists_of(page, request.user),
        "questions": questions(page, reading),
        **_of_revenue(page, reading),
        "leaks": leak_map(reading, request.user, page.places) if page.places else None,
    }


def _of_revenue(page: StagePage, reading: Reading) -> dict[str, Any]:
    if page.slug != "expansion":
        return {}
    return {
        "retention": retention_sentence(reading),
        "bridge": sections.bridge(reading),
        "cohort": reading.now["nrr_bridge"],
        "contracts_title": sections.contracts_title(reading),
        "contracts": sections.contract_figures(reading),
        "ages": sections.ages(reading) if reading.now["assets_in_service"].count else "",
        "base_title": sections.base_title(reading),
    }


def tabs(current: str, query: Any, user: Any) -> list[dict[str, Any]]:
    """The bowtie, its five stages, people and teams, and its reviews, on the same day and narrowed the same way."""
    asked = f"?{urlencode(query)}" if query else ""
    pages = [(reverse("dashboards:bowtie"), _("The bowtie"), "")]
    pages += [(page.url, f"{page.number} {page.name}", page.slug) for page in PAGES]
    found = [
        {"url": f"{url}{asked}", "label": label, "count": "", "current": slug == current} for url, label, slug in pages
    ]
    others = (
        ("performance", "dashboards:performance", _("People and teams")),
        ("reviews", "dashboards:reviews", _("Reviews")),
    )
    found += [
        {"url": reverse(name), "label": label, "count": "", "current": current == key}
        for key, name, label in others
        if opens(name, user)
    ]
    return found
