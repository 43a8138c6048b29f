"""A stored figure beside today's figure of the same date, and the late facts between them."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from core.display import MISSING
from core.metrics import Filters, Result, Stored, rows, slice_of, stored
from core.subjects import subject, titles
from dashboards import wording

SHOWN = 10


@dataclass(frozen=True)
class Late:
    """A row whose contribution rests on something that was recorded since: what it brought before, and brings now."""

    title: str
    url: str
    was: str
    now: str


@dataclass(frozen=True)
class Kept:
    """What a receipt says of a stored figure. `changed` tells whether today's figure of that date is another."""

    value: str
    taken_at: datetime
    is_fresh: bool
    changed: bool
    late: tuple[Late, ...] = ()
    more: bool = False


def told(result: Result, *, actor: Any, filters: Filters, currency: str) -> Kept | None:
    """The stored figure of what was asked; None where none is stored, or not one of exactly what the actor sees.

    A figure that was taken before its date had passed is a stand-in for the live one and is not told.
    The rows behind the difference are read only where there is one.
    """
    chosen = slice_of(actor, filters)
    place = (result.on, result.metric.key)
    one = stored([place[1]], [place[0]], chosen, actor=actor).get(place) if chosen else None
    if one is None or one.result.withheld or one.taken_on <= result.on:
        return None
    value, taken_at, taken_on = _as_first_stored(one)
    late = _late(result, taken_on, actor, filters, currency) if value != result.value else []
    return Kept(
        value=wording.said(result.metric.unit, value, currency, short=False),
        taken_at=taken_at,
        is_fresh=one.is_fresh,
        changed=value != result.value,
        late=tuple(late[:SHOWN]),
        more=len(late) > SHOWN,
    )


def _as_first_stored(one: Stored) -> tuple[Any, datetime, date]:
    """What was stored first after the date had passed: what we knew then."""
    if one.first_taken_at is not None and one.first_taken_on is not None:
        return one.first_value, one.first_taken_at, one.first_taken_on
    assert one.result.taken_at is not None
    return one.result.value, one.result.taken_at, one.taken_on


def _late(result: Result, taken_on: date, actor: Any, filters: Filters, currency: str) -> list[Late]:
    """Rows that are not the same without what was recorded on the day of the snapshot or later."""
    known = replace(filters, known_at=taken_on - timedelta(days=1))
    now, then = (_contributions(result, actor, asked) for asked in (filters, known))
    found: dict[int, tuple[Any, Any]] = {}
    for side, (some, others) in enumerate(((now, then), (then, now))):
        for subject_id, *brings in some.difference(others).order_by("subject_id")[: SHOWN + 1]:
            was, is_ = found.get(subject_id, (None, None))
            found[subject_id] = (was, brings) if side == 0 else (brings, is_)
    return _dressed(result, found, actor, currency)


def _contributions(result: Result, actor: Any, filters: Filters) -> Any:
    found = rows(result.metric.key, on=result.on, actor=actor, filters=filters).order_by()
    return found.values_list("subject_id", "numerator", "denominator", "unknown")


def _dressed(result: Result, found: dict[int, tuple[Any, Any]], actor: Any, currency: str) -> list[Late]:
    family = result.metric.family
    names = titles(family.subject, list(found), actor)
    kind = subject(family.subject)
    return [
        Late(names.get(i, ""), kind.url(i), _brings(result, was, currency), _brings(result, now, currency))
        for i, (was, now) in sorted(found.items())[: SHOWN + 1]
    ]


def _brings(result: Result, brings: Any, currency: str) -> str:
    """What a row brought; a dash where it was not there."""
    if brings is None or brings[0] is None:
        return MISSING
    parts = brings[:2] if brings[1] is not None else brings[:1]
    unit = wording.Unit.MONEY if result.metric.reads_money else wording.Unit.COUNT
    return " / ".join(wording.said(unit, part, currency, short=False) for part in parts)
