"""Deliveries: machines on order by step, the late ones first."""

from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from core import clock, display
from core.asking import PersonRequest
from core.asof import as_of
from core.menus import Menu, menu
from core.reach import reach_of
from installed_base.models import Account, ProductLine
from installed_base.rules.delivery import STEPS
from sales.queries import delivery as query
from sales.views.delivery_rows import dressed
from sales.words.delivery import ENDS, NAMES

FILTERS = ("q", "step", "late", "line", "owner", "account")
LATE = ("late", "danger")


@login_required
@require_GET
def deliveries(request: PersonRequest) -> HttpResponse:
    """Machines on order by step. Of a past day it is read only."""
    on, user = as_of(request), request.user
    asked = _asked(request)
    every, more = query.board(user, on, query.Asked(line=asked.line, account=asked.account, q=asked.q))
    rows = [dressed(one, on) for one in every if query.answers(one, _without_step(asked))]
    shown = [row for row in rows if not asked.step or row["stands"].step == asked.step]
    sees_prices = reach_of(user).sees_prices
    mine = set() if request.is_past else query.changeable([row["one"] for row in shown], user)
    context = {
        "on": on,
        "today": clock.today(),
        "tiles": [_tile(step, rows, asked.step, sees_prices) for step in STEPS],
        "groups": _groups(shown, sees_prices),
        "menus": _menus(request, every),
        "standfirst": _standfirst(rows, more),
        "filtered": any(request.GET.get(key) for key in FILTERS),
        "changeable": mine,
        "sees_prices": sees_prices,
        "account": _account(request, asked.account),
    }
    return render(request, "sales/deliveries_list.html", context)


def _asked(request: PersonRequest) -> query.Asked:
    given = request.GET
    step, late = given.get("step", ""), given.get("late", "")
    return query.Asked(
        step=step if step in STEPS else "",
        late=late if late in LATE else "",
        line=_number(given.get("line", "")),
        owner=_number(given.get("owner", "")),
        account=_number(given.get("account", "")),
        q=given.get("q", "").strip()[:100],
    )


def _without_step(asked: query.Asked) -> query.Asked:
    return query.Asked(late=asked.late, owner=asked.owner)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _account(request: PersonRequest, pk: int | None) -> Account | None:
    return Account.objects.visible_to(request.user).filter(pk=pk).first() if pk else None


def _menus(request: PersonRequest, every: list[query.Coming]) -> list[Menu]:
    lines = ProductLine.objects.order_by("name").values_list("pk", "name")
    late = [("late", _("late")), ("danger", _("promise in danger"))]
    return [
        menu(request, "late", _("State"), late, _("all")),
        menu(request, "line", _("Line"), lines, _("all")),
        menu(request, "owner", _("Who sees to it"), query.owner_choices(every), _("everyone")),
    ]


def _standfirst(rows: list[dict[str, Any]], more: bool) -> str:
    if not rows:
        return _("No machine is on order.")
    said = [ngettext("%(n)d machine is on its way.", "%(n)d machines are on their way.", len(rows)) % {"n": len(rows)}]
    late = sum(1 for row in rows if row["stands"].is_late)
    danger = sum(1 for row in rows if row["stands"].in_danger)
    if late:
        said.append(ngettext("%(n)d is late.", "%(n)d are late.", late) % {"n": late})
    if danger:
        words = ngettext(
            "%(n)d will not stand on the promised day.", "%(n)d will not stand on their promised day.", danger
        )  # fmt: skip
        said.append(words % {"n": danger})
    if more:
        said.append(_("There are more than these: narrow the list."))
    return " ".join(said)


def _tile(step: str, rows: list[dict[str, Any]], chosen: str, sees_prices: bool) -> dict[str, Any]:
    """One step in the strip: how many stand there, what they are worth, how many are late."""
    here = [row for row in rows if row["stands"].step == step]
    late = [row for row in here if row["stands"].is_late]
    danger = [row for row in here if row["stands"].in_danger and not row["stands"].is_late]
    count = ngettext("%(n)d machine", "%(n)d machines", len(here)) % {"n": len(here)}
    worth = sum((row["one"].value for row in here), Decimal(0))
    return {
        "key": step,
        "label": NAMES[step],
        "span": ENDS[step],
        "value": display.money_short(worth) if sees_prices else display.number(len(here)),
        "count": count if sees_prices else "",
        "note": _("%(n)d late") % {"n": len(late)} if late else "",
        "parts": {"risk": len(late), "watch": len(danger), "good": len(here) - len(late) - len(danger)},
        "current": step == chosen,
    }


def _groups(rows: list[dict[str, Any]], sees_prices: bool) -> list[dict[str, Any]]:
    found = []
    for step in STEPS:
        here = [row for row in rows if row["stands"].step == step]
        if here:
            worth = sum((row["one"].value for row in here), Decimal(0))
            value = display.money_short(worth) if sees_prices else ""
            found.append({"label": NAMES[step], "span": ENDS[step], "rows": here, "value": value})
    return found
