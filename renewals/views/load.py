"""The team lead's view: what lies with whom, and who has too much. Each number opens its rows."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core.asking import PersonRequest
from core.clock import today
from core.display import SIGNS, money, number
from renewals.queries.load import Load, Loads, leads, loads_of
from renewals.views import words
from renewals.views.door import currency_of, reader_of_prices


@require_safe
@reader_of_prices
def load(request: PersonRequest) -> HttpResponse:
    """The load of today; next steps are not kept by day, so there is no past of it."""
    if not leads(request.user):
        raise Http404
    found = loads_of(request.user, on=today())
    currency = currency_of(request)
    context = {
        "rows": [{"load": row, "why": _why(row, found, currency)} for row in found.rows],
        "totals": {name: found.total(name) for name in ("count", "value", "step_late", "started_late")},
        "standfirst": _standfirst(found),
        "most": _most(found, currency),
        "currency": currency,
        "sign": SIGNS.get(currency, currency),
        "trail": words.trail(("", _("Load"))),
    }
    return render(request, "renewals/renewal_load.html", context)


def _standfirst(found: Loads) -> str:
    if not found.total("count"):
        return _("No open renewals in your teams.")
    names = [row.name for row in found.too_much]
    if not names:
        return _("Nobody has too much.")
    if len(names) > 3:
        return _("%(count)s people have too much.") % {"count": number(len(names))}
    said = ngettext("%(names)s has too much.", "%(names)s have too much.", len(names))
    return said % {"names": ", ".join(names)}


def _most(found: Loads, currency: str) -> str:
    most: dict[str, Any] = {"count": found.policy.most_open, "value": money(found.policy.most_value, currency)}
    return _("Too much is more than %(count)s open renewals or %(value)s a year, by policy.") % most


def _why(row: Load, found: Loads, currency: str) -> str:
    """What is too much about it; empty where nothing is."""
    said = []
    if row.over:
        said.append(_("%(count)s too many") % {"count": number(row.over)})
    if row.too_dear:
        said.append(_("%(value)s too much") % {"value": money(row.value - found.policy.most_value, currency)})
    return ", ".join(said)
