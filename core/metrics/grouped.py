"""The sums of a family cut by all members of its dimensions, in one pass over its rows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import localcontext
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.expressions import Ref

from core.metrics.ask import Ask
from core.metrics.catalogue import Metric
from core.metrics.compute import columns_of, sums_of
from core.metrics.slices import OF_THE_ACCOUNT, WHOLE, Slice, places_sql

Sums = dict[str, Any]
# More than any sum of ours has.
MAX_DIGITS = 400


def sums_by_slice(
    wanted: list[Metric], ask: Ask, members: Iterable[Slice], teams: Mapping[int, frozenset[int]]
) -> dict[Slice, Sums]:
    """The sums of metrics of one family, of everything and of every member.

    Owner, segment and country come out of one grouped pass where the family says whose account decides; teams are
    added up from their owners. Product lines, of which a row may have several, and families without an account
    are asked for member by member.
    """
    known = list(members)
    grouped = _grouped(wanted, ask) if wanted[0].family.placed_at else {WHOLE: sums_of(wanted, ask)}
    alone = {s for s in known if s.dimension == "product_line" or not wanted[0].family.placed_at}
    found = {s: grouped.get(s, {}) for s in (WHOLE, *known) if s not in alone}
    found |= {s: _added(grouped, teams.get(int(s.member), frozenset())) for s in found if s.dimension == "team"}
    return found | {s: sums_of(wanted, _narrowed(ask, s)) for s in alone}


def _narrowed(ask: Ask, to: Slice) -> Ask:
    return Ask(ask.on, ask.actor, to.filters, ask.policies)


def _added(grouped: Mapping[Slice, Sums], owners: Iterable[int]) -> Sums:
    """Every account has one owner on a date, so a team is the sum of its owners, to the last digit."""
    total: Sums = defaultdict(int)
    with localcontext(prec=MAX_DIGITS):
        for owner in owners:
            for name, amount in grouped.get(Slice("owner", str(owner)), {}).items():
                total[name] += amount or 0
    return dict(total)


def _grouped(wanted: list[Metric], ask: Ask) -> dict[Slice, Sums]:
    """One statement: the family's rows, each with the place of its account, summed by grouping sets.

    The aggregates are those of a live figure, resolved as Django does when it wraps a query to aggregate it.
    """
    rows = wanted[0].family.rows(ask)
    compiler = rows.query.get_compiler(connection=connection)
    resolved = {
        name: amount.resolve_expression(rows.query, allow_joins=True, summarize=True)
        for name, amount in columns_of(wanted).items()
    }
    inner = rows.order_by().values(*_referred(resolved.values()), row_at=F(wanted[0].family.placed_at))
    rows_sql, parameters = inner.query.sql_with_params()
    where_sql, more = places_sql(ask.on)
    compiled = [compiler.compile(amount) for amount in resolved.values()]
    sets = ", ".join(f"(place_{d})" for d in OF_THE_ACCOUNT)
    cuts = ", ".join(f"GROUPING(place_{d}), place_{d}::text" for d in OF_THE_ACCOUNT)
    sql = (
        f"WITH found AS MATERIALIZED ({rows_sql}), places AS MATERIALIZED ({where_sql})"
        f" SELECT {cuts}, {', '.join(text for text, _parameters in compiled)}"
        f" FROM found LEFT JOIN places ON place_of = row_at GROUP BY GROUPING SETS ((), {sets})"
    )
    values = [*parameters, *more, *(p for _text, own in compiled for p in own)]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return _by_slice(cursor.fetchall(), list(resolved))


def _referred(resolved: Iterable[Any]) -> list[str]:
    """The annotations of the rows that the sums refer to."""
    return sorted({name for amount in resolved for name in _refs(amount)})


def _refs(expression: Any) -> Iterator[str]:
    if isinstance(expression, Ref):
        yield expression.refs  # type: ignore[attr-defined]
    else:
        for source in expression.get_source_expressions():
            if source is not None:
                yield from _refs(source)


def _by_slice(rows: Iterable[Any], names: list[str]) -> dict[Slice, Sums]:
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
