"""The renewal rate by count and by value: of everything, by tier at T-90, segment, product line and owner."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core.asking import PersonRequest
from core.asof import as_of
from core.clock import today
from core.context import find_url
from core.display import SIGNS, number, percent
from renewals.queries.fate import COUNT, VALUE, Fates, Part, fates_of
from renewals.views import words
from renewals.views.door import currency_of, reader_of_prices


@require_safe
@reader_of_prices
def rate(request: PersonRequest) -> HttpResponse:
    """What became of what was due in the twelve months to a day. Every number opens its receipt."""
    on = as_of(request)
    found = fates_of(request.user, on=on)
    currency = currency_of(request)
    context = {
        "whole": _row(found.whole, on),
        "sections": [
            ("tier", _("By health at T-90"), [_row(part, on) for part in found.tier]),
            ("segment", _("By segment"), [_row(part, on) for part in found.segment]),
            ("product_line", _("By product line"), [_row(part, on) for part in found.product_line]),
            ("owner", _("By owner"), [_row(part, on) for part in found.owner]),
        ],
        "standfirst": _standfirst(found),
        "on": on,
        "today": today(),
        "sign": SIGNS.get(currency, currency),
        "currency": currency,
        "trail": words.trail(("", _("Rate"))),
    }
    return render(request, "renewals/renewal_rate.html", context)


def _standfirst(found: Fates) -> SafeString | str:
    whole = found.whole
    if not whole.due:
        return _("No contract term came to its end in the twelve months before.")
    said = ngettext(
        "{renewed} of {due} term that was due in twelve months was renewed: {rate}, by value {value}.",
        "{renewed} of the {due} terms that were due in twelve months were renewed: {rate}, by value {value}.",
        whole.due,
    )
    value = _("not known") if whole.value_rate is None else percent(whole.value_rate)
    return format_html(
        said,
        renewed=number(whole.renewed),
        due=number(whole.due),
        rate=format_html("<b>{}</b>", percent(whole.rate)),
        value=format_html("<b>{}</b>", value),
    )


def _row(part: Part, on: Any) -> dict[str, Any]:
    day = "" if on >= today() else f"as_of={on.isoformat()}"
    query = "&".join(piece for piece in (day, part.asked) if piece)
    count, value = (find_url("dashboards:receipt", key) for key in (COUNT, VALUE))
    return {
        "part": part,
        "count_url": count and (f"{count}?{query}" if query else count),
        "value_url": value and (f"{value}?{query}" if query else value),
    }
