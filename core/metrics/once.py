"""What is built of one question is built once: the rows of a family, and what several families look into."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from core.metrics.ask import Ask

_NOTHING = "SELECT NULL::bigint WHERE FALSE"


def once_an_ask(build: Callable[[Ask], Any]) -> Callable[[Ask], Any]:
    """The same for the same question; a queryset as one of its own, which costs less than building it."""
    if getattr(build, "once_an_ask", False):
        return build

    @wraps(build)
    def built(ask: Ask) -> Any:
        if build not in ask.built:
            ask.built[build] = build(ask)
        found = ask.built[build]
        return found.all() if isinstance(found, QuerySet) else found

    built.once_an_ask = True  # type: ignore[attr-defined]
    return built


def settled(rows: Any) -> RawSQL:
    """A query of one column that looks at nothing around it, as finished SQL: to be looked into with `__in`.

    Django resolves a query anew wherever it stands in another; this it copies as it is.
    """
    try:
        sql, parameters = rows.order_by().query.sql_with_params()
    except EmptyResultSet:
        sql, parameters = _NOTHING, ()
    return RawSQL(str(sql), parameters)
