"""Building blocks of the drawings: elements with escaped attributes, numbers without noise, curves."""

from __future__ import annotations

import html
from collections.abc import Iterable
from functools import cache

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

Attr = str | float | int | None


def num(value: float) -> str:
    """Coordinates with two decimals at most, and never "-0"."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@cache
def _named(name: str) -> str:
    """The attribute as SVG writes it; code knows a few dozen."""
    plain = name.rstrip("_").replace("_", "-")
    return (
        plain.replace("viewbox", "viewBox")
        .replace("preserveaspect", "preserveAspectRatio")
        .replace("gradientunits", "gradientUnits")
    )


def _attr(name: str, value: Attr) -> str:
    if isinstance(value, str):
        return f' {_named(name)}="{value if hasattr(value, "__html__") else html.escape(value)}"'
    return f' {_named(name)}="{num(value) if isinstance(value, float) else value}"'


def el(name: str, *children: SafeString, **attrs: Attr) -> SafeString:
    """One element. Attributes are escaped, children must be safe; None leaves an attribute out."""
    inside = "".join(children)
    head = name + "".join([_attr(key, value) for key, value in attrs.items() if value is not None])
    return mark_safe(f"<{head}>{inside}</{name}>" if inside else f"<{head}/>")


def escaped(words: object) -> SafeString:
    """Words as text; what is safe already stays as it is."""
    return mark_safe(conditional_escape(words if isinstance(words, str) else str(words)))


def text(x: float, y: float, words: object, cls: str = "", anchor: str | None = None) -> SafeString:
    """A line of words; hostile characters are escaped here."""
    return el("text", escaped(words), x=num(x), y=num(y), class_=cls or None, text_anchor=anchor)


def spans(x: float, y: float, words: Iterable[tuple[object, str]], anchor: str | None = None) -> SafeString:
    """One line of words in several colours, with air between them."""
    parts = [el("tspan", escaped(said), class_=cls, dx=8 if index else None) for index, (said, cls) in enumerate(words)]
    return el("text", *parts, x=num(x), y=num(y), text_anchor=anchor)


def group(*children: SafeString, cls: str | None = None) -> SafeString:
    """Elements that belong together."""
    return el("g", *children, class_=cls) if children else mark_safe("")


def link(href: str, *children: SafeString, label: str = "", cls: str | None = None) -> SafeString:
    """Part of a drawing that leads somewhere; without an address it is a plain group."""
    safe = href.startswith(("/", "?", "#")) and not href.startswith("//")
    if not safe:
        return group(*children, cls=cls)
    return el("a", *children, href=href, aria_label=label or None, class_=cls)


def drawing(
    width: float,
    height: float,
    parts: Iterable[SafeString],
    *,
    title: str,
    desc: str = "",
    cls: str = "",
    linked: bool = False,
) -> SafeString:
    """The whole picture with its title and description for those who do not see it.

    Without a title the drawing is decoration: the words beside it say the same. A picture with links inside is a group,
    because an image would hide them.
    """
    attrs: dict[str, Attr] = {
        "viewbox": f"0 0 {num(width)} {num(height)}",
        "width": num(width),
        "class_": f"chart {cls}".strip(),
    }
    if not title:
        return el("svg", *parts, **attrs, aria_hidden="true")
    words = [el("title", mark_safe(conditional_escape(title)))]
    if desc:
        words.append(el("desc", mark_safe(conditional_escape(desc))))
    said = f"{title}. {desc}" if desc else title
    return el("svg", *words, *parts, **attrs, role="group" if linked else "img", aria_label=said)


def line(x1: float, y1: float, x2: float, y2: float, cls: str) -> SafeString:
    """A straight rule."""
    return el("line", x1=num(x1), y1=num(y1), x2=num(x2), y2=num(y2), class_=cls)


def rect(x: float, y: float, width: float, height: float, cls: str, radius: float | None = None) -> SafeString:
    """A bar; negative sizes become nothing rather than an error in the picture."""
    return el("rect", x=num(x), y=num(y), width=num(max(width, 0)), height=num(max(height, 0)), rx=radius, class_=cls)


def path(d: str, cls: str, fill: str | None = None) -> SafeString:
    """A shape given by its outline; `fill` names a gradient of the same drawing."""
    return el("path", d=d, class_=cls, fill=fill)


def fade(name: str, cls: str, across: tuple[float, float], stops: Iterable[tuple[float, float]]) -> SafeString:
    """A colour that changes its opacity from one x to another, as (place, opacity) with places between 0 and 1.

    It is measured in the drawing, not in the shape it paints: paper knows no other.
    """
    parts = [el("stop", offset=num(place), class_=cls, stop_opacity=opacity) for place, opacity in stops]
    return el("linearGradient", *parts, id=name, gradientunits="userSpaceOnUse", x1=num(across[0]), x2=num(across[1]))


def polyline(points: Iterable[tuple[float, float]]) -> str:
    """Path through the points, in straight pieces."""
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in points)


def curve(x0: float, y0: float, x1: float, y1: float) -> str:
    """Cubic curve from where the path stands (x0, y0) to (x1, y1), both handles at half the distance."""
    middle = (x0 + x1) / 2
    return f"C{num(middle)} {num(y0)} {num(middle)} {num(y1)} {num(x1)} {num(y1)}"


def ribbon(x0: float, top0: float, bottom0: float, x1: float, top1: float, bottom1: float) -> str:
    """A band whose thickness is exact at both ends: bottom0 - top0 at x0, bottom1 - top1 at x1."""
    there = f"M{num(x0)} {num(top0)}{curve(x0, top0, x1, top1)}"
    return f"{there}L{num(x1)} {num(bottom1)}{curve(x1, bottom1, x0, bottom0)}Z"
