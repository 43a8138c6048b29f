"""Signals that wait for a decision: a line per account, its machines, and the decision."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from core import clock, display
from core.asking import PersonRequest
from core.asof import as_of
from core.context import find_url
from core.menus import Menu, menu
from core.models import Owner
from core.paging import page_of
from core.reach import reach_of
from core.returning import back, place_of
from expansion.actions.deciding import DEAL_OF, accept_signals, dismiss_signals, snooze_signals
from expansion.filters import SignalFilter
from expansion.forms import AcceptForm, DismissForm, PutOffForm
from expansion.models import Signal, SignalKind
from expansion.queries import signals as query
from installed_base.models import Account, ProductLine
from playbooks.forms import assignable

MOST_AT_ONCE = 50
SPANS = {
    SignalKind.UPGRADE: gettext_lazy("from 5 years"),
    SignalKind.REPLACEMENT: gettext_lazy("24 months before the end"),
    SignalKind.END_OF_LIFE: gettext_lazy("expected life is over"),
}
BUTTONS = {"accept": gettext_lazy("Accept"), "dismiss": gettext_lazy("Dismiss"), "snooze": gettext_lazy("Snooze")}


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
        "unknown_url": f"{find_url('dashboards:machines')}?age=unknown",
        "changeable": _changeable(request, [line.account.pk for line in page.rows], on),
        "sees_prices": sees_prices,
        "filtered": any(request.GET.get(key) for key in ("kind", "owner", "country", "line", "account", "q")),
    }
    return render(request, "expansion/signals_list.html", context)


def _machines_url(request: PersonRequest, account: int) -> str:
    """The machines behind a line, under the same filters."""
    kept = request.GET.copy()
    for gone in ("cursor", "sort"):
        kept.pop(gone, None)
    url = reverse("expansion:account_signals", args=[account])
    return f"{url}?{kept.urlencode()}" if kept else url


def _standfirst(totals: query.Totals, sees_prices: bool, snoozed: bool) -> SafeString:
    """How many wait, where, and what they may be worth."""
    if not totals.signals:
        return format_html("{}", _("Nothing waits for a decision."))
    count, accounts = display.number(totals.signals), display.number(totals.accounts)
    words = _("{count} signals at {accounts} accounts were put off.") if snoozed else ngettext(
        "{count} signal at {accounts} account waits for a decision.",
        "{count} signals at {accounts} accounts wait for a decision.",
        totals.signals,
    )  # fmt: skip
    sentence = format_html(words, count=count, accounts=accounts)
    if not (sees_prices and totals.value):
        return sentence
    return format_html(
        "{} {}", sentence, format_html(_("Together perhaps <b>{}</b>."), display.money_short(totals.value))
    )


def _tiles(request: PersonRequest, totals: query.Totals) -> list[dict[str, Any]]:
    """One bucket per kind; each is the filter to itself."""
    chosen = request.GET.get("kind", "")
    tiles = []
    for kind in reversed(query.LADDER):
        asked = request.GET.copy()
        for gone in ("cursor", "kind"):
            asked.pop(gone, None)
        if chosen != kind:
            asked["kind"] = kind.value
        count = totals.kinds[kind.value]
        tiles.append(
            {
                "name": kind.label,
                "span": SPANS[kind],
                "count": count,
                "noun": ngettext("signal", "signals", count),
                "url": f"?{asked.urlencode()}",
                "current": chosen == kind,
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
    counted = query.totals(found)
    context = {
        "account": account,
        "page": page,
        "trail": [(reverse("expansion:signals"), _("Signals"))],
        "standfirst": _standfirst(counted, reach_of(request.user).sees_prices, snoozed),
        "on": on,
        "today": clock.today(),
        "snoozed": snoozed,
        "may_decide": account.pk in _changeable(request, [account.pk], on),
        "sees_prices": reach_of(request.user).sees_prices,
    }
    return render(request, "expansion/signals_account.html", context)


@login_required
@require_POST
def decide(request: PersonRequest) -> HttpResponse:
    """First the form about what was chosen, then, with `confirm`, the decision itself."""
    verbs: dict[str, Callable[..., HttpResponse]] = {"accept": _accept, "dismiss": _dismiss, "snooze": _snooze}
    verb = verbs.get(request.POST.get("verb", ""))
    if verb is None:
        raise BadRequest("verb")
    on = clock.today()
    chosen = _chosen(request, on)
    if not chosen.exists():
        messages.error(request, _("Nothing was chosen that you may decide. Choose rows of your own accounts."))
        return back(request, "expansion:signals")
    return verb(request, chosen, on)


def _numbers(values: list[str]) -> list[int]:
    return [int(value) for value in values if value.isdecimal() and len(value) < 19]


def _chosen(request: PersonRequest, on: date) -> QuerySet[Signal]:
    """Signals by number, or all that wait at the chosen accounts under the filters of the list."""
    rows = Signal.objects.changeable_by(request.user).open()
    if request.POST.getlist("signal"):
        return rows.filter(pk__in=_numbers(request.POST.getlist("signal")))
    filters = QueryDict(request.POST.get("filters", ""))
    rows = rows.filter(snoozed_until__gt=on) if "snoozed" in filters else rows.waiting(on)
    rows = SignalFilter(filters, queryset=rows, request=request).qs
    return rows.filter(account_id__in=_numbers(request.POST.getlist("account")))


def _data(request: PersonRequest) -> QueryDict | None:
    return request.POST if "confirm" in request.POST else None


def _form_page(request: PersonRequest, form: Form, chosen: QuerySet[Signal], title: str, verb: str) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "verb": verb,
        "button": BUTTONS[verb],
        "trail": [(reverse("expansion:signals"), _("Signals"))],
        "standfirst": _chosen_words(query.totals(chosen)),
        "lines": query.lines_by_account(chosen, request.user).rows,
        "signal_ids": request.POST.getlist("signal"),
        "account_ids": request.POST.getlist("account"),
        "filters": request.POST.get("filters", ""),
        "next": place_of(request, "expansion:signals"),
        "sees_prices": reach_of(request.user).sees_prices,
    }
    return render(request, "expansion/signals_decide.html", context, status=422 if form.is_bound else 200)


def _chosen_words(totals: query.Totals) -> SafeString:
    words = ngettext(
        "<b>{count} signal</b> at {accounts} account.", "<b>{count} signals</b> at {accounts} accounts.", totals.signals
    )
    return format_html(words, count=display.number(totals.signals), accounts=display.number(totals.accounts))


def _accept(request: PersonRequest, chosen: QuerySet[Signal], on: date) -> HttpResponse:
    lines = query.lines_by_account(chosen, request.user).rows[:MOST_AT_ONCE]
    several = len(lines) > 1
    form = AcceptForm(
        _data(request), user=request.user, on=on, several=several, initial=_proposal(request, lines[0], several)
    )
    if not form.is_valid():
        return _form_page(request, form, chosen, _("Accept into an opportunity"), "accept")
    try:
        deals = [_accept_line(request, form, chosen, line, on) for line in lines]
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return back(request, "expansion:signals")
    messages.success(request, _accepted(deals))
    return back(request, "expansion:signals")


def _accept_line(request: PersonRequest, form: Form, chosen: QuerySet[Signal], line: query.Line, on: date) -> Any:
    values = _proposed(line) | form.cleaned_data
    ids = list(chosen.filter(account_id=line.account.pk).values_list("pk", flat=True))
    return accept_signals(signals=ids, by=request.user, on=on, **values)


def _proposed(line: query.Line) -> dict[str, Any]:
    """Name and kind of the deal that a line proposes."""
    rung = query.proposed_kind(kind for kind, n in line.kinds.items() if n)
    kind = DEAL_OF[SignalKind(rung)]
    machines = ngettext("%(count)d machine", "%(count)d machines", line.signals) % {"count": line.signals}
    return {"kind": kind.value, "name": f"{kind.label}: {line.account}, {machines}"}


def _proposal(request: PersonRequest, line: query.Line, several: bool) -> dict[str, Any]:
    owner = Owner.objects.of(request.user) if several else line.account.owner
    known = None if several or not line.value else line.value
    return _proposed(line) | {"value": known, "owner": owner.pk}


def _accepted(deals: list[Any]) -> str:
    if len(deals) == 1:
        return _("“%(name)s” stands in the pipeline now.") % {"name": deals[0].name}
    return _("%(count)d opportunities stand in the pipeline now.") % {"count": len(deals)}


def _dismiss(request: PersonRequest, chosen: QuerySet[Signal], on: date) -> HttpResponse:
    form = DismissForm(_data(request))
    if not form.is_valid():
        return _form_page(request, form, chosen, _("Dismiss with a reason"), "dismiss")
    ids = chosen.values_list("pk", flat=True)
    count = dismiss_signals(signals=ids, reason=form.words(), by=request.user, on=on)
    messages.success(request, ngettext("%d signal dismissed.", "%d signals dismissed.", count) % count)
    return back(request, "expansion:signals")


def _snooze(request: PersonRequest, chosen: QuerySet[Signal], on: date) -> HttpResponse:
    form = PutOffForm(_data(request), on=on)
    if not form.is_valid():
        return _form_page(request, form, chosen, _("Snooze with a reason"), "snooze")
    ids = chosen.values_list("pk", flat=True)
    count = snooze_signals(signals=ids, by=request.user, on=on, **form.cleaned_data)
    messages.success(request, ngettext("%d signal put off.", "%d signals put off.", count) % count)
    return back(request, "expansion:signals")
