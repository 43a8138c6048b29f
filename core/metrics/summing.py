"""The sums of metrics over the rows of their family, each row computed once.

The aggregates are those that Django makes when it wraps a query to aggregate it, over rows that PostgreSQL is told to
compute first: inlined, a column of which six metrics speak would be computed six times a row. They speak of the rows
by name, so that their SQL is the same on every date and is made once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models.expressions import Col, Ref


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
    wanted = aggregates(columns, rows)
    if wanted is None or not wanted.spoken_of:
        return dict(rows.aggregate(**columns))
    sql, parameters = rows.order_by().values(*wanted.spoken_of).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH found AS MATERIALIZED ({sql}) SELECT {wanted.sql} FROM found", [*parameters, *wanted.parameters]
        )
        return dict(zip(wanted.names, map(exact, cursor.fetchone()), strict=True))


def exact(value: Any) -> Any:
    """A middle value comes as a float; every figure is a decimal or a whole number."""
    return Decimal(str(value)) if isinstance(value, float) else value
