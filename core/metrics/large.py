"""A base so large that its figures are not computed while somebody waits for a page."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from core.metrics.ask import Ask, Filters
from core.metrics.catalogue import metric
from core.metrics.compute import Result, counted_each

# Rows of the largest table, as PostgreSQL estimates them.
ROWS = 500_000
# How long a page waits for a figure that nobody stores.
SECONDS = 10
_TOO_LONG = "57014"

Found = dict[date, dict[str, Result]]


def is_large() -> bool:
    """Whether the base is too large to be counted in a request. One query, of the catalogue alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(reltuples) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return float(cursor.fetchone()[0] or 0) > ROWS


def computed_in_time(wanted: Mapping[date, Iterable[str]], *, actor: Any, filters: Filters) -> Found:
    """Computed live, and as not counted where that takes longer than anybody waits."""
    try:
        with _bounded():
            return counted_each(wanted, actor=actor, filters=filters)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != _TOO_LONG:
            raise
        reason = _("Too much to count while you wait. Take a filter away, or choose the end of a month.")
        return uncounted(wanted, actor, filters, reason)


def is_counted_next(days: Iterable[date]) -> bool:
    """Whether the next bell stores what a page of these days shows: none later has been stored. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(as_of) FROM core_snapshot WHERE dimension = ''")
        latest = cursor.fetchone()[0]
    return latest is None or max(days) >= latest


def awaited(wanted: Mapping[date, Iterable[str]], *, actor: Any, filters: Filters) -> Found:
    """Figures that the next bell stores."""
    return uncounted(wanted, actor, filters, _("Being counted: the figure stands here when the count is done."))


def uncounted(wanted: Mapping[date, Iterable[str]], actor: Any, filters: Filters, reason: str) -> Found:
    """No figures, and why."""
    return {day: {key: _without(key, Ask(day, actor, filters), reason) for key in keys} for day, keys in wanted.items()}


def _without(key: str, ask: Ask, reason: str) -> Result:
    wanted = metric(key)
    parts = {part.key: None for part in wanted.parts}
    return Result(wanted, ask.on, ask.filters, None, reason=reason, parts=parts, waiting=True)


@contextmanager
def _bounded() -> Iterator[None]:
    """Each statement within is broken off after SECONDS. In a transaction, that one goes on."""
    if connection.in_atomic_block:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{int(SECONDS * 1000)}ms"])
            yield
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, false)",
            [f"{int(SECONDS * 1000)}ms"],
        )
        before = cursor.fetchone()[0]
        try:
            yield
        finally:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [before])
