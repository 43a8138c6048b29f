"""Drawings on paper: what the style sheets of the page say of them, with every colour resolved in light.

A document that is made of HTML on paper (core.paper) hands no style of the page to a drawing inside it, and knows no
colours of two modes. So a drawing brings its own: the rules that name its classes, out of the same sheets.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.utils.safestring import SafeString, mark_safe

SHEETS = ("css/components/charts.css", "css/components/bowtie.css")
# The families that the product brings along for paper.
FAMILIES = {"sans": '"DejaVu Sans"', "serif": '"DejaVu Serif"'}
# Paper is white already, as in print.
WHITE = {"paper": "white", "sheet": "white", "hover": "white"}
# Letters of these are wider than those of a screen by about so much.
WIDER = 0.88

_TOKEN = re.compile(r"--([\w-]+):\s*light-dark\((oklch\([^()]*\))")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_MEDIA = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_CLASS = re.compile(r"\.([\w-]+)")
_VAR = re.compile(r"var\(--([\w-]+)\)")
_FONT = re.compile(r"font: (?:(\d+) )?([\d.]+)px/[\d.]+ ([^;]+)")
_OKLCH = re.compile(r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)(?: / ([\d.]+))?\)")
_MADE_FOR_HANDS = (":hover", ":focus", ":first-of-type", ">", "@", "::")


def printed(drawing: str) -> SafeString:
    """The SVG with the style it needs inside it; without one, as it came."""
    head, found, rest = drawing.partition(">")
    if not drawing.startswith("<svg") or not found:
        return mark_safe(drawing)
    there = set(re.findall(r'class="([^"]*)"', drawing))
    classes = frozenset(name for names in there for name in names.split())
    return mark_safe(f"{head}><style>{_style(classes)}</style>{rest}")


def ink(name: str) -> str:
    """A colour of the tokens in light, as paper knows it: `ink("good")`. Raises KeyError for one that is not there."""
    return _colours()[name]


def inked(sheet: str) -> str:
    """A style sheet with the colours of the tokens put in."""
    return _VAR.sub(lambda found: FAMILIES.get(found[1]) or ink(found[1]), sheet)


@lru_cache(maxsize=64)
def _style(classes: frozenset[str]) -> str:
    return "".join(f"{head}{{{body}}}" for head, body, needed in _rules() if needed <= classes)


@lru_cache
def _rules() -> tuple[tuple[str, str, frozenset[str]], ...]:
    return tuple(rule for sheet in SHEETS for rule in _read(text_of(sheet)))


def _read(sheet: str) -> Iterator[tuple[str, str, frozenset[str]]]:
    """The rules that can count on paper, one for each of their selectors, with the classes each needs."""
    for heads, body in _RULE.findall(_MEDIA.sub("", _COMMENT.sub("", sheet))):
        said = inked(_font(body.strip())) if _known(body) else ""
        for head in heads.split(","):
            needed = frozenset(_CLASS.findall(head))
            if said and needed and not any(mark in head for mark in _MADE_FOR_HANDS):
                yield head.strip(), said, needed


def _known(body: str) -> bool:
    """Whether all its colours stand among the tokens; what is mixed or measured in the page is left to the page."""
    return all(name in FAMILIES or name in _colours() for name in _VAR.findall(body)) and "color-mix" not in body


def _font(body: str) -> str:
    """A font in one word as the three that drawings know, and a little smaller."""
    body = body.replace("font: inherit;", "").replace("transparent", "none")
    return _FONT.sub(
        lambda f: f"font-weight: {f[1] or 400}; font-size: {float(f[2]) * WIDER:.1f}px; font-family: {f[3]}", body
    )


@lru_cache
def _colours() -> dict[str, str]:
    return {name: _hex(value) for name, value in _TOKEN.findall(text_of("css/tokens.css"))} | WHITE


def _hex(value: str) -> str:
    """An oklch colour as the nearest of sRGB."""
    found = _OKLCH.match(value)
    assert found is not None, value
    lightness, chroma, hue = (float(found[n]) for n in (1, 2, 3))
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _curved(min(max(part, 0), 1))):02x}" for part in linear)


def _curved(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


@lru_cache
def text_of(sheet: str) -> str:
    """A style sheet among the static files. Raises FileNotFoundError."""
    found = finders.find(sheet)
    if not isinstance(found, str):
        raise FileNotFoundError(f"There is no style sheet {sheet} among the static files.")
    return Path(found).read_text()
