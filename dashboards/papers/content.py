"""What stands on a paper: a head, figures, drawings, tables and words, each figure with the address of its receipt."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Asked:
    """What is asked of a page: whose eyes, which day, the filters of its address, and which one of its kind."""

    actor: Any
    on: date
    query: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""

    @property
    def permanent(self) -> dict[str, str]:
        """The filters with the day named, so that an address on paper shows the same tomorrow."""
        return {"as_of": self.on.isoformat(), **self.query}


@dataclass(frozen=True)
class Cell:
    """One cell of a table; `href` is a local address, `number` sets it right, `tone` colours and marks it."""

    text: Any
    note: Any = ""
    href: str = ""
    number: bool = False
    tone: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Row:
    cells: tuple[Cell, ...]
    is_head: bool = False


@dataclass(frozen=True)
class Block:
    """A section of the paper: a finding, a quiet question, and one kind of evidence. `key` names it for tests."""

    title: Any
    question: Any = ""
    drawing: SafeString | str = ""
    heads: tuple[Any, ...] = ()
    rows: tuple[Row, ...] = ()
    words: tuple[Any, ...] = ()
    numbered: bool = False
    apart: bool = False

    @property
    def numbers(self) -> tuple[tuple[Any, bool], ...]:
        """The heads, each with whether its column holds numbers."""
        first = next((row for row in self.rows if not row.is_head), None)
        cells = first.cells if first else ()
        return tuple((head, place < len(cells) and cells[place].number) for place, head in enumerate(self.heads))


@dataclass(frozen=True)
class KeyFigure:
    """A figure that a mail tells: value, status in a word, target, and how it changed against a year before."""

    name: str
    value: str
    status: str
    word: str
    target: str
    change: str
    href: str


@dataclass(frozen=True)
class Paper:
    """A page as it is printed and mailed. `address` is the page itself, as of the day; `narrowed` its filters."""

    title: str
    lead: Any
    on: date
    address: str
    narrowed: tuple[tuple[str, str], ...] = ()
    compared_on: date | None = None
    figures: tuple[KeyFigure, ...] = ()
    blocks: tuple[Block, ...] = ()
    wide: bool = False
    notice: str = ""

    def links(self) -> list[tuple[int, str, str]]:
        """The receipts of its figures as numbered notes: number, name, address. Each address once."""
        found: dict[str, str] = {}
        for name, href in self._named():
            found.setdefault(href, name)
        return [(number, name, href) for number, (href, name) in enumerate(found.items(), 1)]

    def _named(self) -> Iterator[tuple[str, str]]:
        for figure in self.figures:
            if figure.href:
                yield figure.name, figure.href
        for block in self.blocks:
            yield from _links_of(block.rows)


def _links_of(rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    for row in rows:
        for cell in row.cells:
            if cell.href:
                yield str(row.cells[0].text), cell.href
