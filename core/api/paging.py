"""Pages by cursor: where the last row stood, never how many there are."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from django.db.models import Expression, F, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

PAGE = 50
LARGEST_PAGE = 200
LARGEST_ID = 2**63 - 1
# The name of the value by which rows are ordered, where it is not the id itself.
KEY = "ordering_key"


@dataclass(frozen=True)
class Ordering:
    """A column by which a list may be ordered; the id decides between equals. The column is never empty."""

    name: str
    by: str | Expression = "id"
    read: Callable[[Any], Any] = str


BY_ID = Ordering("id")


def by_day(name: str) -> Ordering:
    return Ordering(name, name, lambda text: date.fromisoformat(text))


@dataclass(frozen=True)
class Order:
    """An ordering in one direction, and the position after which a page begins."""

    ordering: Ordering
    descending: bool = False
    after: tuple[Any, int] | None = None

    @property
    def name(self) -> str:
        return f"-{self.ordering.name}" if self.descending else self.ordering.name

    @property
    def by_id(self) -> bool:
        return self.ordering.by == "id"

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        sign, beyond = ("-", "lt") if self.descending else ("", "gt")
        if self.by_id:
            rows = rows.order_by(f"{sign}id")
            return rows.filter(**{f"id__{beyond}": self.after[1]}) if self.after else rows
        by = self.ordering.by
        rows = rows.annotate(**{KEY: F(by) if isinstance(by, str) else by}).order_by(f"{sign}{KEY}", f"{sign}id")
        if not self.after:
            return rows
        value, last = self.after
        # The range first: it is what the index reads.
        return rows.filter(**{f"{KEY}__{beyond}e": value}).exclude(Q(**{KEY: value}) & ~Q(**{f"id__{beyond}": last}))

    def cursor(self, value: Any, last_id: int) -> str:
        return urlsafe_b64encode(orjson.dumps([self.name, value, last_id])).decode().rstrip("=")


def order_of(text: str, cursor: str, allowed: tuple[Ordering, ...]) -> Order:
    """What `ordering` and `cursor` say; ValidationError names the wrong one."""
    order = _ordering(text, allowed)
    return Order(order.ordering, order.descending, _position(cursor, order)) if cursor else order


def _ordering(text: str, allowed: tuple[Ordering, ...]) -> Order:
    known = {o.name: o for o in allowed}
    chosen = known.get(text.removeprefix("-") if text else allowed[0].name)
    if chosen is None or text.startswith("--"):
        names = ", ".join(f"{n}, -{n}" for n in known)
        raise ValidationError({"ordering": [_("Choose one of: %(names)s.") % {"names": names}]})
    return Order(chosen, text.startswith("-"))


def _position(cursor: str, order: Order) -> tuple[Any, int]:
    try:
        name, value, last = orjson.loads(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        if name != order.name or type(last) is not int or not 0 < last <= LARGEST_ID:
            raise ValueError(name)
        return (value if order.by_id else _clean(order.ordering.read(value))), last
    except (ValueError, TypeError, binascii.Error):
        wrong = _("This is no cursor of this list in this order. Follow `next` as it was given.")
        raise ValidationError({"cursor": [wrong]}) from None


def _clean(value: Any) -> Any:
    if isinstance(value, str) and "\x00" in value:
        raise ValueError(value)
    return value


def page_size(text: str) -> int:
    """Rows per page, 1 to 200; 50 where nothing is said."""
    if not text:
        return PAGE
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= LARGEST_PAGE):
        raise ValidationError({"page_size": [_("Give a number from 1 to %(most)s.") % {"most": LARGEST_PAGE}]})
    return int(text)
