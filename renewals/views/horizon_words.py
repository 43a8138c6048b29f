"""What the horizon says: its sentences, its drawing, and the table of probabilities in words."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.charts.bars import Bar, Bars, Part, draw_bars
from core.display import money, money_short, number, percent
from renewals.queries.horizon import Horizon, Quarter
from renewals.queries.rates import TIERS
from renewals.rules.forecast import Cell, Table


def quarter_name(starts_on: date) -> str:
    """Q1 2027."""
    return _("Q%(number)s %(year)s") % {"number": (starts_on.month + 2) // 3, "year": starts_on.year}


def contracts(count: int) -> str:
    return ngettext("%(count)s contract", "%(count)s contracts", count) % {"count": number(count)}


def rows_title(name: str, part: str) -> str:
    titles = {
        "committed": _("Committed in %(quarter)s"),
        "through": _("Up for renewal to the end of %(quarter)s"),
    }
    return titles.get(part, _("Up for renewal in %(quarter)s")) % {"quarter": name}


def standfirst(found: Horizon, table: Table, currency: str) -> SafeString:
    """How much comes up, and how much of it is expected back."""
    total = found.all
    if not total.count:
        return format_html("{}", _("No contract comes up for renewal in these twelve quarters."))
    said = ngettext(
        "{contracts} comes up for renewal in twelve quarters, {value} a year.",
        "{contracts} come up for renewal in twelve quarters, {value} a year.",
        total.count,
    )
    more = (
        _("{expected} of it is expected back, {lost} is not.")
        if table.known
        else _("Not enough history to say how much comes back.")
    )
    return format_html(
        f"{said} {more}",
        contracts=contracts(total.count),
        value=format_html("<b>{}</b>", money(total.value, currency)),
        expected=format_html("<b>{}</b>", money(total.expected, currency)),
        lost=money(total.lost, currency),
    )


def quarters(found: Horizon, query: str) -> list[dict[str, Any]]:
    """The quarters as rows of the table; each number with the address of its rows."""
    gone = Decimal(0)
    rows = []
    for quarter in found.quarters:
        gone += quarter.sums.value
        url = _url(quarter, query)
        rows.append(
            {"name": quarter_name(quarter.starts_on), "sums": quarter.sums, "gone": gone, "url": url}
            | {"contracts": contracts(quarter.sums.count)}
            | {part: f"{url}{'&' if query else '?'}part={part}" for part in ("committed", "through")}
        )
    return rows


def _url(quarter: Quarter, query: str) -> str:
    return reverse("renewals:quarter", args=[quarter.key]) + query


def chart(found: Horizon, table: Table, query: str, currency: str) -> SafeString:
    """A bar for each quarter: what is expected back, and on top of it what is not."""
    bars = tuple(_bar(quarter, table, query, currency) for quarter in found.quarters)
    return draw_bars(Bars(bars, title=_("Up for renewal by quarter"), width=1080, height=220))


def _bar(quarter: Quarter, table: Table, query: str, currency: str) -> Bar:
    sums = quarter.sums
    back = Part(float(sums.expected), "s1", _("Expected back"))
    rest = Part(float(sums.lost), "pale" if table.known else "unknown", _("Not expected back"))
    name = quarter_name(quarter.starts_on)
    value = money_short(sums.value, currency) if sums.value else ""
    return Bar(name, (back, rest) if table.known else (rest,), value, href=_url(quarter, query) if sums.count else "")


def rates(table: Table) -> dict[str, Any]:
    """The table of probabilities: a row for each tier, a column for each band of years."""
    by_place = {(cell.tier, cell.band): cell for cell in table.cells}
    bands = range(len(table.policy.spans()))
    spans = [_span(*span) for span in table.policy.spans()]
    rows = [{"tier": t, "cells": [_cell(by_place[(t, b)]) | {"band": spans[b]} for b in bands]} for t in TIERS]
    return {"bands": spans, "rows": rows, "found": _found(table)}


def _span(first: int, end: int | None) -> str:
    if end is None:
        return _("%(first)s years and longer") % {"first": first}
    if not first:
        return _("Less than %(end)s years") % {"end": end}
    return _("%(first)s to %(end)s years") % {"first": first, "end": end}


def _cell(cell: Cell) -> dict[str, str]:
    seen = _("%(won)s of %(decided)s renewed, %(rate)s") % {
        "won": number(cell.won),
        "decided": number(cell.decided),
        "rate": percent(cell.raw, 0) if cell.raw is not None else "",
    }
    chance = percent(cell.chance, 0) if cell.chance is not None else "–"
    return {"chance": chance, "seen": seen if cell.decided else _("nothing decided yet")}


def _found(table: Table) -> str:
    counts = {
        "won": number(table.won),
        "decided": number(table.decided),
        "months": table.policy.history_months,
        "enough": table.policy.enough,
    }
    if table.average is None:
        return (
            _("Not enough history: %(decided)s terms were decided in %(months)s months, %(enough)s are needed") % counts
        )
    said = _("%(won)s of the %(decided)s terms that were due in %(months)s months were renewed: %(rate)s")
    return said % (counts | {"rate": percent(table.average, 0)})
