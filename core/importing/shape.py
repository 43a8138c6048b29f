"""The shape of a file: rows to leave out, columns that are rows, and events that come in pairs."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from core.importing.dates import DateStyle, read_date
from core.importing.files import Row
from core.importing.problems import BadValue, Problem, Refused

Cells = list[str]
Test = Callable[[Cells], bool]


@dataclass(frozen=True)
class Condition:
    """A column that is one of some texts, matches a pattern (anywhere in it), or is empty (or is not)."""

    column: str
    values: frozenset[str] | None = None
    matches: str = ""
    empty: bool | None = None


@dataclass(frozen=True)
class Unpivot:
    """Columns that become rows: the header goes into column `name`, the cell into column `value`."""

    columns: tuple[str, ...] = ()
    pattern: str = ""
    name: str = "name"
    value: str = "value"


@dataclass(frozen=True)
class Pair:
    """A start and an end event of one `key` that become one row; the columns of the end get a prefix.

    `again` says what a start is while another one is open: "new" (a row of its own) or "join" (part of the first).
    """

    key: tuple[str, ...]
    order: str
    start: Condition
    end: Condition
    prefix: str = "end "
    again: str = "new"
    dates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shape:
    skip: tuple[Condition, ...] = ()
    only: tuple[Condition, ...] = ()
    unpivot: Unpivot | None = None
    pair: Pair | None = None


@dataclass
class Shaped:
    """Headers and rows after shaping. `left_out` counts the lines that were skipped, `problems` the broken ones."""

    headers: list[str]
    rows: Iterator[Row] = field(default_factory=lambda: iter(()))
    left_out: int = 0
    problems: list[Problem] = field(default_factory=list)


def shaped(
    headers: list[str], rows: Iterable[Row], shape: Shape, find: Callable[[str, str, Iterable[str]], int]
) -> Shaped:
    """Apply a shape. `find(column, place, headers)` gives the position of a column or refuses."""
    result = Shaped(headers)
    kept = _kept(_whole(rows, len(headers), result), headers, shape, find, result)
    if shape.pair:
        result.headers, kept = _paired(kept, result.headers, shape.pair, find, result)
    if shape.unpivot:
        result.headers, kept = _unpivoted(kept, result.headers, shape.unpivot, find)
    result.rows = kept
    return result


def _whole(rows: Iterable[Row], width: int, result: Shaped) -> Iterator[Row]:
    """Rows as wide as the headers; blank lines are left out, broken ones reported."""
    for line, cells in rows:
        if len(cells) == width:
            yield line, cells
        elif not any(map(str.strip, cells)):
            continue
        elif len(cells) > width and not any(map(str.strip, cells[width:])):
            yield line, cells[:width]
        else:
            reason = _("The row has %(cells)s cells where the headers are %(width)s.")
            result.problems.append(
                Problem(line, "", "", reason % {"cells": len(cells), "width": width}, row=-len(result.problems) - 1)
            )


def _kept(rows: Iterator[Row], headers: Cells, shape: Shape, find: Any, result: Shaped) -> Iterator[Row]:
    skip = [_test(c, headers, find, "[skip]") for c in shape.skip]
    only = [_test(c, headers, find, "[only]") for c in shape.only]
    return _filtered(rows, skip, only, result) if skip or only else rows


def _filtered(rows: Iterator[Row], skip: list[Test], only: list[Test], result: Shaped) -> Iterator[Row]:
    for line, cells in rows:
        if any(test(cells) for test in skip) or not all(test(cells) for test in only):
            result.left_out += 1
        else:
            yield line, cells


def _test(condition: Condition, headers: Cells, find: Any, place: str) -> Test:
    at = find(condition.column, place, headers)
    if condition.values is not None:
        wanted = condition.values
        return lambda cells: cells[at].strip() in wanted
    if condition.empty is not None:
        empty = condition.empty
        return lambda cells: (not cells[at].strip()) == empty
    pattern = compiled(condition.matches, place)
    return lambda cells: bool(pattern.search(cells[at]))


def compiled(pattern: str, place: str) -> re.Pattern[str]:
    """A regular expression of the mapping, or a sentence."""
    try:
        return re.compile(pattern)
    except re.error as error:
        message = _("%(place)s: %(pattern)s is no regular expression: %(error)s.")
        raise Refused(message % {"place": place, "pattern": pattern, "error": error}) from error


# Columns that are rows


def _unpivoted(rows: Iterator[Row], headers: Cells, how: Unpivot, find: Any) -> tuple[Cells, Iterator[Row]]:
    labels = _labels(headers, how, find)
    rest = [at for at in range(len(headers)) if at not in labels]
    names = [headers[at] for at in rest] + [how.name, how.value]
    return names, _turned(rows, labels, rest)


def _turned(rows: Iterator[Row], labels: dict[int, str], rest: list[int]) -> Iterator[Row]:
    for line, cells in rows:
        common = [cells[at] for at in rest]
        for at, label in labels.items():
            if cells[at].strip():
                yield line, [*common, label, cells[at]]


def _labels(headers: Cells, how: Unpivot, find: Any) -> dict[int, str]:
    """Position of each column to turn, with what stands in the new column: the header, or the part in a group."""
    if how.columns:
        return {find(c, "[unpivot]", headers): c for c in how.columns}
    pattern = compiled(how.pattern, "[unpivot]")
    found = {at: pattern.search(header) for at, header in enumerate(headers)}
    labels = {at: m[1] if m.groups() else m[0] for at, m in found.items() if m}
    if not labels:
        raise Refused(_("[unpivot]: no column matches %(pattern)s.") % {"pattern": how.pattern})
    return labels


# Events in pairs


def _paired(rows: Iterator[Row], headers: Cells, how: Pair, find: Any, result: Shaped) -> tuple[Cells, Iterator[Row]]:
    keys = [find(c, "[pair]", headers) for c in how.key]
    order = find(how.order, "[pair]", headers)
    tests = [_test(c, headers, find, "[pair]") for c in (how.start, how.end)]
    style = DateStyle(how.dates)
    ordered = sorted(rows, key=lambda row: (_moment(row[1][order], style), row[0]))
    return headers + [how.prefix + h for h in headers], _joined(ordered, keys, tests, how.again, len(headers), result)


def _moment(text: str, style: DateStyle) -> tuple[Any, str]:
    """Sorts by date and, within a day, by the text."""
    if not style.formats:
        return "", text.strip()
    try:
        found = read_date(text.strip(), style)
    except BadValue:
        found = None
    return (found[0].isoformat() if found else ""), text.strip()


def _joined(
    rows: list[Row], keys: list[int], tests: list[Test], again: str, width: int, result: Shaped
) -> Iterator[Row]:
    is_start, is_end = tests
    open_starts: dict[tuple[str, ...], list[Row]] = {}
    for line, cells in rows:
        key = tuple(cells[at].strip() for at in keys)
        if is_start(cells):
            waiting = open_starts.setdefault(key, [])
            if again == "new" or not waiting:
                waiting.append((line, cells))
        elif is_end(cells):
            for begun, start in open_starts.pop(key, ()):
                yield begun, start + cells
        else:
            result.left_out += 1
    for waiting in open_starts.values():
        for begun, start in waiting:
            yield begun, start + [""] * width
