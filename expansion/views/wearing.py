"""Parts that will be worn: what to offer in the coming months, before they ask (PA-05)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core import clock
from core.asking import PersonRequest
from core.asof import as_of
from core.display import number
from core.exporting import stream_of
from core.menus import menu
from core.models import Organisation
from expansion.queries.hunting import LISTS
from expansion.queries.wearing import MONTHS, MOST, Line, forecast, wearing_machines, with_machines
from expansion.tabs import tabs
from expansion.views.wave import require_reader
from playbooks.forms import assignable

SHOWN = 200


def _months(request: PersonRequest) -> int:
    asked = request.GET.get("months", "")
    return int(asked) if asked in {str(m) for m in MONTHS} else MONTHS[0]


def _ids(request: PersonRequest, on: date) -> list[int]:
    owner = request.GET.get("owner", "")
    rows = wearing_machines(request.user, on, int(owner) if owner.isdecimal() and len(owner) < 10 else None)
    return list(rows.order_by("pk").values_list("pk", flat=True))


@login_required
@require_safe
def wear(request: PersonRequest) -> HttpResponse:
    require_reader(request)
    on, months = as_of(request), _months(request)
    ids = _ids(request, on)
    many = len(ids) > MOST
    found = [] if many else sorted(forecast(ids, on, months), key=lambda line: (line.wearing.worn_on, line.asset_id))
    context = {
        "lists": [{"key": chosen.key, "name": chosen.name} for chosen in LISTS],
        "spans": [{"months": m, "label": _in_months(m), "current": m == months} for m in MONTHS],
        "lines": with_machines(found[:SHOWN], request.user),
        "many": many,
        "more": max(len(found) - SHOWN, 0),
        "standfirst": _standfirst(found, months) if not many else "",
        "currency": Organisation.objects.ours().reporting_currency,
        "menus": [
            menu(request, "owner", _("Owner"), [(o.pk, o.name) for o in assignable(request.user)], _("everyone"))
        ],
        "on": on,
        "today": clock.today(),
        "tabs": tabs(request, "lists"),
        "file_url": f"{reverse('expansion:wear_file')}?{request.GET.urlencode()}",
    }
    return render(request, "expansion/wear.html", context)


def _in_months(months: int) -> str:
    return _("%(n)s months") % {"n": months}


def _standfirst(found: list[Line], months: int) -> str:
    parts = ngettext("%(n)s part", "%(n)s parts", len(found)) % {"n": number(len(found))}
    return _("%(parts)s will be worn within %(months)s months, at the pace the machines run.") % {
        "parts": parts, "months": months
    }  # fmt: skip


@login_required
@require_safe
def wear_file(request: PersonRequest) -> HttpResponseBase:
    """All of it as CSV."""
    require_reader(request)
    on, months = as_of(request), _months(request)
    head = [_("Account"), _("Country"), _("Owner"), _("Product"), _("Serial number"), _("Part"), _("Ordered on")]
    head += [_("Hours used"), _("Worn after, hours"), _("Worn on"), _("List price")]
    rows = _cells(request, _ids(request, on), on, months)
    return stream_of(head, rows, name=f"wear-{months}-{on:%Y-%m-%d}", kind="csv")


def _cells(request: PersonRequest, ids: list[int], on: date, months: int) -> Iterator[list[Any]]:
    for start in range(0, len(ids), MOST):
        for line in with_machines(list(forecast(ids[start : start + MOST], on, months)), request.user):
            at, found = line.machine.account, line.wearing
            about = [at.name, at.country, at.owner.name, str(line.machine.product or ""), line.machine.serial]
            used = found.used.quantize(Decimal(1))
            yield [
                *about,
                found.part.name,
                found.ordered_on,
                used,
                found.part.wear_hours,
                found.worn_on,
                found.part.price,
            ]
