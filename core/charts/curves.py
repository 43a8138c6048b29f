"""A curve from values to points: how it bends today, and how a draft bends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from core.charts.scale import Scale
from core.charts.svg import drawing, el, group, line, num, path, polyline, text

Corner = tuple[float, float]


@dataclass(frozen=True)
class Bend:
    """Corners (value, points of 0 to 100), smallest value first; `was` those of the present version where they differ.
    `first` and `last` say the ends of the values in words; `cuts` are points with the class of their status."""

    corners: Sequence[Corner]
    title: str
    was: Sequence[Corner] = ()
    first: str = ""
    last: str = ""
    cuts: tuple[tuple[float, str], ...] = ((80, "good"), (60, "watch"))
    width: float = 230
    height: float = 96


def draw_bend(bend: Bend) -> SafeString:
    """Points upwards, values to the right; flat before the first corner and after the last, corners as dots."""
    values = [value for value, _points in (*bend.corners, *bend.was)]
    if not values:
        return drawing(bend.width, 1, [], title=bend.title)
    margin = (max(values) - min(values)) * 0.08 or 1
    x = Scale(min(values) - margin, max(values) + margin, 26, bend.width - 4)
    y = Scale(0, 100, bend.height - 18, 8)
    parts = [_level(points, status, y, bend.width) for points, status in bend.cuts]
    parts += [text(20, y(points) + 4, f"{points:.0f}", "hint", "end") for points in (0, 100)]
    if bend.was:
        parts.append(path(_line(bend.was, x, y), "bend-was"))
    parts.append(path(_line(bend.corners, x, y), "bend"))
    parts += [
        el("circle", cx=num(x(value)), cy=num(y(points)), r=3, class_="bend-corner") for value, points in bend.corners
    ]
    parts += [
        text(26, bend.height - 2, bend.first, "hint"),
        text(bend.width - 4, bend.height - 2, bend.last, "hint", "end"),
    ]
    return drawing(bend.width, bend.height, parts, title=bend.title, cls="bends")


def _level(points: float, status: str, y: Scale, width: float) -> SafeString:
    return group(
        line(26, y(points), width - 4, y(points), "target"),
        text(20, y(points) + 4, f"{points:.0f}", f"{status}-word", "end"),
    )


def _line(corners: Sequence[Corner], x: Scale, y: Scale) -> str:
    """From edge to edge of the picture."""
    first, last = corners[0], corners[-1]
    points = [(x.start, y(first[1])), *((x(value), y(points)) for value, points in corners), (x.end, y(last[1]))]
    return polyline(points)
