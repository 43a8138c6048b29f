"""Machines: the list, and the page of one."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock
from core.asking import PersonRequest
from core.asof import as_of
from core.menus import Menu, menu
from core.paging import Page, page_of
from core.reach import reach_of
from dashboards import dressing, pictures, said, words
from dashboards.filters import AGES, ATTENTION, COVERAGE, MachineFilter
from dashboards.queries import asset as one
from dashboards.queries import machines as query
from dashboards.queries import timeline, upkeep
from dashboards.queries.choices import choices
from dashboards.queries.options import options as options_of
from dashboards.starts import panel
from installed_base.attention import weighed_by
from installed_base.metrics.proof import last_signs
from installed_base.models import Asset
from sales.queries import delivery as deliveries
from sales.views import delivery_rows

# A list is for finding; how many there are in all is a metric (architecture.md, decision 12).
COUNTED_UP_TO = 1_000
FILTERS = ("q", "line", "age", "covered", "attention", "country", "account", "dealer", "owner")


@login_required
@require_GET
def machines(request: PersonRequest) -> HttpResponse:
    on, user = as_of(request), request.user
    rows = MachineFilter(request.GET, queryset=query.machines(user, on), request=request, on=on).qs
    sort = request.GET.get("sort", query.DEFAULT_ORDER)
    sort = sort if sort in query.ORDERS else query.DEFAULT_ORDER
    count = rows.order_by()[: COUNTED_UP_TO + 1].count()
    listed = rows.filter(installed_on__isnull=False) if sort.endswith("age") else rows
    page = page_of(query.listed(listed, on), query.ORDERS[sort], cursor=request.GET.get("cursor", ""))
    if on < clock.today():
        query.listed_then(page.rows, on)
    context = {
        "page": page,
        "machines": dressing.machine_rows(page.rows, query.covers([row["pk"] for row in page.rows], on), on),
        "standfirst": words.count_of_machines(count, COUNTED_UP_TO),
        "unknown_url": "?age=unknown",
        "on": on,
        "today": clock.today(),
        "sort": sort,
        "menus": _menus(request),
        "filtered": any(request.GET.get(key) for key in FILTERS),
    }
    return render(request, "dashboards/machines_list.html", context)


def _menus(request: PersonRequest) -> list[Menu]:
    offered = choices(request.user, lines=True)
    return [
        menu(request, "line", _("Line"), offered["line"], _("all")),
        menu(request, "age", _("Age"), AGES, _("all")),
        menu(request, "covered", _("Contract"), COVERAGE, _("all")),
        menu(request, "attention", _("Attention"), ATTENTION, _("all")),
        menu(request, "country", _("Country"), offered["country"], _("all")),
        menu(request, "owner", _("Owner"), offered["owner"], _("everyone")),
    ]


@login_required
@require_GET
def asset(request: PersonRequest, pk: int) -> HttpResponse:
    """One machine: what it is, where, how old, covered until when, what happened to it, what is seen in it."""
    user, on = request.user, clock.today()
    told = {
        "ran": upkeep.hours_by_month(user, on),
        "told": panel.told(),
        "was_ordered": deliveries.any_of(),
        "may_fit": Exists(Asset.objects.changeable_by(user).filter(pk=OuterRef("pk"))),
        **last_signs(on),
        **weighed_by(on),
    }
    found: Any = get_object_or_404(one.machines(user).annotate(**told), pk=pk)
    lines = one.coverage_history(found, on)
    query.dress_one(found, one.cover_of(lines, on), on)
    dressing.machines([found])
    reach = reach_of(user)
    events = timeline.of_asset(found, user, on, before=request.GET.get("after", ""))
    context: dict[str, Any] = {
        "asset": found,
        "on": on,
        "trail": _trail(found),
        "standfirst": words.machine_standfirst(found),
        "life_title": words.life_title(found.life),
        "cover_title": words.cover_title(found.cover),
        "installed": words.known_date(found.installed_on, found.installed_precision),
        "picture": pictures.life(found.life, width=560),
        "dates": _dates(found),
        "lines": lines,
        "moves": one.moves(found),
        "parts": found.fitted,
        "signals": dressing.signals(one.signals(found, user), user) if reach.sees_prices else [],
        "deals": one.deals(found, user) if reach.sees_prices else [],
        **_options(found, on),
        "timeline": Page(dressing.timeline(events.rows, user), older=events.older),
        "sees_prices": reach.sees_prices,
        **_service(found, user, on),
        **panel.of_machine(found, user, on),
        **_delivery(found, user, on),
    }
    return render(request, "dashboards/asset_detail.html", context)


def _delivery(found: Any, user: Any, on: Any) -> dict[str, Any]:
    """How it comes, or came, where it was ordered here."""
    shown = delivery_rows.of_asset(found.pk, user, on) if found.was_ordered else None
    coming = shown is not None and found.installed_on is None
    return {"delivery": shown, "coming": coming} | ({"standfirst": words.ordered_standfirst(found)} if coming else {})


def _options(found: Any, on: Any) -> dict[str, Any]:
    """Options, and whether the reader may say what is fitted."""
    offered = options_of(found, on)
    lacking = sum(1 for option in offered if option.get("standard"))
    return {"options": offered, "options_title": words.options_title(lacking), "may_fit": found.may_fit}


def _service(found: Asset, user: Any, on: Any) -> dict[str, Any]:
    """Tickets, visits, downtime, hours and the last proof of life."""
    hours, tickets = upkeep.run_hours(found), upkeep.tickets(found, user, on)
    years = upkeep.downtime(tickets)
    return {
        "tickets": tickets[: upkeep.MOST_SHOWN],
        "visits": upkeep.visits(found, user, on),
        "downtime": years,
        "downtime_title": said.downtime_title(years, on),
        "usage_title": said.usage_title(hours),
        "usage_picture": pictures.run_hours(hours, on),
        "proof": said.proof(upkeep.last_sign(found)),
    }


def _trail(found: Asset) -> list[tuple[str, str]]:
    account = reverse("dashboards:account", args=[found.account_id])
    return [(reverse("dashboards:machines"), _("Machines")), (account, str(found.account))]


def _dates(found: Asset) -> list[tuple[str, Any]]:
    """The days of its delivery that are known."""
    days = (
        (_("Ordered"), found.ordered_on),
        (_("Promised for"), found.promised_on),
        (_("Delivered"), found.delivered_on),
        (_("Went live"), found.went_live_on),
        (_("On specification"), found.on_specification_on),
    )
    return [(name, day) for name, day in days if day]
