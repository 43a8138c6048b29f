"""Pages by cursor: a list continues after the last row that was seen, without counting and without skipping rows."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

SIZE = 50


@dataclass(frozen=True)
class Page:
    """The rows of a page, and the cursors of its neighbours; empty where there is none."""

    rows: list[Any]
    newer: str = ""
    older: str = ""


def page_of(rows: QuerySet[Any], keys: Sequence[str], *, cursor: str = "", size: int = SIZE) -> Page:
    """One page of `rows` ordered by `keys` ("-value", "pk").

    The keys must be known for every row and together name it. A cursor nobody gave out shows the first page.
    """
    backward, place = _read(cursor, keys)
    try:
        found = _after(rows, keys, place, backward)
    except (ValueError, TypeError, ArithmeticError, ValidationError):
        backward, place, found = False, None, rows
    taken = list(found.order_by(*(_turned(keys) if backward else keys))[: size + 1])
    more, taken = len(taken) > size, taken[:size]
    if backward:
        taken.reverse()
    return _page(taken, keys, before=more if backward else place is not None, after=backward or more)


def _page(rows: list[Any], keys: Sequence[str], *, before: bool, after: bool) -> Page:
    if not rows:
        return Page(rows)
    return Page(
        rows,
        newer=_written(rows[0], keys, backward=True) if before else "",
        older=_written(rows[-1], keys, backward=False) if after else "",
    )


def _after(rows: QuerySet[Any], keys: Sequence[str], place: list[Any] | None, backward: bool) -> QuerySet[Any]:
    if place is None:
        return rows
    return rows.filter(_beyond([*zip(_turned(keys) if backward else keys, place, strict=True)]))


def _beyond(steps: list[tuple[str, Any]]) -> Q:
    """Rows that come after this place: `a > x, or a = x and the rest comes after`, with a bound an index can use."""
    (key, value), *rest = steps
    name, down = key.removeprefix("-"), key.startswith("-")
    further = Q(**{f"{name}__{'lt' if down else 'gt'}": value})
    if not rest:
        return further
    return Q(**{f"{name}__{'lte' if down else 'gte'}": value}) & (further | (Q(**{name: value}) & _beyond(rest)))


def _turned(keys: Sequence[str]) -> list[str]:
    return [key[1:] if key.startswith("-") else f"-{key}" for key in keys]


def _written(row: Any, keys: Sequence[str], *, backward: bool) -> str:
    values = [_value(row, key.removeprefix("-")) for key in keys]
    return urlsafe_b64encode(orjson.dumps([backward, *values], default=str)).decode().rstrip("=")


def _value(row: Any, name: str) -> Any:
    value = row[name] if isinstance(row, dict) else getattr(row, name)
    return str(value) if isinstance(value, Decimal | date) else value


def _read(cursor: str, keys: Sequence[str]) -> tuple[bool, list[Any] | None]:
    try:
        backward, *place = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        return False, None
    plain = isinstance(backward, bool) and all(isinstance(value, str | int | float) for value in place)
    return (backward, place) if plain and len(place) == len(keys) else (False, None)
