"""Cells of the whitespace matrix as they are printed: a page has a thousand, of a few dozen kinds."""

from typing import Any
from urllib.parse import urlencode

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from core import display
from core.context import row_url
from core.reach import Reach
from expansion.cell_words import cell_title, column_name
from expansion.queries.whitespace.matrix import Cell, Line
from expansion.rules.whitespace import State

SIGNS = {
    State.COMPETITOR: "×",
    State.ITSELF: "⌂",
    State.NOT_APPLICABLE: "–",
    State.NEVER_OFFERED: "◇",
    State.DECLINED: "↷",
    State.UNKNOWN: "?",
    State.BOUGHT: "✓",
    State.OPEN: "€",
}


class Marks:
    """Draws the rows of one page for one reader. `day` is what a past page adds to the address of a cell."""

    def __init__(self, reach: Reach, day: dict[str, str]) -> None:
        self.reach, self.day = reach, day
        self.drawn: dict[Any, tuple[SafeString, SafeString]] = {}
        # By the identity of a cell, which many accounts share; the cells are kept as long.
        self.of_cell: dict[int, tuple[Cell, tuple[str, str]]] = {}
        self.numbers: dict[int, str] = {}
        self.between = escape(gettext("of"))

    def row(self, line: Line) -> SafeString:
        """An account with its cells and how many of them are filled."""
        account = line.account
        url = row_url("dashboards:account", account.pk)
        place = ", ".join(filter(None, (account.city, account.country)))
        return mark_safe(
            f'<tr data-row data-href="{url}"><th scope="row" class="ws-who"><a class="name" href="{url}">'
            f'{escape(account.name)}</a><span class="facts">{escape(place)}</span></th>'
            f'<td class="num">{self._number(line.machines)}</td>{self.of(line)}'
            f'<td class="num"><b>{line.fill.bought}</b> {self.between} {line.fill.applicable}</td></tr>'
        )

    def _number(self, count: int) -> str:
        """A number as it is read; most machines of a page are few."""
        if count not in self.numbers:
            self.numbers[count] = display.number(count)
        return self.numbers[count]

    def of(self, line: Line) -> SafeString:
        """The cells of a row, each a link to its page."""
        base = row_url("expansion:cell", line.account.pk)
        found = [self._known(cell) for cell in line.cells]
        return mark_safe("".join([f"{head}{base}{tail}" for head, tail in found]))

    def _query(self, column: str) -> str:
        if column not in self.drawn:
            asked = format_html("?{}", urlencode({"column": column} | self.day))
            self.drawn[column] = asked, asked
        return self.drawn[column][0]

    def _known(self, cell: Cell) -> tuple[str, str]:
        if id(cell) not in self.of_cell:
            head, tail = self._around(cell)
            self.of_cell[id(cell)] = cell, (head, self._query(cell.column.key) + tail)
        return self.of_cell[id(cell)][1]

    def _around(self, cell: Cell) -> tuple[SafeString, SafeString]:
        """What stands before and behind the address; drawn once for all cells that say the same."""
        if cell.answer is not None or cell.deal is not None:
            return self._draw(cell)
        key = cell.column.key, cell.state, cell.count, cell.again
        if key not in self.drawn:
            self.drawn[key] = self._draw(cell)
        return self.drawn[key]

    def _draw(self, cell: Cell) -> tuple[SafeString, SafeString]:
        title = cell_title(cell, prices=self.reach.sees_prices, names=self.reach.sees_names)
        told = f"{column_name(cell.column)}: {title}"
        head = format_html('<td><a class="ws-cell ws-{}" href="', cell.state.value)
        return head, format_html('" aria-label="{}" data-sheet>{}</a></td>', told, self._text(cell))

    def _text(self, cell: Cell) -> str:
        """Its sign, or the number or name that stands for it."""
        if cell.state is State.BOUGHT and cell.column.is_machine:
            return str(cell.count)
        if cell.state is State.OPEN and self.reach.sees_prices and cell.deal and cell.deal.value is not None:
            return display.money_short(cell.deal.value)
        if cell.state is State.COMPETITOR and self.reach.sees_names and cell.answer and cell.answer.competitor:
            return str(cell.answer.competitor)
        return SIGNS[cell.state]
