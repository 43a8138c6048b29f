"""Cells of the whitespace matrix as they are printed: a page has a thousand, of a few dozen kinds."""

from typing import Any
from urllib.parse import urlencode

from django.utils.html import format_html
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


_ROW = (
    '<tr data-row data-href="{url}"><th scope="row" class="ws-who"><a class="name" href="{url}">{name}</a>'
    '<span class="facts">{place}</span></th><td class="num">{machines}</td>{cells}'
    '<td class="num"><b>{bought}</b> {of} {applicable}</td></tr>'
)


class Marks:
    """Draws the rows of one page for one reader. `day` is what a past page adds to the address of a cell."""

    def __init__(self, reach: Reach, day: dict[str, str]) -> None:
        self.reach, self.day = reach, day
        self.drawn: dict[Any, tuple[SafeString, SafeString]] = {}
        # By the identity of a cell, which many accounts share; the cells are kept as long.
        self.of_cell: dict[int, tuple[Cell, tuple[str, str]]] = {}
        self.between = gettext("of")

    def row(self, line: Line) -> SafeString:
        """An account with its cells and how many of them are filled."""
        account = line.account
        return format_html(
            _ROW,
            url=row_url("dashboards:account", account.pk),
            name=account.name,
            place=", ".join(filter(None, (account.city, account.country))),
            machines=display.number(line.machines),
            cells=self.of(line),
            bought=line.fill.bought,
            of=self.between,
            applicable=line.fill.applicable,
        )

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
        head = format_html('<td class="ws-td"><a class="ws-cell ws-{}" href="', cell.state.value)
        words = (told, told, self._text(cell))
        return head, format_html('" title="{}" aria-label="{}" data-sheet>{}</a></td>', *words)

    def _text(self, cell: Cell) -> str:
        """Its sign, or the number or name that stands for it."""
        if cell.state is State.BOUGHT and cell.column.is_machine:
            return str(cell.count)
        if cell.state is State.OPEN and self.reach.sees_prices and cell.deal and cell.deal.value is not None:
            return display.money_short(cell.deal.value)
        if cell.state is State.COMPETITOR and self.reach.sees_names and cell.answer and cell.answer.competitor:
            return str(cell.answer.competitor)
        return SIGNS[cell.state]
