"""A figure with the rows that made it, as a paper."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import opening
from core.calendar import add_months
from core.display import day, money, number
from core.metrics import Result, TargetPolicy, Unit, compute, largest_first, metric
from core.policies import policy_on
from core.reach import sees_prices
from dashboards import wording
from dashboards.papers import told
from dashboards.papers.bowtie import address
from dashboards.papers.content import Asked, Block, Cell, KeyFigure, Paper, Row


def receipt(asked: Asked) -> Paper:
    """The figure against a year before, and its largest rows. Raises UnknownMetric and WrongFilter."""
    wanted, filters = metric(asked.subject), told.narrowing(asked.query, asked.actor)
    currency, compared = opening.ours().reporting_currency, add_months(asked.on, -12)
    now, then = (compute(wanted.key, on=on, actor=asked.actor, filters=filters) for on in (asked.on, compared))
    rows, more = largest_first(wanted.key, on=asked.on, actor=asked.actor, filters=filters, page=1)
    counted = ngettext("%(n)s row", "%(n)s rows", now.count) % {"n": number(now.count)}
    here = address("dashboards:receipt", asked, wanted.key)
    prices = sees_prices(asked.actor)
    heads = (_("Row"), *(column.label for column in wanted.shown), _("Counts"))
    lines = tuple(_row(row, wanted, prices, currency) for row in rows)
    return Paper(
        title=str(wanted.name),
        lead=str(wanted.definition),
        on=asked.on,
        address=here,
        narrowed=told.narrowed(asked.query, asked.actor),
        compared_on=compared,
        figures=(_figure(now, then, currency, here, asked),),
        blocks=(Block(counted, _("The largest of them.") if more else "", heads=heads, rows=lines),) if lines else (),
        notice="" if lines else _("No row counts on this day."),
    )


def _figure(now: Result, then: Result, currency: str, here: str, asked: Asked) -> KeyFigure:
    found = wording.status(now, then, policy_on(TargetPolicy, asked.on).values)
    status = wording.STATUS[found]
    return KeyFigure(
        name=str(now.metric.name),
        value=wording.said(now.metric.unit, now.value, currency),
        status=status,
        word="" if status == "unknown" else wording.status_word(found),
        target=wording.target_words(now.metric, currency) if now.value is not None else now.reason,
        change=told.change(now.metric, now, then, currency),
        href=here,
    )


def _row(row: Any, wanted: Any, prices: bool, currency: str) -> Row:
    cells = [
        _cell(column.kind, value, prices, currency) for column, value in zip(wanted.shown, row.values, strict=True)
    ]
    shown = prices or not wanted.reads_money
    counts = wording.said(Unit.MONEY if wanted.reads_money else Unit.COUNT, row.numerator if shown else None, currency)
    return Row((Cell(row.title or row.id), *cells, Cell(counts, number=True)))


def _cell(kind: str, value: Any, prices: bool, currency: str) -> Cell:
    if kind == "yes":
        return Cell(_("yes") if value else _("no"))
    if value is None or value == "" or (kind == "money" and not prices):
        return Cell("–")
    if kind == "money":
        return Cell(money(value, currency), number=True)
    if kind == "date":
        return Cell(day(value))
    return Cell(_(value) if kind == "word" else value, number=kind == "count")
