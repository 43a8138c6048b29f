"""Writing in sets: COPY into PostgreSQL."""

import gc
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": None})


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into a table. None is NULL; everything else is written as its text.

    `table` and `columns` come from code, never from input.
    """
    buffer = io.StringIO()
    buffer.writelines(["\t".join([_field(value) for value in row]) + "\n" for row in rows])
    buffer.seek(0)
    names = ", ".join(f'"{c}"' for c in columns)
    with connection.cursor() as cursor:
        cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', buffer)


def _field(value: Any) -> str:
    if type(value) is str and value.isprintable() and "\\" not in value:
        return value
    if value is None:
        return "\\N"
    return value.translate(_ESCAPES) if isinstance(value, str) else str(value)


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
