"""The drawing: five columns beside each other, or one of them for a phone."""

from __future__ import annotations

from django.utils.safestring import SafeString

from core.charts.bowtie import inbound, outbound
from core.charts.bowtie.flow import Bowtie
from core.charts.bowtie.geometry import (
    AXIS,
    BORDERS,
    COLUMN,
    HEIGHT,
    WIDTH,
    Layout,
    knot_step,
    lay_out,
    lines_of,
    scales,
)
from core.charts.bowtie.labels import INSET
from core.charts.bowtie.outbound import BEND, PLATEAU, SEED
from core.charts.svg import curve, drawing, el, line, link, num, path, rect, text

COLUMNS = (
    inbound.leads_column,
    inbound.pipeline_column,
    inbound.knot_column,
    outbound.health_column,
    outbound.outcome_column,
)


# What the letters of the leaks take under the picture.
FOOT = 28.0


def draw_bowtie(picture: Bowtie) -> SafeString:
    """1376 x 404. Each column is a link to its stage; the dashed outline is the compared date."""
    by = scales(picture.today, picture.then)
    at = lay_out(picture.today, by)
    borders = [line(x, 0, x, HEIGHT, "border") for x in BORDERS[1:5]]
    columns = [part for column in COLUMNS for part in column(picture, at, "bt-")]
    outline = _outline(lay_out(picture.then, by), picture.words.compared) if picture.then else []
    parts = [
        _defs("bt-"),
        *borders,
        *columns,
        *outline,
        *_leaks(picture),
        *_doors(picture),
        *inbound.numbers(picture, at),
    ]
    foot = FOOT if picture.leaks else 0
    return drawing(WIDTH, HEIGHT + foot, parts, title=picture.title, desc=picture.desc, cls="bowtie", linked=True)


def draw_slice(picture: Bowtie, stage: int) -> SafeString:
    """One column (0 to 4) cut out of the same picture at the same scale, without the empty sky above and below."""
    at = lay_out(picture.today, scales(picture.today, picture.then))
    ids = f"bt{stage}-"
    half = _half_height(picture, at, stage)
    shift = f"translate({num(-BORDERS[stage])} {num(half - AXIS)})"
    body = el("g", *COLUMNS[stage](picture, at, ids), transform=shift)
    title = picture.stages[stage] or picture.title
    return drawing(COLUMN, half * 2 + 4, [_defs(ids), body], title=title, cls="bowtie bowtie-slice")


def _half_height(picture: Bowtie, at: Layout, stage: int) -> float:
    lines = len(lines_of(picture.today))
    needed = (at.leads.thickness / 2 + 24, at.core.thickness / 2 + 52, knot_step(lines) * lines / 2 + 52, AXIS, AXIS)
    return min(max(needed[stage], 60), AXIS)


def _defs(ids: str) -> SafeString:
    return el("defs", *inbound.gradients(ids), *outbound.gradients(ids))


def _doors(picture: Bowtie) -> list[SafeString]:
    return [
        link(href, rect(x, 0, COLUMN, HEIGHT, "door"), label=name)
        for x, href, name in zip(BORDERS, picture.hrefs, picture.stages, strict=False)
        if href
    ]


def _leaks(picture: Bowtie) -> list[SafeString]:
    """The letters of the leak map at the foot of their stages, each in a ring."""
    marks = []
    for x, letters in zip(BORDERS, picture.leaks, strict=False):
        for place, letter in enumerate(letters.split()):
            at = x + INSET + 8 + 22 * place
            marks.append(el("circle", cx=num(at), cy=num(HEIGHT + 16), r="9", class_="leak-mark"))
            marks.append(text(at, HEIGHT + 20, letter, "leak-letter", "middle"))
    return marks


def _outline(then: Layout, label: str) -> list[SafeString]:
    """Thin dashed ink: whole flow to the core and on to the wins; base to what it brings now."""
    shown = [
        path(_inward(then, up), "then") for up in (True, False) if then.leads.thickness > 0 or then.core.thickness > 0
    ]
    if shown and label:
        x, y = BORDERS[2] - INSET, then.core.top + (then.won.top - then.core.top) * 0.55 - 12
        shown.append(text(x, min(y, AXIS - 24), label, "hint", "end"))
    if then.base:
        shown += [path(_outward(then, up), "then") for up in (True, False)]
    return shown


def _inward(then: Layout, up: bool) -> str:
    edges = [(edge.top if up else edge.bottom) for edge in (then.leads, then.core, then.won)]
    first = f"M0 {num(edges[0])}{curve(0, edges[0], BORDERS[1], edges[1])}"
    return first + curve(BORDERS[1], edges[1], BORDERS[2], edges[2])


def _outward(then: Layout, up: bool) -> str:
    left, right = then.left_edge, then.right_edge
    seed = AXIS - SEED / 2 if up else AXIS + SEED / 2
    y0, y1 = (left.top, right.top) if up else (left.bottom, right.bottom)
    there = f"M{num(BORDERS[3])} {num(seed)}{curve(BORDERS[3], seed, BEND, y0)}"
    return f"{there}H{num(BORDERS[4])}{curve(BORDERS[4], y0, PLATEAU, y1)}H{num(BORDERS[5])}"
