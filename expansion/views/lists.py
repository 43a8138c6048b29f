"""Hunting lists: one page, a chip for each, a file of the one that is shown."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock
from core.asking import PersonRequest
from core.asof import as_of
from core.exporting import stream_of
from core.menus import menu
from core.paging import page_of
from core.reach import Level, reach_of
from expansion.models import DropReason
from expansion.queries.hunting import BY_KEY, LISTS, List, attention_of, waiting_at
from expansion.tabs import tabs
from installed_base.attention import attention_word, attention_words, of_attention, policies_on, why
from installed_base.rules.attention import Attention


def _asked(request: PersonRequest) -> List:
    """The list that is asked for; who sees single machines only, or no prices, finds none."""
    reach = reach_of(request.user)
    if reach.level is Level.ASSIGNED or not reach.sees_prices:
        raise Http404
    return BY_KEY.get(request.GET.get("list", ""), LISTS[0])


def _classes() -> list[tuple[str, str]]:
    return [(found.value, attention_word(found)) for found in Attention]


def _rows(request: PersonRequest, chosen: List, on: date) -> Any:
    """The rows of the list; of machines those of one class of attention, where one is asked for."""
    rows, wanted = chosen.rows(request.user, on), request.GET.get("attention", "")
    return of_attention(rows, wanted, on) if chosen.machines and wanted in list(Attention) else rows


@login_required
@require_GET
def hunting(request: PersonRequest) -> HttpResponse:
    chosen, on = _asked(request), as_of(request)
    rows = _rows(request, chosen, on)
    dated = rows.filter(since__isnull=False)
    page = page_of(dated, ("since", "pk"), cursor=request.GET.get("cursor", ""))
    lines = list(_attended((_line(row, chosen) for row in page.rows), on))
    waiting = waiting_at([line["account"].pk for line in lines], request.user, on)
    for line in lines:
        line["waiting"] = waiting.get(line["account"].pk, 0)
    context = {
        "chosen": chosen,
        "lists": [{"key": found.key, "name": found.name, "current": found is chosen} for found in LISTS],
        "lines": lines,
        "page": page,
        "on": on,
        "today": clock.today(),
        "tabs": tabs(request, "lists"),
        "attention": menu(request, "attention", _("Attention"), _classes(), _("all")) if chosen.machines else None,
        "file_url": f"{reverse('expansion:lists_file')}?{_query(request, chosen)}",
    }
    return render(request, "expansion/lists.html", context)


def _query(request: PersonRequest, chosen: List) -> str:
    kept = request.GET.copy()
    kept.pop("cursor", None)
    kept["list"] = chosen.key
    return kept.urlencode()


def _line(row: Any, chosen: List) -> dict[str, Any]:
    account = row.account if chosen.machines else row
    amount = (row.was or 0) - (row.now or 0) if not chosen.machines else None
    line = {"machine": row if chosen.machines else None, "account": account, "since": row.since, "amount": amount}
    return line | ({} if chosen.machines else _told(row))


def _told(row: Any) -> dict[str, Any]:
    """Why this customer buys fewer parts, where a check-in ended with a reason."""
    label = str(dict(DropReason.Why.choices).get(row.why, ""))
    return {"reason": label, "reason_note": row.note or "", "reason_on": row.why_on}


def _attended(lines: Iterable[dict[str, Any]], on: date) -> Iterator[dict[str, Any]]:
    """Lines of machines with their class of attention and the reason in words."""
    policies, words = policies_on(on), attention_words()
    for line in lines:
        if line["machine"]:
            weighed = attention_of(line["machine"], on, policies)
            line["attention"], line["why"] = attention_word(weighed.attention), why(weighed, words)
        yield line


@login_required
@require_GET
def hunting_file(request: PersonRequest) -> HttpResponseBase:
    """The list as CSV, all of it."""
    chosen, on = _asked(request), as_of(request)
    head = [_("Account"), _("City"), _("Country"), _("Owner"), _("Product"), _("Serial number"), str(chosen.since)]
    head += [str(chosen.amount)] if chosen.amount else []
    head += [_("Attention"), _("Why")] if chosen.machines else [_("Reason"), _("Reason given on")]
    rows = _rows(request, chosen, on).filter(since__isnull=False).order_by("since", "pk")
    return stream_of(head, _cells(rows, chosen, on), name=f"{chosen.key}-{on:%Y-%m-%d}", kind="csv")


def _cells(rows: Any, chosen: List, on: date) -> Iterator[list[Any]]:
    found = (_line(row, chosen) for row in rows.iterator(chunk_size=2000))
    for line in _attended(found, on):
        account, machine = line["account"], line["machine"]
        about = [str(machine.product or ""), machine.serial] if machine else ["", ""]
        cells = [account.name, account.city, account.country, account.owner.name, *about, line["since"]]
        attention = [line["attention"], line["why"]] if machine else [line["reason"], line["reason_on"]]
        yield [*cells, *([line["amount"]] if chosen.amount else []), *attention]
