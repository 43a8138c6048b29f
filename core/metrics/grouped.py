"""The sums of a family cut by all members of its dimensions, in one pass over its rows.

The aggregates are those of a live figure, resolved as Django does when it wraps a query to aggregate it. They speak of
the rows by name, so that their SQL is the same on every date and is made once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import localcontext
from typing import Any

from django.db import connection
from django.db.models import F

from core.metrics.ask import Ask
from core.metrics.catalogue import Metric
from core.metrics.compute import Median, columns_of, sums_of
from core.metrics.reaches import Sight, held_sql
from core.metrics.slices import OF_THE_ACCOUNT, WHOLE, Slice, places_sql
from core.metrics.summing import Aggregates, aggregates, statement_of, summed

Sums = dict[str, Any]
# More than any sum of ours has.
MAX_DIGITS = 400
# Members that are asked for in one statement.
TOGETHER = 8


def sums_by_slice(
    wanted: list[Metric], ask: Ask, members: Iterable[Slice], teams: Mapping[int, frozenset[int]]
) -> dict[Slice, Sums]:
    """The sums of metrics of one family, of everything and of every member.

    Owner, segment and country come out of one grouped pass where the family says whose account decides, and its
    metrics speak of annotations alone; teams are added up from their owners, unless a metric is a median. Product
    lines, of which a row may have several, and all else are asked for member by member.
    """
    known = list(members)
    rows = wanted[0].family.rows(ask)
    sums = aggregates(columns_of(wanted), rows)
    if sums is None:
        return {s: sums_of(wanted, _narrowed(ask, s)) for s in (WHOLE, *known)}
    placed = bool(wanted[0].family.placed_at) and bool(known)
    grouped = _grouped(wanted, ask, rows, sums) if placed else _one_by_one(wanted, ask, sums, [WHOLE])
    if not any(grouped.get(WHOLE, {}).values()):
        # Counts are among the sums: where all of them are nothing, no row is there to be cut.
        return {s: grouped.get(WHOLE, {}) if s == WHOLE else {} for s in (WHOLE, *known)}
    found = {WHOLE: grouped.get(WHOLE, {})}
    if placed:
        found |= {s: grouped.get(s, {}) for s in known if s.dimension in OF_THE_ACCOUNT}
    if placed and _adds_up(wanted):
        found |= {s: _added(grouped, teams.get(int(s.member), ())) for s in known if s.dimension == "team"}
    return found | _one_by_one(wanted, ask, sums, [s for s in known if s not in found])


def sums_by_reach(wanted: list[Metric], ask: Ask, sights: Iterable[Sight]) -> dict[Slice, Sums]:
    """The sums of metrics of one family, of everything and of every reach, in one pass over the rows.

    A reach is the sum of its owners, and of what its people see beside that, asked for as one of them sees it. The
    family says `seen_at`, and none of its metrics is a median.
    """
    rows = wanted[0].family.rows(ask)
    sums = aggregates(columns_of(wanted), rows)
    if sums is None or not wanted[0].family.seen_at or not _adds_up(wanted):
        raise ValueError(f"{wanted[0].family.key} cannot be cut by what people see.")
    whole, held = _by_holder(wanted, rows, sums)
    return {WHOLE: whole} | {s.slice: _of_reach(wanted, ask, s, held) for s in sights}


def _of_reach(wanted: list[Metric], ask: Ask, sight: Sight, held: dict[Slice, Sums]) -> Sums:
    if not sight.others:
        return _added(held, sight.owners)
    family = wanted[0].family
    theirs = family.rows(Ask(ask.on, sight.seer, ask.filters, ask.policies))
    beside = summed(columns_of(wanted), theirs.filter(**{f"{family.seen_at}__in": sight.others}))
    return _added(held | {Slice("owner", "beside"): beside}, (*sight.owners, "beside"))


def _by_holder(wanted: list[Metric], rows: Any, sums: Aggregates) -> tuple[Sums, dict[Slice, Sums]]:
    """One statement: the family's rows, each with who holds its account today, summed in all and by holder."""
    asked = statement_of(sums, rows, row_at=F(wanted[0].family.seen_at))
    if asked is None:
        return {}, {}
    rows_sql, parameters = asked
    held, more = held_sql()
    sql = (
        f"WITH found AS MATERIALIZED ({rows_sql}), held AS MATERIALIZED ({held})"
        f" SELECT GROUPING(holder), holder, {sums.sql} FROM found LEFT JOIN held ON holder_of = row_at"
        " GROUP BY GROUPING SETS ((), (holder))"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, *more, *sums.parameters])
        found = [(row[0], row[1], dict(zip(sums.names, row[2:], strict=True))) for row in cursor.fetchall()]
    whole = next((own for apart, _holder, own in found if apart), {})
    return whole, {Slice("owner", str(holder)): own for apart, holder, own in found if not apart and holder}


