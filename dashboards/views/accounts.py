"""Accounts: the list, and the page of one."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from core import clock
from core.asof import as_of
from core.reach import reach_of
from dashboards import pictures
from dashboards.filters import AccountFilter
from dashboards.queries import account as query
from dashboards.queries import accounts as listing
from dashboards.queries import machines, timeline
from health.queries import tiers_of
from installed_base.models import Account
from installed_base.models.accounts import Segment
from playbooks.forms import assignable
from playbooks.views import writable_accounts

COUNTED_UP_TO = 10_000


@login_required
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    on, user = as_of(request), request.user
    rows = AccountFilter(request.GET, queryset=listing.accounts(user), request=request).qs
    sees_prices = reach_of(user).sees_prices
    sort = _sort(request.GET.get("sort", ""), sees_prices)
    page = listing.lines(rows, user, on, sort=sort, cursor=request.GET.get("cursor", ""), past=on < clock.today())
    context = {
        "page": page,
        "count": rows.order_by()[: COUNTED_UP_TO + 1].count(),
        "counted_up_to": COUNTED_UP_TO,
        "on": on,
        "today": clock.today(),
        "sort": sort,
        "owners": assignable(user),
        "segments": Segment.choices,
        "countries": listing.countries(user),
        "sees_prices": sees_prices,
        "filtered": any(request.GET.get(key) for key in ("q", "segment", "owner", "country")),
    }
    return render(request, "dashboards/accounts_list.html", context)


def _sort(asked: str, sees_prices: bool) -> str:
    """Whoever does not see prices cannot sort by them either."""
    if asked not in listing.ORDERS or (asked.endswith("value") and not sees_prices):
        return "name"
    return asked


@login_required
@require_GET
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Who are they, what do they have, how are they, what now? A merged account shows its survivor."""
    user, on = request.user, clock.today()
    found = get_object_or_404(Account.objects.visible_to(user).select_related("owner", "group"), pk=pk)
    if found.merged_into_id:
        return redirect("dashboards:account", pk=found.merged_into_id)
    return render(request, "dashboards/account_detail.html", _account_context(request, found, user, on))


def _account_context(request: HttpRequest, found: Account, user: Any, on: Any) -> dict[str, Any]:
    sees_prices = reach_of(user).sees_prices
    owned = machines.dressed(query.machines(found, user, on), on)
    terms, people = query.terms(found, user, on), query.people(found, user)
    revenue = query.revenue(found, user, on) if sees_prices else None
    renewals = list(query.renewals(found, user)) if sees_prices else []
    deals = list(query.deals(found, user)) if sees_prices else []
    running = [term for term in terms if term.running]
    values = [term.annual_value_reporting for term in running if term.annual_value_reporting is not None]
    return {
        "account": found,
        "on": on,
        "tier": tiers_of([found.pk], on)[found.pk],
        "places": query.by_site(owned[: query.MOST_MACHINES]),
        "machine_count": len(owned),
        "most_machines": query.MOST_MACHINES,
        "uncovered": [machine for machine in owned if not machine.cover],
        "terms": terms,
        "running": running,
        "contracted": sum(values) if values or not running else None,
        "contract_picture": pictures.contracts(terms, on, sees_prices),
        "revenue": revenue,
        "revenue_picture": pictures.revenue(revenue, on) if revenue else None,
        "people": people,
        "gone": [person for person in people if person.left_on],
        "voices": query.voices(people),
        "tasks": query.tasks(found, user, on),
        "plays": query.plays(found, user),
        "deals": deals,
        "renewals": renewals,
        "signals": query.signals(found, user, on) if sees_prices else {},
        "plants": query.plants(found, user),
        "timeline": timeline.of_account(found.pk, user, on),
        "sees_prices": sees_prices,
        "names": reach_of(user),
        "may_note": writable_accounts(user).filter(pk=found.pk).exists(),
    }


@login_required
@require_GET
def account_timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """Older entries: more of the timeline, or a page of it."""
    found = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    events = timeline.of_account(found.pk, request.user, clock.today(), before=request.GET.get("after", ""))
    return render(request, "dashboards/account_timeline.html", {"account": found, "timeline": events})
