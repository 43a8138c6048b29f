"""The receipt of a number: its rows, whose contributions add up to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet

from core.metrics.ask import EVERYTHING, Filters
from core.metrics.catalogue import Metric, metric
from core.metrics.compute import asked, rows_of
from core.subjects import subject, titles

PAGE = 50
_CHUNK = 2000


@dataclass(frozen=True)
class Row:
    """One contribution. `values` stand in the order of the metric's columns."""

    kind: str
    id: int
    title: str
    url: str
    values: tuple[Any, ...]
    numerator: Decimal | None
    denominator: Decimal | None
    unknown: bool


def rows(key: str, *, on: date, actor: Any, filters: Filters = EVERYTHING) -> QuerySet[Any]:
    """The rows behind a metric as a scoped queryset of dicts, ordered by `subject_id`.

    Each has `subject_id`, `numerator`, `denominator`, `unknown`, and the columns of the metric.
    """
    wanted = metric(key)
    return _values(wanted, rows_of(wanted, asked(on, actor, filters, wanted))).order_by("subject_id")


def largest_first(key: str, *, on: date, actor: Any, filters: Filters, page: int) -> tuple[list[Row], bool]:
    """One page of the receipt, the largest contributions first and the unknown ones last; and whether more follow."""
    wanted = metric(key)
    first = (page - 1) * PAGE
    found = rows(key, on=on, actor=actor, filters=filters)
    if wanted.reads_money:
        found = found.order_by(F("numerator").desc(nulls_last=True), "subject_id")
    else:
        found = found.order_by("unknown", "subject_id")
    chunk = list(found[first : first + PAGE + 1])
    return _dressed(wanted, chunk[:PAGE], actor), len(chunk) > PAGE


def all_rows(key: str, *, on: date, actor: Any, filters: Filters = EVERYTHING) -> Iterator[Row]:
    """Every row of the receipt, read in chunks by id: for files."""
    wanted = metric(key)
    found = rows(key, on=on, actor=actor, filters=filters)
    last = 0
    while chunk := list(found.filter(**{f"{wanted.family.subject_id}__gt": last})[:_CHUNK]):
        yield from _dressed(wanted, chunk, actor)
        last = chunk[-1]["subject_id"]


def _values(wanted: Metric, found: QuerySet[Any]) -> QuerySet[Any]:
    family = wanted.family
    link = {"link_to": F(family.link_id)} if family.link_id else {}
    columns = [c.field for c in wanted.shown]
    derived = {name: column for name, column in family.derived.items() if name in columns}
    return found.annotate(**derived).values(
        *columns, "numerator", "denominator", "unknown", subject_id=F(family.subject_id), **link
    )


def _dressed(wanted: Metric, chunk: list[dict[str, Any]], actor: Any) -> list[Row]:
    names = titles(wanted.family.subject, [row["subject_id"] for row in chunk], actor)
    prices = wanted.family.shows_money(actor)
    return [_row(wanted, row, names.get(row["subject_id"], ""), prices) for row in chunk]


def _row(wanted: Metric, row: dict[str, Any], title: str, prices: bool) -> Row:
    family = wanted.family
    kind = subject(family.link or family.subject)
    shown = prices or not wanted.reads_money
    return Row(
        kind=family.subject,
        id=row["subject_id"],
        title=title,
        url=kind.url(row.get("link_to") or row["subject_id"]),
        values=tuple(row[c.field] if prices or c.kind != "money" else None for c in wanted.shown),
        numerator=row["numerator"] if shown else None,
        denominator=row["denominator"] if shown else None,
        unknown=row["unknown"],
    )
