"""Upright bars: parts by year or quarter, ages of the base. Values stand on the bars, names under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from core.charts.scale import Scale
from core.charts.svg import drawing, group, line, link, rect, text


@dataclass(frozen=True)
class Part:
    """A piece of a bar, from the foot upwards. `kind`: s1 to s5, good, watch, risk, unknown, fill, pale, past."""

    amount: float
    kind: str
    name: str = ""


@dataclass(frozen=True)
class Bar:
    """One bar: `value` is written on top, `name` and `below` under it; `strong` for the one the title speaks of."""

    name: str
    parts: tuple[Part, ...]
    value: str = ""
    below: str = ""
    strong: bool = False
    href: str = ""

    @property
    def total(self) -> float:
        return sum(part.amount for part in self.parts)


@dataclass(frozen=True)
class Bars:
    """Bars beside each other. `named` is the place of the bar whose parts carry names; groups span bars below."""

    bars: tuple[Bar, ...]
    title: str
    desc: str = ""
    width: float = 540
    height: float = 190
    named: int | None = None
    groups: tuple[tuple[int, int, str], ...] = field(default=())
    gap: float = 0.22


TOP, FOOT = 22.0, 34.0
LABEL_GAP = 15.0
FEW = 12  # up to so many bars all values are bold; in more, only the strong ones


def draw_bars(chart: Bars) -> SafeString:
    """Bars with 1 px of paper between stacked parts, a foot rule, and no axis: the values are written."""
    if not chart.bars:
        return drawing(chart.width, 1, [], title=chart.title, desc=chart.desc)
    floor = chart.height - FOOT - (20 if chart.groups else 0)
    right = 108 if chart.named == len(chart.bars) - 1 else 0
    step = (chart.width - right) / len(chart.bars)
    y = Scale(0, max(1e-9, *(bar.total for bar in chart.bars)), floor, TOP)
    shown = [_bar(bar, step * index, step, chart, y) for index, bar in enumerate(chart.bars)]
    foot = line(0, floor + 0.5, chart.width - right, floor + 0.5, "foot")
    linked = any(bar.href for bar in chart.bars)
    parts = [*shown, foot, *_names(chart, step, y), *_groups(chart, step)]
    return drawing(chart.width, chart.height, parts, title=chart.title, desc=chart.desc, cls="bars", linked=linked)


def _bar(bar: Bar, x: float, step: float, chart: Bars, y: Scale) -> SafeString:
    gap, bold = chart.gap, len(chart.bars) <= FEW
    left, wide, floor, middle = x + step * gap / 2, step * (1 - gap), y(0), x + step / 2
    pieces, foot = [], floor
    for part in bar.parts:
        top = foot - (floor - y(part.amount))
        if part.amount > 0:
            pieces.append(rect(left, top, wide, foot - top, f"part {part.kind}", 1))
        foot = top
    words = [text(middle, foot - 6, bar.value, "value" if bold or bar.strong else "", "middle")] if bar.value else []
    words.append(text(middle, floor + 16, bar.name, "strong" if bar.strong else "", "middle"))
    if bar.below:
        words.append(text(middle, floor + 31, bar.below, "hint", "middle"))
    return link(bar.href, *pieces, *words, label=f"{bar.name}: {bar.value}")


def _names(chart: Bars, step: float, y: Scale) -> list[SafeString]:
    """Names beside the parts of one bar, pushed apart so that they do not touch."""
    if chart.named is None:
        return []
    bar, x = chart.bars[chart.named], step * (chart.named + 1 - chart.gap / 2) + 6
    shown, foot, last = [], 0.0, y(0) + LABEL_GAP
    for part in bar.parts:
        middle = y(foot + part.amount / 2) + 4
        last = min(middle, last - LABEL_GAP)
        foot += part.amount
        if part.name and part.amount > 0:
            shown.append(text(x, last, part.name, f"{part.kind}-word"))
    return shown


def _groups(chart: Bars, step: float) -> list[SafeString]:
    y = chart.height - 18
    return [
        group(
            line(step * first + 1, y, step * (last + 1) - 3, y, "span"), text(step * first + 1, y + 14, words, "strong")
        )
        for first, last, words in chart.groups
    ]


@dataclass(frozen=True)
class Row:
    """A lying bar: name, amount, the amount in words, and a second value (a year ago) as a tick."""

    name: str
    amount: float
    value: str
    kind: str = "fill"
    was: float | None = None
    href: str = ""


def draw_rows(rows: Sequence[Row], *, title: str, width: float = 540, name_width: float = 150) -> SafeString:
    """Lying bars of 12 px from the largest scale; the value stands behind its bar."""
    most = max([row.amount for row in rows] + [row.was or 0 for row in rows], default=0) or 1
    x = Scale(0, most, name_width, width - 80)
    shown = [_row(row, 26.0 * index, x) for index, row in enumerate(rows)]
    linked = any(row.href for row in rows)
    return drawing(width, max(26.0 * len(rows), 1), shown, title=title, cls="rows", linked=linked)


def _row(row: Row, y: float, x: Scale) -> SafeString:
    parts = [text(0, y + 17, row.name), rect(x(0), y + 7, x(row.amount) - x(0), 12, f"part {row.kind}", 2)]
    if row.was is not None:
        parts.append(line(x(row.was), y + 4, x(row.was), y + 22, "was"))
    parts.append(text(x(max(row.amount, row.was or 0)) + 8, y + 17, row.value, "value"))
    return link(row.href, *parts, label=f"{row.name}: {row.value}")
