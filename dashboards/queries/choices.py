"""What the menus of the lists offer, all of it in one query."""

from typing import Any

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast

from core.models import User
from installed_base.in_use import in_use
from installed_base.models import ProductLine
from playbooks.forms import assignable

Choices = dict[str, list[tuple[str, str]]]
MOST_COUNTRIES = 80


def choices(user: User, *, lines: bool = False) -> Choices:
    """By menu its (value, label): owners and countries this user may choose from, and product lines where asked."""
    asked = [_named("owner", assignable(user)), _countries(user)]
    if lines:
        asked.append(_named("line", ProductLine.objects.all()))
    found: Choices = {"owner": [], "country": [], "line": []}
    for menu, value, label in asked[0].union(*asked[1:], all=True).order_by("shown", "value"):
        found[menu].append((value, label))
    return found


def _named(menu: str, rows: Any) -> Any:
    return _columns(rows.order_by(), menu, Cast("pk", CharField()), F("name"))


def _countries(user: User) -> Any:
    """Countries in which this user sees accounts."""
    return (
        _columns(in_use("country", user).order_by(), "country", F("country"), F("country"))
        .distinct()
        .order_by("country")[:MOST_COUNTRIES]
    )


def _columns(rows: Any, menu: str, value: Any, shown: Any) -> Any:
    marked = rows.annotate(menu=Value(menu, output_field=CharField()), value=value, shown=shown)
    return marked.values_list("menu", "value", "shown")
