"""Colours stand in tokens.css alone, and words can be read on every ground in both modes (WCAG AA)."""

import math
import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text()
COLOUR = re.compile(r"--([\w-]+): light-dark\(oklch\(([^)]*)\), oklch\(([^)]*)\)\)")


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """Relative luminance of an oklch colour, clipped to sRGB."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    rgb = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return sum(weight * min(max(part, 0), 1) for weight, part in zip((0.2126, 0.7152, 0.0722), rgb, strict=True))


def modes() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {"light": {}, "dark": {}}
    for name, light, dark in COLOUR.findall(TOKENS):
        for mode, value in (("light", light), ("dark", dark)):
            if "/" not in value:
                found[mode][name] = luminance(*(float(part) for part in value.split()))
    return found


MODES = modes()
GROUNDS = ("paper", "sheet", "hover", "sunk")
WORDS = [(word, ground) for word in ("ink", "ink-2", "ink-3", "accent") for ground in GROUNDS]
WORDS += [(word, ground) for word in ("good", "watch", "risk") for ground in ("paper", "sheet", f"{word}-soft")]
WORDS += [
    ("accent", "accent-soft"),
    ("ink", "accent-soft"),
    ("ink-2", "accent-soft"),
    ("risk", "accent-soft"),
    ("ink", "accent-mid"),
]
WORDS += [("on-acc", "accent-fill"), ("on-acc", "accent"), ("bar-ink", "bar"), ("paper", "ink")]
WORDS += [("on-area", area) for area in ("good-area", "watch-area", "risk-area", "s1", "s2", "s3", "s4", "s5")]
MARKS = [(f"{status}-fill", ground) for status in ("good", "watch", "risk") for ground in ("paper", "sheet")]
MARKS += [("ctl", "paper"), ("ctl", "sheet"), ("accent-fill", "paper"), ("accent-fill", "sheet")]


def contrast(mode: str, one: str, other: str) -> float:
    high, low = sorted((MODES[mode][one], MODES[mode][other]), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("word", "ground"), WORDS)
def test_words_reach_four_and_a_half(mode, word, ground):
    assert contrast(mode, word, ground) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_marks_reach_three(mode, mark, ground):
    assert contrast(mode, mark, ground) >= 3


def test_colours_stand_in_tokens_alone():
    raw = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|lab)a?\(")
    for sheet in CSS.rglob("*.css"):
        if sheet.name != "tokens.css":
            lines = [line for line in sheet.read_text().splitlines() if raw.search(line) and "url(" not in line]
            assert lines == [], sheet.name


def test_every_token_that_is_used_exists():
    defined = set(re.findall(r"(--[\w-]+):", TOKENS))
    for sheet in CSS.rglob("*.css"):
        used = set(re.findall(r"var\((--[\w-]+)", sheet.read_text()))
        assert used - defined == set(), sheet.name
