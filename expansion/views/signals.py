"""Signals that wait for a decision: a line per account that tells them as one story, and what is behind it."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from core import clock, display
from core.asking import PersonRequest
from core.asof import as_of
from core.context import find_url
from core.menus import Menu, menu
from core.paging import page_of
from core.reach import reach_of
from expansion import words
from expansion.chances import FAMILY_OF, Family
from expansion.filters import SignalFilter
from expansion.models import DropReason, Signal, SignalKind
from expansion.queries import signals as query
from expansion.tabs import tabs
from installed_base.models import Account, AccountEvent, ProductLine
from playbooks.forms import assignable

FAMILIES = {
    Family.AGE: (gettext_lazy("Age"), gettext_lazy("machines grow old")),
    Family.CONTRACT: (gettext_lazy("Contract"), gettext_lazy("none, ending, low")),
    Family.USAGE: (gettext_lazy("Usage"), gettext_lazy("above its capacity")),
    Family.PARTS: (gettext_lazy("Parts"), gettext_lazy("silent, or fewer")),
    Family.TROUBLE: (gettext_lazy("Trouble"), gettext_lazy("again, or for long")),
    Family.NEWS: (gettext_lazy("News"), gettext_lazy("heard or seen")),
}
FILTERS = ("family", "kind", "owner", "country", "line", "account", "q")


def _view(request: PersonRequest, on: date) -> tuple[QuerySet[Signal], bool]:
    """The signals of this request with its filters, and whether it asks for those that were put off."""
    snoozed = "snoozed" in request.GET
    past = on < clock.today()
    rows = query.snoozed_signals(request.user, on) if snoozed else query.waiting_signals(request.user, on, past=past)
    return SignalFilter(request.GET, queryset=rows, request=request).qs, snoozed


@login_required
@require_GET
def signals(request: PersonRequest) -> HttpResponse:
    on = as_of(request)
    rows, snoozed = _view(request, on)
    sort = request.GET.get("sort", "value")
    sort = sort if sort in query.ORDERS else "value"
    page = query.lines_by_account(rows, request.user, sort=sort, cursor=request.GET.get("cursor", ""))
    totals, sees_prices = query.totals(rows), reach_of(request.user).sees_prices
    for line in page.rows:
        line.place = ", ".join(filter(None, (line.account.city, line.account.country)))
        line.url = _machines_url(request, line.account.pk)
    context = {
        "page": page,
        "standfirst": _standfirst(totals, sees_prices, snoozed),
        "tiles": _tiles(request, totals),
        "on": on,
        "today": clock.today(),
        "sort": sort,
        "snoozed": snoozed,
        "menus": _menus(request),
        "tabs": tabs(request, "signals"),
        "unknown_url": f"{find_url('dashboards:machines')}?age=unknown",
        "changeable": _changeable(request, [line.account.pk for line in page.rows], on),
        "sees_prices": sees_prices,
        "may_hear": on == clock.today() and reach_of(request.user).works,
        "filtered": any(request.GET.get(key) for key in FILTERS),
    }
    return render(request, "expansion/signals_list.html", context)


def _machines_url(request: PersonRequest, account: int) -> str:
    """The machines behind a line, under the same filters."""
    kept = request.GET.copy()
    for gone in ("cursor", "sort"):
        kept.pop(gone, None)
    url = reverse("expansion:account_signals", args=[account])
    return f"{url}?{kept.urlencode()}" if kept else url


def _standfirst(totals: query.Totals, sees_prices: bool, snoozed: bool, *, one: bool = False) -> SafeString:
    """How many wait, at how many accounts unless it is one, and what they may be worth."""
    if not totals.signals:
        return format_html("{}", _("Nothing waits for a decision."))
    count, accounts = display.number(totals.signals), display.number(totals.accounts)
    words = _("{count} signals at {accounts} accounts were put off.") if snoozed else ngettext(
        "{count} signal at {accounts} account waits for a decision.",
        "{count} signals at {accounts} accounts wait for a decision.",
        totals.signals,
    )  # fmt: skip
    if one and not snoozed:
        words = ngettext(
            "{count} signal waits for a decision.", "{count} signals wait for a decision.", totals.signals
        )  # fmt: skip
    sentence = format_html(words, count=count, accounts=accounts)
    if not (sees_prices and totals.value):
        return sentence
    return format_html(
        "{} {}", sentence, format_html(_("Together perhaps <b>{}</b>."), display.money_short(totals.value))
    )


def _tiles(request: PersonRequest, totals: query.Totals) -> list[dict[str, Any]]:
    """One bucket per family; each is the filter to itself."""
    chosen = request.GET.get("family", "")
    tiles = []
    for family, (name, span) in FAMILIES.items():
        asked = request.GET.copy()
        for gone in ("cursor", "family"):
            asked.pop(gone, None)
        if chosen != family:
            asked["family"] = family.value
        count = sum(n for kind, n in totals.kinds.items() if FAMILY_OF[kind] is family)
        tiles.append(
            {
                "name": name,
                "span": span,
                "count": count,
                "noun": ngettext("signal", "signals", count),
                "url": f"?{asked.urlencode()}",
                "current": chosen == family,
                "parts": {"done": count, "lost": totals.signals - count},
            }
        )
    return tiles


def _menus(request: PersonRequest) -> list[Menu]:
    owners = [(owner.pk, owner.name) for owner in assignable(request.user)]
    lines = [(line.pk, line.name) for line in ProductLine.objects.order_by("name")]
    accounts = Account.objects.visible_to(request.user).exclude(country="").order_by("country")
    countries = [(country, country) for country in accounts.values_list("country", flat=True).distinct()[:80]]
    return [
        menu(request, "kind", _("Kind"), SignalKind.choices, _("all")),
        menu(request, "owner", _("Owner"), owners, _("everyone")),
        menu(request, "country", _("Country"), countries, _("all")),
        menu(request, "line", _("Line"), lines, _("all")),
    ]


def _changeable(request: PersonRequest, accounts: list[int], on: date) -> set[int]:
    """Accounts of this page whose signals the reader may decide; none on a past day."""
    if on < clock.today():
        return set()
    return set(Account.objects.changeable_by(request.user).filter(pk__in=accounts).values_list("pk", flat=True))


@login_required
@require_GET
def account_signals(request: PersonRequest, pk: int) -> HttpResponse:
    """The machines behind one line; alone as a page, or as rows under the line."""
    on = as_of(request)
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    rows, snoozed = _view(request, on)
    found = query.with_machines(rows.filter(account=account))
    page = page_of(found, ("due_on", "pk"), cursor=request.GET.get("cursor", ""), size=100)
    reach = reach_of(request.user)
    _dress(page.rows, request)
    context = {
        "account": account,
        "page": page,
        "trail": [(reverse("expansion:signals"), _("Signals"))],
        "standfirst": _standfirst(query.totals(found), reach.sees_prices, snoozed, one=True),
        "on": on,
        "today": clock.today(),
        "snoozed": snoozed,
        "may_decide": account.pk in _changeable(request, [account.pk], on),
        "may_hear": on == clock.today() and reach.works,
        "sees_prices": reach.sees_prices,
    }
    return render(request, "expansion/signals_account.html", context)


def _reasons(accounts: set[int], request: PersonRequest) -> dict[int, DropReason]:
    """Why these customers buy fewer parts, by the last check-in that ended with a reason."""
    if not accounts:
        return {}
    rows = DropReason.objects.visible_to(request.user).filter(account__in=accounts)
    return {row.account_id: row for row in rows.order_by("account_id", "-on", "-pk").distinct("account_id")}


def _dress(rows: list[Any], request: PersonRequest) -> None:
    """Give each signal its reason in words, where its estimate comes from, and the words of its event."""
    reach = reach_of(request.user)
    heard = [row.seen["id"] for row in rows if row.kind == SignalKind.ACCOUNT_EVENT and "id" in row.seen]
    events = AccountEvent.objects.visible_to(request.user).in_bulk(heard)
    told = _reasons({row.account_id for row in rows if FAMILY_OF[row.kind] is Family.PARTS}, request)
    for row in rows:
        row.told = told.get(row.account_id) if FAMILY_OF[row.kind] is Family.PARTS else None
        row.why = words.reason(row, names=reach.sees_names, prices=reach.sees_prices)
        row.worth_words = words.worth_in_words(row)
        row.event = events.get(row.seen.get("id"))
