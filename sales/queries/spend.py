"""What was spent, year by year: a grid of months and sources, with what a lead of each source cost (LG-03)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from core.calendar import add_months
from sales.models import Lead, LeadSource, Spend, SpendKind
from sales.rules.spend import Cell, is_fixed, standing


@dataclass(frozen=True)
class Box:
    """A cell with what stands in it: `amount` in the reporting currency, None where nobody knows."""

    cell: Cell
    amount: Decimal | None
    fixed: bool = False
    note: str = ""


@dataclass(frozen=True)
class Line:
    """A source, or what was spent in general, over the years that are shown. `leads` is None where it has none of its
    own: sales spend is of no source."""

    name: str
    source: LeadSource | None
    boxes: tuple[tuple[Box, ...], ...]
    years: tuple[Decimal | None, ...]
    total: Decimal | None
    leads: int | None = None

    @property
    def each(self) -> Decimal | None:
        """What a lead of this source cost; None where there is no lead, or nothing was entered."""
        return self.total / self.leads if self.leads and self.total is not None else None


@dataclass(frozen=True)
class Sheet:
    """The lines of one kind, with their sums by month and year."""

    kind: str
    lines: tuple[Line, ...]
    months: tuple[tuple[Decimal | None, ...], ...]
    years: tuple[Decimal | None, ...]
    total: Decimal | None
    leads: int | None = None
    lacking: tuple[date, ...] = ()

    @property
    def each(self) -> Decimal | None:
        """What a lead cost; None while a month that has begun has no entry."""
        return self.total / self.leads if self.leads and self.total is not None and not self.lacking else None


def months_of_years(years: list[int]) -> list[list[date]]:
    return [[date(year, month, 1) for month in range(1, 13)] for year in years]


def sheets(user: Any, years: list[int], on: date, currency: str) -> list[Sheet]:
    """Marketing and sales over these years. Four queries, however many sources there are."""
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    held: dict[Cell, list[Spend]] = {}
    for row in Spend.objects.visible_to(user).filter(month__range=(first, last)).order_by("pk"):
        held.setdefault(Cell(row.month, row.kind, row.lead_source_id), []).append(row)
    named = {cell.source for cell in held}
    sources = list(LeadSource.objects.filter(Q(is_active=True) | Q(pk__in=[pk for pk in named if pk])).order_by("name"))
    leads = _leads(first, min(last, on))
    return [_sheet(kind, sources, held, leads, years, on, currency) for kind in (SpendKind.MARKETING, SpendKind.SALES)]


def _leads(first: date, last: date) -> dict[tuple[int | None, date], int]:
    """How many leads came from each source in each month, whoever sees them: a count, as what they cost."""
    rows = Lead._base_manager.filter(created_on__range=(first, last)).order_by()
    counted = rows.values("lead_source_id", month=TruncMonth("created_on")).annotate(n=Count("pk"))
    return {(row["lead_source_id"], row["month"]): row["n"] for row in counted}


def _sheet(
    kind: SpendKind, sources: list[LeadSource], held: dict[Cell, list[Spend]],
    leads: dict[tuple[int | None, date], int], years: list[int], on: date, currency: str,
) -> Sheet:  # fmt: skip
    marketing = kind == SpendKind.MARKETING
    shown = [s for s in sources if marketing or any(c.source == s.pk and c.kind == kind for c in held)]
    rows: list[LeadSource | None] = [*shown, None]
    lines = tuple(_line(kind, source, held, leads if marketing else None, years, currency) for source in rows)
    months = tuple(
        tuple(_total([line.boxes[y][m].amount for line in lines]) for m in range(12)) for y in range(len(years))
    )
    sums = tuple(_total(list(year)) for year in months)
    begun = [day for year in months_of_years(years) for day in year if day <= on]
    flat = [amount for year in months for amount in year]
    return Sheet(
        kind.value,
        lines,
        months,
        sums,
        _total(list(sums)),
        sum(leads.values()) if marketing else None,
        tuple(day for day, amount in zip(begun, flat, strict=False) if amount is None),
    )


def _line(
    kind: str, source: LeadSource | None, held: dict[Cell, list[Spend]],
    leads: dict[tuple[int | None, date], int] | None, years: list[int], currency: str,
) -> Line:  # fmt: skip
    key = source.pk if source else None
    boxes = tuple(tuple(_box(Cell(day, kind, key), held, currency) for day in year) for year in months_of_years(years))
    sums = tuple(_total([box.amount for box in year]) for year in boxes)
    own = None if leads is None else sum(n for (of, _month), n in leads.items() if of == key)
    return Line(source.name if source else "", source, boxes, sums, _total(list(sums)), own)


def _box(cell: Cell, held: dict[Cell, list[Spend]], currency: str) -> Box:
    rows = held.get(cell, [])
    return Box(cell, standing(rows), is_fixed(rows, currency), " · ".join(row.note for row in rows if row.note))


def _total(amounts: list[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def first_year(on: date) -> int:
    """The earliest year that the page offers: ten years back, or that of the first entry."""
    found = Spend._base_manager.order_by("month").values_list("month", flat=True).first()
    return min(found.year if found else on.year, add_months(on, -120).year)
