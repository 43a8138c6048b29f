"""Writing in sets: COPY into PostgreSQL."""

import gc
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from types import MappingProxyType, NoneType
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": None})


def copy_rows(
    table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, same: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """COPY rows into a table. None is NULL; everything else is written as its text.

    `same` are further columns with one value for all rows. `table` and the columns come from code, never from input.
    """
    buffer = io.StringIO()
    end = "".join([f"\t{_field(value)}" for value in same.values()]) + "\n"
    known, other = _AS_TEXT.get, _other
    buffer.writelines(["\t".join([known(type(value), other)(value) for value in row]) + end for row in rows])
    buffer.seek(0)
    names = ", ".join(f'"{c}"' for c in (*columns, *same))
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', buffer)


def new_ids(table: str, count: int) -> list[int]:
    """Ids from a table's own sequence, so that rows which point at each other can be written by COPY."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH own AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS ids)"
            " SELECT nextval(ids) FROM own, generate_series(1, %s)",
            [f'"{table}"', count],
        )
        return [row[0] for row in cursor.fetchall()]


def _field(value: Any) -> str:
    return _AS_TEXT.get(type(value), _other)(value)


def _other(value: Any) -> str:
    return value.translate(_ESCAPES) if isinstance(value, str) else str(value)


def _escaped(value: str) -> str:
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


_AS_TEXT: dict[type, Callable[[Any], str]] = {
    str: _escaped,
    int: int.__repr__,
    date: date.isoformat,
    NoneType: lambda _: "\\N",
}


@contextmanager
def uncollected() -> Iterator[None]:
    """Within, no garbage is looked for: thousands of rows are made and dropped, and looking costs more than they."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def among(ids: Iterable[int]) -> RawSQL:
    """Many ids as one parameter, to be looked into with `__in`: Django writes and checks each of a list by itself."""
    return RawSQL("SELECT unnest(%s::bigint[])", ([*ids],))
