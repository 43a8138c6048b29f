"""The whitespace matrix: who buys what, where the next euro may be, and the same as a file (WS-01, WS-05, WS-09)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from core import clock, display
from core.asking import PersonRequest
from core.asof import as_of
from core.context import find_url
from core.exporting import FORMATS, stream_of
from core.menus import Menu, menu
from core.paging import SIZE, page_of
from core.policies import policy_on
from core.reach import Level, Reach, reach_of
from expansion.cell_marks import SIGNS, Marks
from expansion.cell_words import STATES, cell_title, column_name, hint_words
from expansion.filters import WhitespaceFilter
from expansion.queries.whitespace import listing
from expansion.queries.whitespace.bought import Column, columns
from expansion.queries.whitespace.matrix import Cell, Line, best_of, lines_of
from expansion.queries.whitespace.peers import adoption
from expansion.rules.whitespace import Adoption, State, WhitespacePolicy, fill_of
from expansion.tabs import tabs
from installed_base.models import Account
from installed_base.models.accounts import Segment
from playbooks.forms import assignable

FILTERS = ("q", "segment", "owner", "industry", "country", "missing")
MOST_CHOICES = 80
AT_ONCE = 500
# Accounts of a page that shows the matrix in one piece, for a meeting or for paper.
MOST = 2000


@dataclass(frozen=True)
class Asked:
    """What a request asks for: the day, the policy of that day, the columns, and the accounts under its filters."""

    on: date
    policy: WhitespacePolicy
    shown: list[Column]
    rows: Any

    @property
    def past(self) -> bool:
        return self.on < clock.today()


def asked_of(request: PersonRequest) -> Asked:
    """Who sees single machines only finds no matrix."""
    if reach_of(request.user).level is Level.ASSIGNED:
        raise Http404
    on = as_of(request)
    policy = policy_on(WhitespacePolicy, on).values
    rows = listing.accounts(request.user)
    rows = WhitespaceFilter(request.GET, queryset=rows, request=request, on=on, policy=policy).qs
    return Asked(on, policy, columns(policy), rows)


@login_required
@require_safe
def matrix(request: PersonRequest) -> HttpResponse:
    asked = asked_of(request)
    sort = request.GET.get("sort", "machines")
    sort = sort if sort in listing.ORDERS else "machines"
    rows = listing.sortable(listing.named(asked.rows), request.user, sort, asked.on)
    whole = request.GET.get("rows") == "all"
    page = page_of(rows, listing.ORDERS[sort], cursor=request.GET.get("cursor", ""), size=MOST if whole else SIZE)
    peers = adoption(asked.on, asked.policy)
    lines = lines_of(page.rows, asked.shown, asked.on, asked.policy, peers)
    reach = reach_of(request.user)
    prices = reach.sees_prices
    marks = Marks(reach, {"as_of": asked.on.isoformat()} if asked.past else {})
    filled = sum((line.fill for line in lines), start=fill_of(()))
    context = {
        "page": page,
        "whole": whole,
        "most": MOST,
        "lines": mark_safe("".join([marks.row(line) for line in lines])),
        "columns": [_head(request, column, peers, place, lines) for place, column in enumerate(asked.shown)],
        "standfirst": _standfirst(filled, peers, asked.shown),
        "filled": filled,
        "best": [_chance(line, cell, asked, prices) for line, cell in best_of(lines, 4)] if not asked.past else [],
        "receipt": _receipt(request, asked),
        "legend": [(state.value, STATES[state], SIGNS[state]) for state in State],
        "menus": menus_of(request, asked.shown),
        "tabs": tabs(request, "whitespace"),
        "on": asked.on,
        "today": clock.today(),
        "sort": sort,
        "sees_prices": prices,
        "filtered": any(request.GET.get(key) for key in FILTERS),
        "here": request.get_full_path(),
    }
    return render(request, "expansion/whitespace_matrix.html", context)


def _receipt(request: PersonRequest, asked: Asked) -> str:
    """The figure of all accounts, under the filters of the page that it knows too."""
    kept = {key: request.GET[key] for key in ("segment", "owner", "country") if request.GET.get(key)}
    kept |= {"as_of": asked.on.isoformat()} if asked.past else {}
    url = find_url("dashboards:receipt", "whitespace_filled")
    return f"{url}?{urlencode(kept)}" if kept else url


def _standfirst(filled: Any, peers: Adoption, shown: Sequence[Column]) -> str:
    if filled.share is None:
        return _("What each customer buys, column by column; every empty cell is a question.")
    said = _("%(share)s of the cells on this page is filled.") % {"share": display.percent(filled.share, 0)}
    bought = [column for column in shown if peers.share(column.key)]
    emptiest = min(bought, key=lambda column: peers.share(column.key), default=None)
    if emptiest is None:
        return said
    names = {"name": column_name(emptiest), "share": display.percent(peers.share(emptiest.key), 0)}
    return f"{said} " + _("%(name)s has the most room: %(share)s of all customers buy it.") % names


def _head(request: PersonRequest, column: Column, peers: Adoption, place: int, lines: Sequence[Line]) -> dict[str, Any]:
    """A column with how much of it is filled on this page, and how many customers buy it at all."""
    here = fill_of([line.cells[place].state for line in lines])
    share = peers.share(column.key)
    query = request.GET.copy()
    query.pop("cursor", None)
    chosen = request.GET.get("missing") == column.key
    query["missing"] = "" if chosen else column.key
    return {
        "name": column_name(column),
        "filled": here,
        "share": share,
        "percent": round(share * 100),
        "url": f"?{query.urlencode()}",
        "chosen": chosen,
    }


def _chance(line: Line, cell: Cell, asked: Asked, prices: bool) -> dict[str, Any]:
    """An empty cell that is worth asking about."""
    return {
        "account": line.account,
        "name": column_name(cell.column),
        "why": hint_words(cell.hint),
        "worth": cell.worth if prices else None,
        "url": f"{reverse('expansion:cell', args=[line.account.pk])}?{urlencode({'column': cell.column.key})}",
    }


def menus_of(request: PersonRequest, shown: Sequence[Column]) -> list[Menu]:
    seen = Account.objects.visible_to(request.user)
    owners = [(owner.pk, owner.name) for owner in assignable(request.user)]
    return [
        menu(request, "owner", _("Owner"), owners, _("everyone")),
        menu(request, "segment", _("Segment"), Segment.choices, _("all")),
        menu(request, "industry", _("Industry"), _values(seen, "industry"), _("all")),
        menu(request, "country", _("Country"), _values(seen, "country"), _("all")),
        menu(request, "missing", _("Without"), [(c.key, column_name(c)) for c in shown], _("anything")),
    ]


def _values(rows: Any, name: str) -> list[tuple[str, str]]:
    found = rows.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct()[:MOST_CHOICES]
    return [(value, value) for value in found]


@login_required
@require_safe
def best(request: PersonRequest) -> HttpResponse:
    """The empty cells that may bring most, over all accounts under the filters."""
    asked = asked_of(request)
    prices = reach_of(request.user).sees_prices
    accounts = listing.largest(asked.rows, request.user, asked.on, asked.policy.ranked)
    peers = adoption(asked.on, asked.policy)
    lines = lines_of(accounts, asked.shown, asked.on, asked.policy, peers)
    context = {
        "best": [_chance(line, cell, asked, prices) for line, cell in best_of(lines, 10 * asked.policy.best)],
        "fill": sum((line.fill for line in lines), start=fill_of(())),
        "accounts": len(accounts),
        "most": asked.policy.ranked,
        "trail": [(reverse("expansion:whitespace"), _("Whitespace"))],
        "menus": menus_of(request, asked.shown),
        "on": asked.on,
        "today": clock.today(),
        "sees_prices": prices,
    }
    return render(request, "expansion/whitespace_best.html", context)


@login_required
@require_GET
def matrix_file(request: PersonRequest) -> HttpResponseBase:
    """All accounts under the filters, a word for each cell, as CSV or XLSX."""
    kind = request.GET.get("format", "csv")
    if kind not in FORMATS:
        raise Http404
    asked = asked_of(request)
    head = [_("Account"), _("City"), _("Country"), _("Segment"), _("Industry"), _("Owner"), _("Machines")]
    head += [*(column_name(column) for column in asked.shown), _("Bought"), _("Applies"), _("Filled")]
    return stream_of(head, _cells(asked, reach_of(request.user)), name=f"whitespace-{asked.on:%Y-%m-%d}", kind=kind)


def _cells(asked: Asked, reach: Reach) -> Iterator[list[Any]]:
    """Some hundred accounts at once, so that memory does not grow with the list."""
    ids = list(asked.rows.order_by("name", "pk").values_list("pk", flat=True))
    for begin in range(0, len(ids), AT_ONCE):
        part = asked.rows.order_by("name", "pk").filter(pk__in=ids[begin : begin + AT_ONCE])
        for line in lines_of(list(part), asked.shown, asked.on, asked.policy):
            at, fill = line.account, line.fill
            said = [cell_title(cell, prices=reach.sees_prices, names=reach.sees_names) for cell in line.cells]
            share = None if fill.share is None else round(fill.share, 4)
            known = [at.name, at.city, at.country, at.segment_name, at.industry, at.owner.name, line.machines]
            yield [*known, *said, fill.bought, fill.applicable, share]
