"""Shapes of a status and the small bars of table cells. Constant markup is built once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core.charts.svg import el, group, line, num, rect

OUTLINES = {
    "good": '<circle cx="5" cy="5" r="4.5"/>',
    "watch": '<path d="M5 .6 9.8 9.2H.2Z"/>',
    "risk": '<rect x=".8" y=".8" width="8.4" height="8.4" rx="1"/>',
    "unknown": '<circle cx="5" cy="5" r="4"/>',
}
_SHAPES = {
    key: mark_safe(f'<svg class="shape shape-{key}" viewBox="0 0 10 10" aria-hidden="true">{outline}</svg>')
    for key, outline in OUTLINES.items()
}
SLIP = mark_safe(
    '<svg class="slip" viewBox="0 0 10 12" aria-hidden="true">'
    '<path d="M1 .5h8v10.5l-1.6-1.2L5.8 11 5 10.3 4.2 11 2.6 9.8 1 11ZM3 3.5h4M3 6h4"/></svg>'
)


def shape(status: str) -> SafeString:
    """Circle, triangle, square or dashed ring, 10 x 10."""
    return _SHAPES.get(status, _SHAPES["unknown"])


def mark(x: float, y: float, status: str, size: float = 5) -> SafeString:
    """The shape of a status inside a drawing, centred on (x, y); `size` is half its width."""
    cls = f"mark mark-{status}"
    if status == "watch":
        points = f"{num(x)},{num(y - size)} {num(x + size)},{num(y + size * 0.8)} {num(x - size)},{num(y + size * 0.8)}"
        return el("polygon", points=points, class_=cls)
    if status == "risk":
        return rect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8, cls, 1)
    return el("circle", cx=num(x), cy=num(y), r=num(size if status != "unknown" else size * 0.9), class_=cls)


def days_bar(days: int, span: int) -> SafeString:
    """Bar of 52 x 3: what is left of `span` days, filled from the right end."""
    left = min(max(days, 0), span) / span * 52
    return format_html(
        '<svg viewBox="0 0 52 3" aria-hidden="true"><rect class="days-track" width="52" height="3" rx="1.5"/>'
        '<rect class="days-left" x="{}" width="{}" height="3" rx="1.5"/></svg>',
        num(52 - left), num(left),
    )  # fmt: skip


def meter(share: float | None, tone: object, ticks: Iterable[float]) -> SafeString:
    """Bar as wide as its place with ticks at shares of it; unknown is an empty track."""
    parts = [rect(0, 0, 100, 6, "meter-track", 0)]
    if share is not None:
        parts.append(rect(0, 0, min(max(share, 0), 1) * 100, 6, f"meter-fill {tone}".strip()))
    parts += [line(tick * 100, -1, tick * 100, 7, "meter-tick") for tick in ticks]
    return el("svg", *parts, viewbox="0 0 100 6", preserveaspect="none", class_="meter", aria_hidden="true")


def split(parts: Mapping[str, float]) -> SafeString:
    """Bar of parts side by side, one percent of air between them; nothing gives an empty track."""
    total = sum(value for value in parts.values() if value > 0)
    if not total:
        return meter(None, "", ())
    shown = [(key, value / total) for key, value in parts.items() if value > 0]
    room, x, bars = 100 - 0.8 * (len(shown) - 1), 0.0, []
    for key, share in shown:
        bars.append(rect(x, 0, share * room, 6, f"split-{key}"))
        x += share * room + 0.8
    return el("svg", group(*bars), viewbox="0 0 100 6", preserveaspect="none", class_="meter", aria_hidden="true")
