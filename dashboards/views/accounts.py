"""Accounts: the list, and the page of one."""

from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock
from core.asking import PersonRequest
from core.asof import as_of
from core.context import find_url
from core.menus import Menu, menu
from core.models import Role
from core.paging import Page
from core.reach import HIDES_NAMES, Level, Reach, reach_of
from dashboards import dressing, pictures, said, words
from dashboards.filters import AccountFilter
from dashboards.health import panel
from dashboards.qbr import panels
from dashboards.queries import account as query
from dashboards.queries import accounts as listing
from dashboards.queries import machines, starts, then, timeline
from dashboards.queries.choices import choices
from dashboards.starts import cards as start_cards
from dashboards.starts import panel as start_panel
from dashboards.tabs import account_tabs
from dashboards.words import receipt_of
from expansion.queries.signals import kinds_in_words
from expansion.words import reason
from health.queries import tiers_of
from health.queries.group import group_health
from health.tabs import customer_tabs
from health.words.group import group_view
from installed_base.models import Account
from installed_base.models.accounts import Segment
from playbooks.queries import writable_accounts
from sales.queries import delivery as deliveries
from sales.queries.dealer import deals_for_us
from sales.views import delivery_rows

# Names are hidden from those who read figures; addresses are for those who work with the customer (trust.md 5.2).
NAMES_ADDRESSES = {Role.CS_MANAGER, Role.SALES, Role.TEAM_LEAD, Role.ADMINISTRATOR, Role.TECHNICIAN}
# A list is for finding; how many there are in all is a metric (architecture.md, decision 12).
COUNTED_UP_TO = 1_000


@login_required
@require_GET
def accounts(request: PersonRequest) -> HttpResponse:
    on, user = as_of(request), request.user
    rows = AccountFilter(request.GET, queryset=listing.accounts(user), request=request).qs
    sees_prices = reach_of(user).sees_prices
    sort = _sort(request.GET.get("sort", ""), sees_prices)
    page = listing.lines(rows, user, on, sort=sort, cursor=request.GET.get("cursor", ""), past=on < clock.today())
    for line in page.rows:
        line.place = ", ".join(filter(None, (line.account.city, line.account.country)))
    count = rows.order_by()[: COUNTED_UP_TO + 1].count()
    context = {
        "page": page,
        "standfirst": words.count_of_accounts(count, COUNTED_UP_TO),
        "on": on,
        "today": clock.today(),
        "sort": sort,
        "menus": _menus(request),
        "tabs": customer_tabs(user, "list"),
        "sees_prices": sees_prices,
        "filtered": any(request.GET.get(key) for key in ("q", "segment", "owner", "country")),
    }
    return render(request, "dashboards/accounts_list.html", context)


def _menus(request: PersonRequest) -> list[Menu]:
    offered = choices(request.user)
    return [
        menu(request, "owner", _("Owner"), offered["owner"], _("everyone")),
        menu(request, "segment", _("Segment"), Segment.choices, _("all")),
        menu(request, "country", _("Country"), offered["country"], _("all")),
    ]


def _sort(asked: str, sees_prices: bool) -> str:
    """Whoever does not see prices cannot sort by them either."""
    if asked not in listing.ORDERS or (asked.endswith("value") and not sees_prices):
        return "name"
    return asked


@login_required
@require_GET
def account(request: PersonRequest, pk: int) -> HttpResponse:
    """Who are they, what do they have, how are they, what now? A merged account shows its survivor.

    A past day shows what stood then, without what is to be done: that is work of today.
    """
    user, on = request.user, as_of(request)
    rows = Account.objects.visible_to(user).select_related("owner", "group")
    writable = Exists(writable_accounts(user).filter(pk=OuterRef("pk")))
    rows = rows.annotate(
        last_contact_on=query.last_contact(user, on),
        may_note=writable,
        qbr_rows=panels.latest(),
        heads_group=query.heads_a_group(),
        starting=starts.any_of(on),
        promised=start_panel.promised(),
        coming=deliveries.any_at(),
        deals_for_us=deals_for_us(user),
    )
    found: Any = get_object_or_404(rows, pk=pk)
    if found.merged_into_id:
        return redirect(survivor_page("dashboards:account", found, request))
    past = on < clock.today()
    context = _account_context(then.account(found, on) if past else found, user, on, past)
    context["standfirst"] = words.account_standfirst(context)
    return render(request, "dashboards/account_detail.html", context)