def _narrowed(ask: Ask, to: Slice) -> Ask:
    return ask if to.filters == ask.filters else Ask(ask.on, ask.actor, to.filters, ask.policies)


def _adds_up(wanted: list[Metric]) -> bool:
    """Whether the figures of a whole are the sums of those of its parts: the middle of a team is not."""
    return all(not isinstance(column, Median) for column in columns_of(wanted).values())


def _added(grouped: Mapping[Slice, Sums], owners: Iterable[int | str]) -> Sums:
    """Every account has one owner on a date, so a team is the sum of its owners, to the last digit."""
    total: Sums = defaultdict(int)
    with localcontext(prec=MAX_DIGITS):
        for owner in owners:
            for name, amount in grouped.get(Slice("owner", str(owner)), {}).items():
                total[name] += amount or 0
    return dict(total)


def _grouped(wanted: list[Metric], ask: Ask, rows: Any, sums: Aggregates) -> dict[Slice, Sums]:
    """One statement: the family's rows, each with the place of its account, summed by grouping sets."""
    asked = statement_of(sums, rows, row_at=F(wanted[0].family.placed_at))
    if asked is None:
        return {}
    rows_sql, parameters = asked
    where_sql, more = places_sql(ask.on)
    sets = ", ".join(f"(place_{d})" for d in OF_THE_ACCOUNT)
    cuts = ", ".join(f"GROUPING(place_{d}), place_{d}::text" for d in OF_THE_ACCOUNT)
    sql = (
        f"WITH found AS MATERIALIZED ({rows_sql}), places AS MATERIALIZED ({where_sql}) SELECT {cuts}, {sums.sql}"
        f" FROM found LEFT JOIN places ON place_of = row_at GROUP BY GROUPING SETS ((), {sets})"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, *more, *sums.parameters])
        return _by_slice(cursor.fetchall(), sums.names)


def _by_slice(rows: Iterable[Any], names: Iterable[str]) -> dict[Slice, Sums]:
    """Rows of (whether it is cut otherwise, member) per dimension, and sums. Rows without a member belong to none."""
    found: dict[Slice, Sums] = {}
    width = 2 * len(OF_THE_ACCOUNT)
    for row in rows:
        cut = [(d, row[2 * i + 1]) for i, d in enumerate(OF_THE_ACCOUNT) if not row[2 * i]]
        sums = dict(zip(names, row[width:], strict=True))
        if not cut:
            found[WHOLE] = sums
        elif cut[0][1]:
            found[Slice(*cut[0])] = sums
    return found


def _one_by_one(wanted: list[Metric], ask: Ask, sums: Aggregates, slices: list[Slice]) -> dict[Slice, Sums]:
    """Each slice by its own filters, some in one statement."""
    found: dict[Slice, Sums] = {}
    for start in range(0, len(slices), TOGETHER):
        found |= _asked_for(wanted, ask, sums, slices[start : start + TOGETHER])
    return found


def _asked_for(wanted: list[Metric], ask: Ask, sums: Aggregates, slices: list[Slice]) -> dict[Slice, Sums]:
    rows = [wanted[0].family.rows(_narrowed(ask, s)) for s in slices]
    asked = {place: statement_of(sums, found) for place, found in enumerate(rows)}
    some = {place: found for place, found in asked.items() if found is not None}
    if not some:
        return {s: {} for s in slices}
    parts = " UNION ALL ".join(f"SELECT {place} AS slice, f.* FROM ({sql}) f" for place, (sql, _) in some.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH found AS MATERIALIZED ({parts}) SELECT slice, {sums.sql} FROM found GROUP BY slice",
            [*(p for _sql, own in some.values() for p in own), *sums.parameters],
        )
        cut = {row[0]: dict(zip(sums.names, row[1:], strict=True)) for row in cursor.fetchall()}
    return {s: cut.get(place, {}) for place, s in enumerate(slices)}
