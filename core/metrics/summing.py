"""The sums of metrics over the rows of their family, each row computed once.

The aggregates are those that Django makes when it wraps a query to aggregate it, over rows that PostgreSQL is told to
compute first: inlined, a column of which six metrics speak would be computed six times a row. They speak of the rows
by name, so that their SQL is the same on every date and is made once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models.expressions import Col, Ref

# SQL with its parameters.
Statement = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Aggregates:
    """The sums of some metrics in SQL, and the annotations of the rows that they speak of."""

    names: tuple[str, ...]
    sql: str
    parameters: tuple[Any, ...]
    spoken_of: tuple[str, ...]


_made: dict[tuple[str, ...], Aggregates | None] = {}


def aggregates(columns: Mapping[str, Any], rows: Any) -> Aggregates | None:
    """The SQL of these sums over such rows; their names say what they are, so that it is made once a process.

    None where a sum speaks of a column of a table, which only the query that reads it knows.
    """
    names = tuple(columns)
    if names not in _made:
        _made[names] = _compiled(columns, rows)
    return _made[names]


def _compiled(columns: Mapping[str, Any], rows: Any) -> Aggregates | None:
    query = rows.query.clone()
    compiler = query.get_compiler(connection=connection)
    resolved = [c.resolve_expression(query, allow_joins=True, summarize=True) for c in columns.values()]
    spoken_of = [e for amount in resolved for e in _leaves(amount)]
    if any(isinstance(e, Col) for e in spoken_of):
        return None
    compiled = [compiler.compile(amount) for amount in resolved]
    return Aggregates(
        names=tuple(columns),
        sql=", ".join(text for text, _parameters in compiled),
        parameters=tuple(p for _text, own in compiled for p in own),
        spoken_of=tuple(sorted({e.refs for e in spoken_of})),
    )


def _leaves(expression: Any) -> Iterator[Any]:
    """The annotations and columns that an expression refers to."""
    if isinstance(expression, Ref | Col):
        yield expression
    else:
        for source in expression.get_source_expressions():
            if source is not None:
                yield from _leaves(source)


def summed(columns: Mapping[str, Any], rows: Any) -> dict[str, Any]:
    """The sums by name, over all of these rows. One statement."""
    return summed_together([(columns, rows)])[0]


def summed_together(asked: Sequence[tuple[Mapping[str, Any], Any]]) -> list[dict[str, Any]]:
    """The sums of each of these over its own rows: one statement for all whose sums speak of annotations alone."""
    made = [aggregates(columns, rows) for columns, rows in asked]
    together = [
        (place, own, statement)
        for place, (own, (_columns, rows)) in enumerate(zip(made, asked, strict=True))
        if own is not None and own.spoken_of and (statement := statement_of(own, rows)) is not None
    ]
    read = dict(zip([place for place, *_ in together], _read(together), strict=True))
    return [read[place] if place in read else dict(rows.aggregate(**own)) for place, (own, rows) in enumerate(asked)]


def statement_of(own: Aggregates, rows: Any, **also: Any) -> Statement | None:
    """The rows in SQL, with what these sums speak of and `also`; None where it is known beforehand that there are none,
    as of deals for who sees no deal."""
    try:
        found: Statement = rows.order_by().values(*own.spoken_of, **also).query.sql_with_params()
    except EmptyResultSet:
        return None
    return found


def _read(wanted: Sequence[tuple[int, Aggregates, Statement]]) -> list[dict[str, Any]]:
    """Each is a subquery of one row, and the statement the one row of them side by side."""
    if not wanted:
        return []
    parts, parameters = [], []
    for place, own, (sql, mine) in wanted:
        parts.append(f"(WITH found AS MATERIALIZED ({sql}) SELECT {own.sql} FROM found) AS sums_{place}")
        parameters += [*mine, *own.parameters]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {', '.join(parts)}", parameters)
        row = iter(cursor.fetchone())
    return [{name: exact(next(row)) for name in own.names} for _place, own, _sql in wanted]


def exact(value: Any) -> Any:
    """A middle value comes as a float; every figure is a decimal or a whole number."""
    return Decimal(str(value)) if isinstance(value, float) else value