def survivor_page(name: str, merged: Account, request: PersonRequest) -> str:
    """The same page of the account into which it was merged, on the day that was asked for."""
    asked = request.GET.urlencode()
    return reverse(name, args=[merged.merged_into_id]) + (f"?{asked}" if asked else "")


def _account_context(found: Any, user: Any, on: Any, past: bool) -> dict[str, Any]:
    reach = reach_of(user)
    here = then.machines(found, user, on) if past else query.machines(found, user, on)
    owned = dressing.machines(machines.dressed(here, on))
    events = timeline.of_account(found.pk, user, on)
    return {
        "account": found,
        "on": on,
        "today": clock.today(),
        "past": past,
        "is_dealer": found.deals_for_us and reach.level is not Level.ASSIGNED and not past,
        **_health(found, user, on, past),
        "trail": _trail(found),
        "sees_prices": reach.sees_prices,
        "may_note": found.may_note and not past,
        "may_log": found.may_note and reach.level is not Level.ASSIGNED and not past,
        **_group(found, user, on, reach),
        "timeline": Page(dressing.timeline(events.rows, user), older=events.older),
        "last_contact": found.last_contact_on,
        "receipts": _receipts(found, on, past),
        **_has(found, user, on, owned),
        **_worth(found, user, on, reach.sees_prices, past),
        **_people(found, user, on, past),
        **panels.of_account(found, user, clock.now(), past),
        **_starts(found, user, on, past),
        "deliveries": delivery_rows.of_account(found.pk, user, on) if past or found.coming else [],
        **(_NOTHING_NOW if past else _now(found, user, on, reach.sees_prices)),
    }


# Of a past day there is nothing to do.
_NOTHING_NOW: dict[str, Any] = {"renewals": [], "signals": 0}


def _receipts(found: Account, on: Any, past: bool) -> dict[str, str]:
    asked = {"account": found.pk} | ({"as_of": on.isoformat()} if past else {})
    return {key: receipt_of(key, **asked) for key in ("assets_in_service", "contracted_value")}


def _health(found: Account, user: Any, on: Any, past: bool) -> dict[str, Any]:
    """The panel for those who work with customers or read figures; the tier alone for the others."""
    if reach_of(user).level is Level.ASSIGNED:
        return {"tier": tiers_of([found.pk], on)[found.pk].value, "tabs": []}
    view = panel.view(found.pk, user, on)
    return {
        "health": view,
        "tier": view.tier if view else "unknown",
        "tabs": account_tabs(found, user, "overview", on if past else None),
    }


def _group(found: Any, user: Any, on: Any, reach: Reach) -> dict[str, Any]:
    """The other accounts of its group; for a parent, how the group stands."""
    plants = list(query.plants(found, user)) if found.group_id or found.heads_group else []
    rolled = group_health(found.pk, user, on) if plants and reach.level is not Level.ASSIGNED else None
    return {"plants": plants, "group": rolled and group_view(rolled, sees_prices=reach.sees_prices)}


def _trail(found: Account) -> list[tuple[str, str]]:
    trail = [(reverse("dashboards:accounts"), _("Accounts"))]
    if found.group:
        trail.append((reverse("dashboards:account", args=[found.group_id]), found.group.name))
    return [*trail, ("", found.country)] if found.country else trail


def _starts(found: Any, user: Any, on: Any, past: bool) -> dict[str, Any]:
    """Machines that just started, and the promises that are open. A past day asks anew: machines may have moved."""
    if reach_of(user).level is Level.ASSIGNED:
        return {}
    started = starts.of_account(found.pk, user, on) if past or found.starting else []
    promises = start_panel.of_account(found, user, on) if found.promised else {"account_promises": []}
    return {"starts": start_cards.cards(started, user, on), **promises}


