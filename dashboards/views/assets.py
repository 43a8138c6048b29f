"""Machines: the list, and the page of one."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from core import clock
from core.asof import as_of
from core.paging import page_of
from core.reach import reach_of
from dashboards.filters import MachineFilter
from dashboards.queries import asset as one
from dashboards.queries import machines as query
from dashboards.queries import timeline
from dashboards.queries.accounts import countries
from installed_base.models import Asset, ProductLine
from playbooks.forms import assignable

COUNTED_UP_TO = 10_000
FILTERS = ("q", "line", "age", "covered", "country", "account", "owner")


@login_required
@require_GET
def machines(request: HttpRequest) -> HttpResponse:
    on, user = as_of(request), request.user
    rows = MachineFilter(request.GET, queryset=query.machines(user, on), request=request, on=on).qs
    sort = request.GET.get("sort", query.DEFAULT_ORDER)
    sort = sort if sort in query.ORDERS else query.DEFAULT_ORDER
    count = rows.order_by()[: COUNTED_UP_TO + 1].count()
    listed = rows.filter(installed_on__isnull=False) if sort.endswith("age") else rows
    page = page_of(listed, query.ORDERS[sort], cursor=request.GET.get("cursor", ""))
    past = on < clock.today()
    context = {
        "page": page,
        "machines": query.dressed(query.placed_then(page.rows, on) if past else page.rows, on),
        "count": count,
        "counted_up_to": COUNTED_UP_TO,
        "on": on,
        "today": clock.today(),
        "sort": sort,
        "lines": ProductLine.objects.order_by("name"),
        "owners": assignable(user),
        "countries": countries(user),
        "filtered": any(request.GET.get(key) for key in FILTERS),
    }
    return render(request, "dashboards/machines_list.html", context)


@login_required
@require_GET
def asset(request: HttpRequest, pk: int) -> HttpResponse:
    """One machine: what it is, where it stands, how old, covered until when, what happened to it, what is seen in it."""
    user, on = request.user, clock.today()
    rows = Asset.objects.visible_to(user).select_related(
        "product__family", "product__line", "site", "account__owner", "parent__product", "dealer", "technician"
    )
    found = get_object_or_404(rows, pk=pk)
    query.dressed([found], on)
    reach = reach_of(user)
    context: dict[str, Any] = {
        "asset": found,
        "on": on,
        "lines": one.coverage_history(found),
        "moves": one.moves(found),
        "parts": one.parts(found, user),
        "signals": one.signals(found, user) if reach.sees_prices else [],
        "deals": one.deals(found, user) if reach.sees_prices else [],
        "options": one.upgrade_options(found),
        "timeline": timeline.of_asset(found, user, on, before=request.GET.get("after", "")),
        "sees_prices": reach.sees_prices,
    }
    return render(request, "dashboards/asset_detail.html", context)
