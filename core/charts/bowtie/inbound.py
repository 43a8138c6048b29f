"""Left of the knot, and the knot: leads, opportunities, wins, and the day each customer went live."""

from __future__ import annotations

from django.utils.safestring import SafeString

from core.charts.bowtie.flow import Bowtie
from core.charts.bowtie.geometry import AXIS, BORDERS, COLUMN, LINE, Edge, Layout, knot_step, lines_of
from core.charts.bowtie.labels import INSET, block, fits
from core.charts.marks import mark
from core.charts.scale import Scale
from core.charts.svg import curve, fade, group, line, link, num, path, rect, ribbon, text

KNOT_LEFT, KNOT_RIGHT = BORDERS[2] + 38, BORDERS[3] - 38
KNOT_MIDDLE = (KNOT_LEFT + KNOT_RIGHT) / 2


def wings(x0: float, outer: Edge, x1: float, inner: Edge, core: Edge, paint: str) -> list[SafeString]:
    """What did not become the next thing: two wings from the whole at the left to the core at the right."""
    return [
        path(ribbon(x0, outer.top, core.top, x1, inner.top, inner.top), "wing", f"url(#{paint})"),
        path(ribbon(x0, core.bottom, outer.bottom, x1, inner.bottom, inner.bottom), "wing", f"url(#{paint})"),
    ]


def leads_column(picture: Bowtie, at: Layout, ids: str) -> list[SafeString]:
    """Whole height = leads; the solid core became opportunities; the wings stopped."""
    words, x0, x1 = picture.words, BORDERS[0], BORDERS[1]
    if picture.today.leads <= 0:
        return nothing(0, words.no_leads)
    parts = wings(x0, at.leads, x1, at.core, at.core, f"{ids}wing1")
    parts.append(rect(x0, at.core.top, COLUMN, at.core.thickness, "core"))
    return parts + _stopped(picture, at) + _core_words(picture, at)


def _stopped(picture: Bowtie, at: Layout) -> list[SafeString]:
    lines = [words for words in picture.words.stopped if words]
    room = at.core.top - at.leads.top
    if room >= LINE * len(lines) + 20:
        return block(INSET, at.core.top - 12 - LINE * (len(lines) - 1), lines, "strong on-wing", "on-wing")
    return block(INSET, at.leads.top - 8, lines[:1])


def _core_words(picture: Bowtie, at: Layout) -> list[SafeString]:
    words, right = picture.words, BORDERS[1] - INSET
    if fits(at.core, 3):
        return [
            text(INSET, AXIS - 6, words.leads, "big on-core"),
            text(INSET, AXIS + 16, words.became, "on-core"),
            text(right, AXIS + 16, words.lead_share, "on-core bold", "end"),
        ]
    if fits(at.core):
        both = f"{words.leads}, {words.became}" if words.became else words.leads
        return [text(INSET, AXIS + 4, both, "on-core"), text(right, AXIS + 4, words.lead_share, "on-core bold", "end")]
    inside = at.leads.bottom - at.core.bottom >= LINE * 2 + 8
    y = _leads_line(at)
    lines = (words.leads, f"{words.became}, {words.lead_share}".strip(", "))
    return block(INSET, y, lines, "strong on-wing" if inside else "accent-word", "on-wing" if inside else "accent-word")


def pipeline_column(picture: Bowtie, at: Layout, ids: str) -> list[SafeString]:
    """The core starts as opportunities; a narrower one is won; the rest fades again."""
    words, x0, x1 = picture.words, BORDERS[1], BORDERS[2]
    if picture.today.opportunities <= 0:
        return nothing(1, words.no_opportunities)
    parts = wings(x0, at.core, x1, at.won, at.won, f"{ids}wing2")
    parts.append(rect(x0, at.won.top, COLUMN, at.won.thickness, "core"))
    above = at.core.top - 16
    if fits(at.won):
        parts.append(text(x0 + INSET, AXIS + 4, words.won, "on-core"))
        parts.append(text(x1 - INSET, AXIS + 4, words.win_share, "on-core bold", "end"))
    else:
        parts.append(text(x0 + INSET, above, f"{words.won} {words.win_share}".strip(), "accent-word"))
        above -= LINE
    parts.append(text(x0 + INSET, above, words.opportunities, "strong"))
    return parts + block(x0 + INSET, at.core.bottom + 24, words.not_won)