def _has(found: Account, user: Any, on: Any, owned: list[Any]) -> dict[str, Any]:
    """Machines by site."""
    bare = sum(1 for machine in owned if not machine.cover)
    return {
        "places": query.by_site(owned[: query.MOST_MACHINES]),
        "machine_count": len(owned),
        "most_machines": query.MOST_MACHINES,
        "uncovered": bare,
        "machines_title": words.machines_title(len(owned), bare),
        "since": str(min((m.installed_on.year for m in owned if m.installed_on), default="")),
    }


def _worth(found: Account, user: Any, on: Any, sees_prices: bool, past: bool) -> dict[str, Any]:
    """Contracts, and revenue for those who see prices."""
    terms: list[Any] = query.terms(found, user, on)
    terms = then.terms(terms, on) if past else terms
    running = [term for term in terms if term.running]
    values = [term.annual_value_reporting for term in running if term.annual_value_reporting is not None]
    revenue = query.revenue(found, user, on) if sees_prices else None
    return {
        "terms": terms,
        "contracted": sum(values, Decimal(0)) if values or not running else None,
        "contracts_title": words.contracts_title(len(running)),
        "contract_picture": pictures.contracts(terms, on, sees_prices),
        "revenue": revenue,
        "revenue_title": words.revenue_title(revenue) if revenue else "",
        "revenue_picture": pictures.revenue(revenue, on) if revenue else None,
    }


def _people(found: Account, user: Any, on: Any, past: bool) -> dict[str, Any]:
    people = query.people(found, user, on)
    people = then.people(people, found, on) if past else people
    mine = user.role in NAMES_ADDRESSES
    dressing.people(people, named=user.role not in HIDES_NAMES, reachable=mine)
    voices = query.voices(people, on)
    said.whom(people)
    return {
        "people": people,
        "gone": [person for person in people if person.left_on],
        "voices": voices,
        "people_title": words.people_title(voices),
    }


def _now(found: Account, user: Any, on: Any, sees_prices: bool) -> dict[str, Any]:
    """What is open: tasks for everybody, renewals, deals and signals for those who work with them."""
    tasks = list(query.tasks(found, user, on))
    plays: list[Any] = list(query.plays(found, user))
    words.dress(tasks, on, {})
    dressing.titles(tasks, user)
    for play in plays:
        play.name = words.playbook_name(play.playbook)
    renewals: list[Any] = list(query.renewals(found, user)) if sees_prices else []
    for renewal in renewals:
        renewal.url = find_url("renewals:renewal", renewal.pk)
    story, first = query.signals(found, user, on) if sees_prices else (None, [])
    return {
        "tasks": tasks,
        "may_do": set(query.changeable_tasks(tasks, user)),
        "plays": plays,
        "renewals": renewals,
        "renewal_url": renewals[0].url if renewals else "",
        "deals": list(query.deals(found, user)) if sees_prices else [],
        "signals": story.signals if story else 0,
        "signal_words": kinds_in_words(story.kinds) if story else "",
        "signal_value": story.value if story else None,
        "signal_reasons": [reason(signal, names=reach_of(user).sees_names) for signal in first],
        "may_hear": sees_prices and reach_of(user).works,
    }


@login_required
@require_GET
def account_timeline(request: PersonRequest, pk: int) -> HttpResponse:
    """Older entries of the timeline."""
    found = get_object_or_404(Account.objects.visible_to(request.user).select_related("group"), pk=pk)
    on = as_of(request)
    events = timeline.of_account(found.pk, request.user, on, before=request.GET.get("after", ""))
    shown = dressing.timeline(events.rows, request.user)
    context = {"account": found, "on": on, "trail": _trail(found), "timeline": Page(shown, older=events.older)}
    return render(request, "dashboards/account_timeline.html", context)
