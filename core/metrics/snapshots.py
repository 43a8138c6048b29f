"""Reading stored figures; what is not stored, or stale, is computed (architecture.md, decisions 1 and 12)."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from core.calendar import add_months
from core.metrics.ask import EVERYTHING, Ask, Filters
from core.metrics.catalogue import metric
from core.metrics.compute import Result, counted_each, result_from
from core.metrics.large import awaited, computed_in_time, is_counted_next, is_large
from core.metrics.reaches import for_reaches, reach_slice
from core.metrics.slices import WHOLE, Slice, slice_of
from core.metrics.stale import rests_on
from core.metrics.targets import aimed
from core.scope import System

MONTHS = 24
_COLUMNS = ("numerator", "denominator", "count", "unknown", "unattributed")
Wanted = Mapping[date, Iterable[str]]


@dataclass(frozen=True)
class Stored:
    """A figure as it was stored. `stale_since` is the earliest date from which facts changed after it was taken.

    `first_value` is what was stored first after the date had passed, where taking it again changed it; `first_taken_on`
    is then set. `taken_on` is a business date.
    """

    result: Result
    taken_on: date
    stale_since: date | None
    first_value: Decimal | int | None = None
    first_taken_at: datetime | None = None
    first_taken_on: date | None = None

    @property
    def is_fresh(self) -> bool:
        return self.stale_since is None


def figures(
    wanted: Wanted, *, actor: Any, filters: Filters = EVERYTHING, held: Slice | None = None
) -> dict[date, dict[str, Result]]:
    """Metrics on dates: fresh stored figures in one query, and whatever is missing or stale computed live. Each has the
    target that counts for it on its date.

    A result says by its `taken_at` that it was stored. What an actor sees of the base is never read from a figure of
    more than that: `held` is a slice of which the caller has made sure that it holds what this actor sees and no more.
    On a large base what is stale is read all the same, and says that it is `behind`; what the bell will store is
    `waiting` for it.
    """
    keys = {day: list(dict.fromkeys(found)) for day, found in wanted.items()}
    asked = set().union(*keys.values())
    chosen = slice_of(actor, filters) or held or _of_the_reach(asked, actor, filters)
    kept = stored(asked, list(keys), chosen, actor=actor) if chosen else {}
    found = {place: one.result for place, one in kept.items() if one.is_fresh}
    if _without(keys, found):
        large = is_large()
        found |= {place: replace(one.result, behind=True) for place, one in kept.items() if large and not one.is_fresh}
        own = bool(chosen) and not filters
        counted = _counted(
            _without(keys, found), actor, filters, large=large, soon=own and large and is_counted_next(keys)
        )
        found |= {(day, key): result for day, mine in counted.items() for key, result in mine.items()}
    return aimed({day: {key: found[day, key] for key in mine} for day, mine in keys.items()})


def _without(keys: Mapping[date, list[str]], found: Mapping[tuple[date, str], Any]) -> dict[date, tuple[str, ...]]:
    lacking = {day: tuple(k for k in mine if (day, k) not in found) for day, mine in keys.items()}
    return {day: mine for day, mine in lacking.items() if mine}


def _of_the_reach(asked: set[str], actor: Any, filters: Filters) -> Slice | None:
    return reach_slice(actor) if not filters and asked <= for_reaches() else None


def _counted(wanted: Wanted, actor: Any, filters: Filters, *, large: bool, soon: bool) -> dict[date, dict[str, Result]]:
    """What no stored figure answers; `soon` where the next bell stores it: everything, and each reach, of today."""
    if not wanted:
        return {}
    if not large:
        return counted_each(wanted, actor=actor, filters=filters)
    if soon:
        return awaited(wanted, actor=actor, filters=filters)
    return computed_in_time(wanted, actor=actor, filters=filters)


def stored(
    keys: Iterable[str], dates: Iterable[date], chosen: Slice = WHOLE, *, actor: Any = None
) -> dict[tuple[date, str], Stored]:
    """The stored figures of a slice, fresh and stale, by date and metric: one query.

    A figure on which a touched subject rests that nobody looked at yet counts as stale already. Without an actor
    the figures are whole; the caller then answers for who sees them.
    """
    return stored_of_each(keys, dates, [chosen], actor=actor)[chosen]


def stored_of_each(
    keys: Iterable[str], dates: Iterable[date], slices: Iterable[Slice], *, actor: Any = None
) -> dict[Slice, dict[tuple[date, str], Stored]]:
    """The same of several slices: one query for all of them."""
    wanted = list(dict.fromkeys(slices))
    grouped: dict[tuple[Slice, date, str], dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in _read(list(keys), list(dates), wanted):
        grouped[Slice(row["dimension"], row["member"]), row["as_of"], row["metric"]][row["part"]] = row
    eyes = System("snapshots") if actor is None else actor
    found: dict[Slice, dict[tuple[date, str], Stored]] = {chosen: {} for chosen in wanted}
    for (chosen, day, key), parts in grouped.items():
        if "" in parts:
            found[chosen][day, key] = _stored(parts, chosen, eyes)
    return found


def history(keys: Iterable[str], on: date, *, actor: Any, filters: Filters) -> dict[str, dict[date, Stored]]:
    """What is stored of metrics at the month ends before a date, oldest first: one query, and gaps where nothing is."""
    chosen, wanted = slice_of(actor, filters), list(keys)
    found = stored(wanted, month_ends(on), chosen, actor=actor) if chosen else {}
    return {key: {day: found[day, key] for day in month_ends(on) if (day, key) in found} for key in wanted}


def month_ends(on: date, months: int = MONTHS) -> list[date]:
    """The last days of the months before that of the date, oldest first."""
    first = on.replace(day=1)
    return [add_months(first, -back) - timedelta(days=1) for back in reversed(range(months))]


def _read(keys: list[str], dates: list[date], slices: list[Slice]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH waiting AS MATERIALIZED"
            " (SELECT kind, since, max(touched_at) AS latest FROM core_touched GROUP BY kind, since),"
            " days AS MATERIALIZED (SELECT d.as_of,"
            " (SELECT jsonb_object_agg(kind, latest) FROM (SELECT kind, max(latest) AS latest FROM waiting"
            " WHERE since <= d.as_of GROUP BY kind) t) AS touched FROM unnest(%s::date[]) AS d(as_of))"
            " SELECT s.metric, s.part, s.as_of, s.value, s.numerator, s.denominator, s.n AS count, s.unknown,"
            " s.unattributed, s.policy, s.taken_at, s.taken_on, s.stale_since, s.first_value, s.first_taken_at,"
            " s.first_taken_on, s.dimension, s.member, days.touched"
            " FROM days JOIN core_snapshot s ON s.as_of = days.as_of"
            " JOIN unnest(%s::text[], %s::text[]) AS c(dimension, member)"
            " ON c.dimension = s.dimension AND c.member = s.member WHERE s.metric = ANY(%s)",
            [dates, [c.dimension for c in slices], [c.member for c in slices], keys],
        )
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _stored(parts: Mapping[str, dict[str, Any]], chosen: Slice, actor: Any) -> Stored:
    row = parts[""]
    wanted = metric(row["metric"])
    sums = {f"{wanted.key}__{name}": plain(row[name]) for name in _COLUMNS}
    sums |= {f"{wanted.key}__part_{part}": plain(own["value"]) for part, own in parts.items() if part}
    sums[f"{wanted.key}__middle"] = plain(row["value"])
    ask = Ask(row["as_of"], actor, chosen.filters)
    result = replace(result_from(wanted, ask, sums, _decoded(row["policy"])), taken_at=row["taken_at"])
    return Stored(
        result=result,
        taken_on=row["taken_on"],
        stale_since=row["stale_since"] or _touched_since(row),
        first_value=None if result.withheld else plain(row["first_value"]),
        first_taken_at=row["first_taken_at"],
        first_taken_on=row["first_taken_on"],
    )


def _touched_since(row: Mapping[str, Any]) -> date | None:
    """The date itself where a touched subject waits that may change the figure."""
    waiting = _decoded(row["touched"]) or {}
    wanted = metric(row["metric"])
    late = any(rests_on(wanted, k) and datetime.fromisoformat(at) > row["taken_at"] for k, at in waiting.items())
    return row["as_of"] if late else None


def _decoded(found: Any) -> Any:
    """JSON as Python, whatever the driver made of it."""
    return json.loads(found) if isinstance(found, str) else found


def plain(number: Decimal | None) -> Decimal | int | None:
    """A number without decimals as whole, as a count is when it is computed."""
    if isinstance(number, Decimal) and number.as_tuple().exponent == 0:
        return int(number)
    return number
