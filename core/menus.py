"""Filter menus of lists: each choice is a link to the same page with one filter changed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

# What a changed filter does away with.
CURSORS = ("cursor",)


@dataclass(frozen=True)
class Menu:
    """ "Owner: everyone" with its choices; `on` where something other than everything is chosen."""

    name: Any
    value: Any
    options: list[dict[str, Any]]
    on: bool


def menu(request: HttpRequest, key: str, name: Any, choices: Iterable[tuple[Any, Any]], everything: Any) -> Menu:
    """A menu for the query parameter `key`; a value that is not among the choices counts as everything."""
    offered = [("", everything), *((str(value), label) for value, label in choices)]
    asked = request.GET.get(key, "")
    chosen = asked if asked in dict(offered) else ""
    url = _addresses(request, key)
    options = [{"url": url(value), "label": label, "current": value == chosen} for value, label in offered]
    return Menu(name, dict(offered)[chosen], options, bool(chosen))


def _addresses(request: HttpRequest, key: str) -> Callable[[str], str]:
    """The page's own query with another choice of this menu; what stays is written once for all choices."""
    query = request.GET.copy()
    for gone in (key, *CURSORS):
        query.pop(gone, None)
    kept = query.urlencode()

    def url(value: str) -> str:
        chosen = urlencode({key: value}) if value else ""
        return f"?{'&'.join(filter(None, (kept, chosen)))}"

    return url
