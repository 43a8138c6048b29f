"""A list and a detail of one kind of thing, read in sets: no COUNT, no model instances, no serializer per row."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar

from django.db import connection
from django.db.models import CharField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core import clock
from core.api.filters import Filters, day
from core.api.paging import BY_ID, KEY, LARGEST_ID, Order, Ordering, order_of, page_size
from core.api.rendering import JsonAlways
from core.api.rows import Row, Rows, read
from core.api.schema import ReadSchema
from core.reach import Reach, reach_of

PAGED = ("cursor", "page_size", "ordering")


VERSION = "row_version"


def with_version(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Annotate a fingerprint of all columns of the row itself, whoever wrote them."""
    table = connection.ops.quote_name(rows.model._meta.db_table)
    told = f"substr(encode(sha256(convert_to(CAST({table} AS text), 'UTF8')), 'hex'), 1, 32)"
    return rows.annotate(**{VERSION: RawSQL(told, (), CharField())})


@dataclass(frozen=True)
class Asking:
    """Who asks, about which date; `dated` says whether they named the date."""

    user: Any
    reach: Reach
    on: date
    dated: bool = False


class ApiView:
    """What all views of the API share: JSON whatever is asked for, and nothing kept by a cache on the way."""

    content_negotiation_class = JsonAlways
    metadata_class = None
    schema = ReadSchema()

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        response.headers["Cache-Control"] = "no-store"
        patch_vary_headers(response, ("Authorization",))
        return response


def parameters(request: Request, allowed: Iterable[str]) -> dict[str, str]:
    """The query parameters; ValidationError names one that is unknown, given twice or holds NUL."""
    given = request.query_params
    known = set(allowed)
    for name, values in given.lists():
        if name not in known:
            raise ValidationError({printable(name): [_("Unknown parameter.")]})
        if len(values) > 1:
            raise ValidationError({name: [_("Give it once.")]})
        if "\x00" in values[0]:
            raise ValidationError({name: [_("Null characters are not allowed.")]})
    return given.dict()


def next_page(request: Request, cursor: str) -> str:
    """The address of the page that begins at this cursor, with all else as it was asked."""
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def printable(name: str) -> str:
    """A name that somebody sent, fit to be said in an answer."""
    return name[:80].replace("\x00", "\N{REPLACEMENT CHARACTER}")


def number(pk: str) -> int:
    """An id in an address; NotFound for one that cannot be."""
    if len(pk) > len(str(LARGEST_ID)) or not 0 < int(pk) <= LARGEST_ID:
        raise NotFound
    return int(pk)


class ReadViewSet(ApiView, GenericViewSet[Any]):
    """`row` and `detail_row` declare the fields; `base` gives the unscoped queryset of a date: all rows of the filters'
    model where nothing depends on it; `orderings` the allowed orders, the first of them the usual one."""

    row: ClassVar[type[Row]]
    detail_row: ClassVar[type[Row]]
    filters: ClassVar[type[Filters]]
    orderings: ClassVar[tuple[Ordering, ...]] = (BY_ID,)
    # Whether the thing can be asked about another date than today.
    as_of: ClassVar[bool] = False
    # What is written carries a version in its detail: that is its ETag.
    versioned: ClassVar[bool] = False
    http_method_names = ["get", "head"]
    lookup_value_regex = "[0-9]+"

    def list(self, request: Request) -> Response:
        dates = ("as_of",) if self.as_of else ()
        given = parameters(request, (*PAGED, *dates, *self.filters.base_filters))
        asking = self._asking(request, given)
        size = page_size(given.get("page_size", ""))
        order = order_of(given.get("ordering", ""), given.get("cursor", ""), self.orderings)
        source = self.source(self.row, asking, order)
        rows = order.apply(self._narrowed(self.visible(source.rows, asking.user), given, asking))
        found = read(rows[: size + 1], source.names)
        return Response({"next": self._next(request, found, size, order), "results": self._told(found[:size], asking)})

    def retrieve(self, request: Request, pk: str) -> Response:
        asking = self._asking(request, parameters(request, ("as_of",) if self.as_of else ()))
        return self.one(number(pk), asking, asking.user)

    def one(self, pk: int, asking: Asking, actor: Any, **answer: Any) -> Response:
        """One row as `actor` may find it, told to who asks, with its ETag if it is one that can be written."""
        source = self.source(self.detail_row, asking, Order(BY_ID))
        found = read(self.visible(source.rows, actor).filter(pk=pk)[:1], source.names)
        if not found:
            raise NotFound
        version = found[0].pop(VERSION, None)
        self.complete(found, asking)
        self.enrich(found[0], asking)
        self.detail_row.without_names(self.nameless(found, asking))
        response = Response(found[0], **answer)
        if version and not asking.dated:
            response.headers["ETag"] = f'"{version}"'
        return response

    def visible(self, rows: Any, actor: Any) -> Any:
        """The rows that this actor may see."""
        return rows.visible_to(actor)

    def base(self, on: date, *, dated: bool) -> QuerySet[Any]:
        """All rows with what is annotated for that date."""
        return self.filters._meta.model._default_manager.all()

    def paths(self, *, dated: bool) -> dict[str, str]:
        """Fields read elsewhere when the caller named a date, and what only `complete` needs: name -> path."""
        return {}

    def complete(self, rows: Rows, asking: Asking) -> None:
        """Fill in the derived fields of these rows, in a fixed number of queries."""

    def enrich(self, row: dict[str, Any], asking: Asking) -> None:
        """Fill in what only the detail has."""

    def nameless(self, rows: Rows, asking: Asking) -> Rows:
        """Those of these rows in which people have no name for who asks."""
        return [] if asking.reach.sees_names else rows

    def _asking(self, request: Request, given: dict[str, str]) -> Asking:
        dated = bool(given.get("as_of"))
        on = day(given["as_of"], "as_of") if dated else clock.today()
        return Asking(request.user, reach_of(request.user), on, dated)  # type: ignore[arg-type]

    def _narrowed(self, rows: QuerySet[Any], given: dict[str, str], asking: Asking) -> QuerySet[Any]:
        if not given.keys() & self.filters.base_filters.keys():
            return rows
        return self.filters(given, rows, on=asking.on, dated=asking.dated).narrowed()

    def _told(self, rows: Rows, asking: Asking) -> Rows:
        self.complete(rows, asking)
        self.row.without_names(self.nameless(rows, asking))
        for row in rows:
            row.pop(KEY, None)
        return rows

    def _next(self, request: Request, found: Rows, size: int, order: Order) -> str | None:
        if len(found) <= size:
            return None
        last = found[size - 1]
        return next_page(request, order.cursor(None if order.by_id else last[KEY], last["id"]))

    def source(self, row: type[Row], asking: Asking, order: Order) -> "Source":
        return _source(type(self), row, asking.on, asking.dated, asking.reach.sees_prices, order.by_id)


@dataclass(frozen=True)
class Source:
    """A `values_list` queryset, not yet scoped, and the names of its columns."""

    rows: Any
    names: list[str]


@lru_cache(maxsize=128)
def _source(
    view: Callable[[], ReadViewSet], row: type[Row], on: date, dated: bool, prices: bool, by_id: bool
) -> Source:
    """Resolving some twenty paths costs more than reading fifty rows: it is done once a day."""
    made = view()
    columns = row.columns(prices=prices) | made.paths(dated=dated)
    rows = made.base(on, dated=dated)
    if made.versioned and row is made.detail_row:
        rows, columns[VERSION] = with_version(rows), VERSION
    names = [*columns, *(() if by_id else (KEY,))]
    return Source(rows.values_list(*columns.values()), names)
