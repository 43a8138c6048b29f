"""What a page about metrics was asked for: the filters of its address, and the menus that change them."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.metrics import EVERYTHING, Choice, Filters, WrongFilter, choices, dimensions, filters_from


def filters_of(request: HttpRequest) -> Filters:
    """The filters of the address. One that cannot be understood is said, and everything is shown."""
    try:
        return filters_from(asked(request), request.user)
    except WrongFilter as error:
        messages.error(request, _("%(what)s Shown without filters.") % {"what": error})
        return EVERYTHING


def asked(request: HttpRequest) -> dict[str, str]:
    """The filters as they stand in the address."""
    names = [d.key for d in dimensions()]
    return {name: request.GET[name] for name in names if request.GET.get(name)}


def carried(request: HttpRequest) -> dict[str, str]:
    """What a receipt's address takes over from a page: its day and its filters."""
    day = request.GET.get("as_of", "")
    return ({"as_of": day} if day else {}) | asked(request)


def menus(request: HttpRequest) -> list[dict[str, Any]]:
    """A menu per dimension that has few enough values to list."""
    offered = choices(request.user)
    return [_menu(request, d.key, str(d.label), offered[d.key]) for d in dimensions() if offered[d.key]]


def _menu(request: HttpRequest, key: str, label: str, found: list[Choice]) -> dict[str, Any]:
    chosen = request.GET.get(key, "")
    names = {c.value: c.label for c in found}
    options = [_option(request.GET, key, "", _("all"), chosen)]
    options += [_option(request.GET, key, c.value, c.label, chosen) for c in found]
    return {"name": label, "value": names.get(chosen, chosen) or _("all"), "on": bool(chosen), "options": options}


def _option(query: Mapping[str, str], key: str, value: str, label: str, chosen: str) -> dict[str, Any]:
    changed = query.copy()  # type: ignore[attr-defined]
    changed.pop(key, None)
    if value:
        changed[key] = value
    return {"url": f"?{changed.urlencode()}", "label": label, "current": value == chosen}
