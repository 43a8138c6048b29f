"""The grid of what was spent: one amount a cell, and what stood there when the page was made."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import localize_input
from django.utils.translation import gettext as _

from sales.queries.spend import Box, Sheet
from sales.rules.spend import Cell, Entry
from sales.words.spend import said

_NAME = re.compile(r"(marketing|sales)-(\d{1,18})-(\d{4})-(\d{2})\Z")
SEEN = "seen"


def name_of(cell: Cell) -> str:
    return f"{cell.kind}-{cell.source or 0}-{cell.month:%Y-%m}"


def shown(amount: Decimal | None) -> str:
    """An amount as it stands in its input: without decimals where it has none."""
    if amount is None:
        return ""
    whole = amount == amount.to_integral_value()
    return str(localize_input(amount.quantize(Decimal(1)) if whole else amount.quantize(Decimal("0.01"))))


class SpendGrid:
    """What was posted over the cells that were offered. `errors` name the cells that cannot be read."""

    def __init__(self, sheets: Iterable[Sheet], posted: Mapping[str, str] | None = None) -> None:
        self.boxes = {name_of(box.cell): box for box in _boxes(sheets)}
        self.names = {line.source.pk: line.name for sheet in sheets for line in sheet.lines if line.source}
        self.posted = posted
        self.errors: list[str] = []
        self.wrong: set[str] = set()

    @property
    def seen(self) -> str:
        """What stands in the cells, to be sent along: so that nobody overwrites what they did not see."""
        if self.posted is not None:
            return self.posted.get(SEEN, "")
        return json.dumps({n: str(b.amount) for n, b in self.boxes.items() if b.amount is not None})

    def text(self, box: Box) -> str:
        """What its input holds."""
        name = name_of(box.cell)
        return self.posted.get(name, "") if self.posted is not None else shown(box.amount)

    def entries(self) -> list[Entry]:
        """Cells whose amount is another than the one that was seen."""
        assert self.posted is not None
        seen, found = _decoded(self.posted.get(SEEN, "")), []
        for name, box in self.boxes.items():
            if name not in self.posted:
                continue
            amount, before = self._amount(name, box.cell), seen.get(name)
            if name not in self.wrong and amount != before:
                found.append(Entry(box.cell, amount, before))
        return found

    def _amount(self, name: str, cell: Cell) -> Decimal | None:
        text = (self.posted or {}).get(name, "")
        field = forms.DecimalField(required=False, max_digits=16, decimal_places=2, localize=True)
        try:
            found: Decimal | None = field.clean(text)
        except ValidationError:
            self.wrong.add(name)
            self.errors.append(
                _("%(place)s: “%(text)s” is no amount. Write it with two decimals at most, or leave it empty.")
                % {"place": said(cell, self.names), "text": text[:40]}
            )
            return None
        return found


def _boxes(sheets: Iterable[Sheet]) -> Iterator[Box]:
    for sheet in sheets:
        for line in sheet.lines:
            for year in line.boxes:
                yield from (box for box in year if not box.fixed)


def _decoded(text: str) -> dict[str, Decimal]:
    """What was seen; nothing where it cannot be read, so that every amount counts as changed from nothing."""
    try:
        told: Any = json.loads(text)
        return {name: Decimal(amount) for name, amount in told.items() if _NAME.match(name)}
    except (ValueError, AttributeError, TypeError, InvalidOperation):
        return {}


def years_asked(text: str, both: bool, on: date, first: int) -> list[int]:
    """The year that was asked for, and the one before it where both are to be shown."""
    asked = int(text) if text.isdecimal() and len(text) == 4 else on.year
    year = max(min(asked, on.year), first)
    return [year - 1, year] if both else [year]


__all__ = ["SEEN", "SpendGrid", "name_of", "shown", "years_asked"]
