"""The table of cohorts in words: a line per year of beginning, a column per year since."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.display import day, percent
from core.metrics import Window
from dashboards.bowtie.frames import Cohort


@dataclass(frozen=True)
class Cell:
    """A share of the first year and the money behind it; `tone` shades it in five steps, 0 where nothing is known."""

    kept: str
    money: str
    tone: int


@dataclass(frozen=True)
class Line:
    name: str
    customers: int
    cells: list[Cell]
    empty: int


def lines(cohorts: list[Cohort], windows: list[Window], money: Any) -> list[Line]:
    return [_line(c, windows, money) for c in cohorts]


def _line(cohort: Cohort, windows: list[Window], money: Any) -> Line:
    first = windows[cohort.began]
    if cohort.began == 0:
        name = _("before %(day)s") % {"day": day(windows[1].first)} if len(windows) > 1 else day(first.last)
    else:
        name = _("year to %(day)s") % {"day": day(first.last)}
    cells = [
        Cell(percent(kept, 0), money(amount), _tone(kept))
        for amount, kept in zip(cohort.revenue, cohort.kept, strict=True)
    ]
    return Line(name, cohort.customers, cells, len(windows) - len(cells))


def _tone(kept: Decimal | None) -> int:
    """By how much of the first year is still there: under 50, 90, 100, 110 percent, and above."""
    if kept is None:
        return 0
    return 1 + sum(kept >= edge for edge in map(Decimal, ("0.5", "0.9", "1", "1.1")))