def knot_column(picture: Bowtie, at: Layout, ids: str) -> list[SafeString]:
    """One line per won customer, a mark on the day it went live against the promised date."""
    days = lines_of(picture.today)
    if not days:
        return nothing(2, picture.words.no_wins)
    step = knot_step(len(days))
    half = step * len(days) / 2 + 4
    x = _days_scale([day for day in days if day is not None])
    box = rect(KNOT_LEFT, AXIS - half, KNOT_RIGHT - KNOT_LEFT, half * 2, "knot", 16)
    rule = line(x(0), AXIS - half, x(0), AXIS + half, "knot-rule")
    strands = [_strand(at, days, index, step, x) for index in range(len(days))]
    return [box, rule, *strands, *_knot_words(picture, half, x(0))]


def _days_scale(days: list[float]) -> Scale:
    return Scale(min([*days, -10.0]), max([*days, 10.0]), KNOT_LEFT + 26, KNOT_RIGHT - 26)


def _strand(at: Layout, days: tuple[float | None, ...], index: int, step: float, x: Scale) -> SafeString:
    day, count = days[index], len(days)
    y = AXIS + (index - (count - 1) / 2) * step
    start = at.won.top + (index + 0.5) * at.won.thickness / count
    end = AXIS + (index - (count - 1) / 2) * min(12 / count, 1)
    live = KNOT_LEFT if day is None else x(day)
    late = day is not None and day > 0
    before = f"M{num(BORDERS[2])} {num(start)}{curve(BORDERS[2], start, KNOT_LEFT, y)}H{num(live)}"
    after = f"M{num(live)} {num(y)}H{num(KNOT_RIGHT)}{curve(KNOT_RIGHT, y, BORDERS[3], end)}"
    tone = " late" if late else ""
    shown = [path(before, f"strand{tone}"), path(after, f"strand after{tone}")]
    if day is not None:
        shown.append(mark(live, y, "watch" if late else "live", 4.5 if step >= 9 else 3))
    return group(*shown)


def _knot_words(picture: Bowtie, half: float, rule: float) -> list[SafeString]:
    words, lines = picture.words, [line for line in picture.words.wins if line]
    above = block(KNOT_LEFT, AXIS - half - 10 - LINE * (len(lines) - 1), lines)
    y = AXIS + half + 18
    return [
        *above,
        text(rule - 8, y, words.in_time, "accent-word", "end"),
        text(rule + 8, y, words.late, "watch-word"),
        text(rule, y + LINE, words.promised, "hint", "middle"),
    ]


def numbers(picture: Bowtie, at: Layout) -> list[SafeString]:
    """Doors over the numbers of the first two columns, each to its receipt; they lie over those of the stages."""
    places: list[tuple[str, str, float, float, float]] = []
    words, x1 = picture.words, BORDERS[1]
    if picture.today.leads > 0:
        places.append(("leads", words.leads, INSET, _leads_line(at), 140))
        if fits(at.core):
            share = AXIS + 16 if fits(at.core, 3) else AXIS + 4
            places.append(("lead_share", words.lead_share, x1 - INSET - 44, share, 44))
    if picture.today.opportunities > 0:
        above = at.core.top - 16
        won = AXIS + 4 if fits(at.won) else above
        places.append(("won", words.won, x1 + INSET, won, 160))
        places.append(("opportunities", words.opportunities, x1 + INSET, above if fits(at.won) else above - LINE, 140))
    return [
        link(picture.receipts[key], rect(x - 4, y - 14, width + 8, 20, "door", 4), label=said)
        for key, said, x, y, width in places
        if said and key in picture.receipts
    ]


def _leads_line(at: Layout) -> float:
    """The baseline of the number of leads."""
    if fits(at.core):
        return AXIS - 6 if fits(at.core, 3) else AXIS + 4
    inside = at.leads.bottom - at.core.bottom >= LINE * 2 + 8
    return at.core.bottom + 16 if inside else at.leads.bottom + 18


def nothing(column: int, words: str) -> list[SafeString]:
    """No flow: a thin dashed axis and a sentence."""
    x0, x1 = BORDERS[column], BORDERS[column + 1]
    return [
        line(x0 + INSET, AXIS, x1 - INSET, AXIS, "no-flow"),
        text((x0 + x1) / 2, AXIS - 10, words, "hint", "middle"),
    ]


def gradients(ids: str) -> list[SafeString]:
    """Wings fade towards the knot."""
    wings = ((f"{ids}wing1", BORDERS[:2], 0.85, 0.25), (f"{ids}wing2", BORDERS[1:3], 0.8, 0.1))
    return [fade(name, "fade-wing", (at[0], at[1]), ((0, first), (1, last))) for name, at, first, last in wings]
