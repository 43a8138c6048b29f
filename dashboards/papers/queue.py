"""The renewal queue, narrowed as a saved view keeps it, as a paper."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from core import opening
from core.display import day, day_short, money, number
from core.metrics import WrongFilter
from core.models import SavedView, User
from dashboards.papers.content import Asked, Block, Cell, KeyFigure, Paper, Row
from health.rules import Tier
from renewals.filters import QueueFilter
from renewals.queries.queue import queue_page, queue_rows
from renewals.views import narrowing, words

TONES = {Tier.GREEN: "good", Tier.YELLOW: "watch", Tier.RED: "risk"}


def queue(asked: Asked) -> Paper:
    """The buckets with count and euros, and the rows to begin with. Raises WrongFilter."""
    filters = _filters(asked.query, queue_rows(asked.actor), asked)
    found = queue_page(filters.narrowed(), filters.criteria, user=asked.actor, on=asked.on)
    currency = opening.ours().reporting_currency
    rows = tuple(_row(row, currency) for row in found.rows)
    heads = (
        _("Account and contract"),
        _("Last day to decide"),
        _("Days"),
        _("A year"),
        _("Health"),
        _("Next step"),
        _("Owner"),
    )
    return Paper(
        title=_title(asked.actor, filters.query),
        lead=words.standfirst(found.overview, on=asked.on, currency=currency),
        on=asked.on,
        address=reverse("renewals:queue") + (f"?{filters.query}" if filters.query else ""),
        narrowed=tuple((str(filters.filters[name].label or name), text) for name, text in filters.said.items()),
        figures=tuple(_bucket(c) for c in words.columns(found.overview, on=asked.on, currency=currency)),
        blocks=(Block(_("Where to begin"), heads=heads, rows=rows),) if rows else (),
        notice="" if rows else _("No renewal answers to these filters."),
        wide=True,
    )


def understood(query: Mapping[str, str]) -> dict[str, str]:
    """The filters of the queue among these, as they were said."""
    known = QueueFilter.base_filters
    return {name: text for name, text in query.items() if name in known and text}


def check(asked: Asked) -> None:
    """Raises WrongFilter for a filter that cannot be understood, or whose choice is not there for this reader."""
    _filters(asked.query, queue_rows(asked.actor), asked)


def _filters(query: Mapping[str, str], rows: Any, asked: Asked) -> QueueFilter:
    given = QueryDict(mutable=True)
    given.update(dict(query))
    filters = QueueFilter(given, queryset=rows, on=asked.on)
    if filters.unclear:
        raise WrongFilter(_("Not understood: %(names)s.") % {"names": ", ".join(filters.unclear)})
    return filters


def _title(reader: User, query: str) -> str:
    """The name under which this reader keeps these filters, else that of the queue."""
    kept = SavedView.objects.readable_by(reader).filter(page=narrowing.PAGE, query=query).order_by("name").first()
    return _("Renewals: %(name)s") % {"name": kept.name} if kept and query else _("Renewals")


def _bucket(column: Any) -> KeyFigure:
    return KeyFigure(
        name=column.name,
        value=column.value,
        status=column.status or "unknown",
        word="",
        target=column.count,
        change=column.note,
        href="",
    )


def _row(row: Any, currency: str) -> Row:
    step = f"{day_short(row.next_step_on)}: {row.next_step}" if row.next_step_on else row.next_step
    return Row((
        Cell(row.account, note=row.number, href=reverse("renewals:renewal", args=[row.pk])),
        Cell(day(row.decides_on)),
        Cell(number(row.days), number=True),
        Cell(money(row.value, currency), number=True),
        Cell(number(row.score) if row.score is not None else "–", tone=TONES.get(row.tier, "unknown")),
        Cell(step or _("No next step yet")),
        Cell(row.owner_name),
    ))  # fmt: skip
