"""Small lines: twelve months in a table cell, twenty-four in a metric tile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from core.charts.marks import mark
from core.charts.scale import Scale
from core.charts.svg import drawing, line, path, polyline

Point = float | int | None


@dataclass(frozen=True)
class Spark:
    """Values oldest first, None where nothing is known; `status` shapes the last point."""

    points: Sequence[Point]
    status: str = "unknown"
    title: str = ""
    width: float = 60
    height: float = 22


@dataclass(frozen=True)
class Trend(Spark):
    """The line of a tile: sunk fill under it and a dashed target."""

    target: float | None = None
    width: float = 272
    height: float = 64


def runs(points: Sequence[Point]) -> list[list[tuple[int, float]]]:
    """Stretches without a gap, as (place, value)."""
    found: list[list[tuple[int, float]]] = [[]]
    for index, value in enumerate(points):
        if value is None:
            found.append([])
        else:
            found[-1].append((index, float(value)))
    return [run for run in found if run]


def _scales(spark: Spark, extra: Sequence[float] = ()) -> tuple[Scale, Scale]:
    known = [float(value) for value in spark.points if value is not None] + list(extra)
    across = Scale(0, max(len(spark.points) - 1, 1), 3, spark.width - 6)
    return across, Scale(min(known), max(known), spark.height - 6, 6)


def draw_spark(spark: Spark) -> SafeString:
    """60 x 22, a thin line and its last point; an unknown past stays empty."""
    stretches = runs(spark.points)
    if not stretches:
        return drawing(spark.width, spark.height, [], title=spark.title, cls="spark")
    x, y = _scales(spark)
    lines = [path(polyline((x(i), y(v)) for i, v in run), "spark-line") for run in stretches if len(run) > 1]
    last, value = stretches[-1][-1]
    return drawing(
        spark.width, spark.height, [*lines, mark(x(last), y(value), spark.status, 3)], title=spark.title, cls="spark"
    )


def draw_trend(trend: Trend) -> SafeString:
    """Line over a sunk ground, its target dashed, its last point in the shape of the status."""
    stretches = runs(trend.points)
    if not stretches:
        return drawing(trend.width, trend.height, [], title=trend.title, cls="trend")
    x, y = _scales(trend, [] if trend.target is None else [trend.target])
    parts = [path(_ground(run, x, y, trend.height), "trend-ground") for run in stretches if len(run) > 1]
    if trend.target is not None:
        parts.append(line(0, y(trend.target), trend.width, y(trend.target), "target"))
    parts += [path(polyline((x(i), y(v)) for i, v in run), "trend-line") for run in stretches if len(run) > 1]
    last, value = stretches[-1][-1]
    return drawing(
        trend.width, trend.height, [*parts, mark(x(last), y(value), trend.status, 5)], title=trend.title, cls="trend"
    )


def _ground(run: list[tuple[int, float]], x: Scale, y: Scale, floor: float) -> str:
    corners = [(x(run[0][0]), floor), *((x(i), y(v)) for i, v in run), (x(run[-1][0]), floor)]
    return polyline(corners) + "Z"
