"""Words in and beside the bands: inside where they fit, outside in the same colour where they do not."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString

from core.charts.bowtie.geometry import LINE, Edge
from core.charts.svg import text

INSET = 12.0


def fits(edge: Edge, lines: int = 1) -> bool:
    """A label needs 16 px a line."""
    return round(edge.thickness) >= LINE * lines


def block(
    x: float, y: float, lines: Sequence[str], first: str = "strong", rest: str = "", anchor: str | None = None
) -> list[SafeString]:
    """Lines under each other, the first at baseline y."""
    shown = [words for words in lines if words]
    return [text(x, y + LINE * index, words, rest if index else first, anchor) for index, words in enumerate(shown)]


def pair(left: float, right: float, edge: Edge, name: str, value: str, cls: str) -> list[SafeString]:
    """Name at the left end of a band and value at its right end, on one line in its middle."""
    y = edge.middle + 4
    return [text(left, y, name, cls), text(right, y, value, f"{cls} bold", "end")]
