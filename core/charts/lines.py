"""Lines of time: the life of a machine, the road of a renewal, the contracts of an account, the score of a customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from textwrap import wrap

from django.utils.safestring import SafeString, mark_safe

from core.charts.marks import mark
from core.charts.scale import Scale, day_scale
from core.charts.spark import runs
from core.charts.svg import drawing, el, group, line, link, num, path, polyline, rect, text


@dataclass(frozen=True)
class Life:
    """Age against expected life, both in years; ticks at the upgrade, the replacement talk and the end."""

    age: float | None
    expected: float
    status: str
    ticks: tuple[float, ...] = (5, 10, 12)
    title: str = ""
    width: float = 170


def draw_life(life: Life) -> SafeString:
    """A rule from 0 to the expected life (or the age, if that is more); lived = ink, the mark stands at today's age."""
    x = _life_scale(life.expected, life.age or 0, life.ticks, life.width)
    parts = [_life_rule(x, max(life.expected, *life.ticks), life.ticks)]
    if life.age is not None:
        parts += [line(x(0), 10, x(life.age), 10, "life-lived"), mark(x(life.age), 10, life.status, 5)]
    return drawing(life.width, 20, parts, title=life.title, cls="life")


def _life_scale(expected: float, age: float, ticks: tuple[float, ...], width: float) -> Scale:
    return Scale(0, max(expected, age, *ticks), 6, width - 6)


@lru_cache(maxsize=1000)
def _life_rule(x: Scale, ends: float, ticks: tuple[float, ...]) -> SafeString:
    """The rule with its ticks: the same for all machines of a family that are not past their life."""
    drawn = [line(x(tick), 4, x(tick), 16, "life-tick") for tick in ticks]
    return mark_safe("".join([line(x(0), 10, x(ends), 10, "life-rule"), *drawn]))


@dataclass(frozen=True)
class Milestone:
    """A point of the renewal line. `state`: done, late, coming, skipped. `lines` hang under it: (words, class)."""

    on: date
    name: str
    day: str
    state: str
    heading: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class RenewalLine:
    """Milestones on a true scale of time, and today."""

    milestones: tuple[Milestone, ...]
    today: date
    today_word: str
    title: str
    desc: str = ""
    width: float = 1376


RAIL, LEFT = 46.0, 10.0
NAME_WIDTH = 26  # characters of an action on one line
MOST_LINES = 4
COLUMN_MIN = 178.0  # words of a milestone need this much before the next one


def draw_renewal_line(chart: RenewalLine) -> SafeString:
    """Done = ink with a tick, late = triangle, coming = open circle; what was done and by whom hangs under each."""
    stones = sorted(chart.milestones, key=lambda stone: stone.on)
    if not stones:
        return drawing(chart.width, 1, [], title=chart.title)
    x = day_scale(stones[0].on, stones[-1].on, LEFT, chart.width - COLUMN_MIN + 12)
    depth = max(len(stone.lines) for stone in stones)
    here = min(max(x(chart.today.toordinal()), LEFT), chart.width - 4)
    rail = [
        line(LEFT, RAIL, x(stones[-1].on.toordinal()), RAIL, "rail"),
        line(LEFT, RAIL, min(here, x(stones[-1].on.toordinal())), RAIL, "rail-done"),
    ]
    marks = [
        _stone(stone, x(stone.on.toordinal()), place) for stone, place in zip(stones, _places(stones, x), strict=True)
    ]
    now = [line(here, RAIL + 4, here, RAIL + 14, "today-tick"), _today(here, chart)]
    height = RAIL + 44 + 17 * (depth + 1)
    return drawing(chart.width, height, [*rail, *marks, *now], title=chart.title, desc=chart.desc, cls="renewal-line")


def _today(x: float, chart: RenewalLine) -> SafeString:
    """The word beside the tick of today; before it where it would run out of the picture."""
    fits = x + 6 + 8 * len(chart.today_word) <= chart.width
    return text(x + 6 if fits else x - 6, RAIL + 19, chart.today_word, "strong", None if fits else "end")


def _places(stones: Sequence[Milestone], x: Scale) -> list[float]:
    """Where the words start: under the mark, pushed left from the end so that columns do not touch."""
    places = [x(stone.on.toordinal()) - 7 for stone in stones]
    for index in range(len(places) - 2, -1, -1):
        places[index] = min(places[index], places[index + 1] - COLUMN_MIN)
    first = places[0]
    return [max(place, place - first if first < 0 else place) for place in places]


def _stone(stone: Milestone, x: float, left: float) -> SafeString:
    head = [text(left, 16, stone.name, "strong"), text(left + 9 + 7.4 * len(stone.name), 16, stone.day)]
    cls = {"late": "watch-word"}.get(stone.state, "strong")
    words = [text(left, RAIL + 44, stone.heading, cls)]
    words += [text(left, RAIL + 61 + 17 * index, said) for index, said in enumerate(stone.lines)]
    return group(*head, _point(stone.state, x), *words)


def _point(state: str, x: float) -> SafeString:
    if state == "late":
        return mark(x, RAIL, "watch", 8)
    if state == "done":
        tick = path(f"M{num(x - 3.2)} {num(RAIL + 0.2)}l2.4 2.4 4-4.8", "stone-tick")
        return group(el("circle", cx=num(x), cy=num(RAIL), r=8, class_="stone-done"), tick)
    return el("circle", cx=num(x), cy=num(RAIL), r=7, class_="stone-skipped" if state == "skipped" else "stone-open")


@dataclass(frozen=True)
class Span:
    """A contract: from, to, words inside, value at its end. `kind`: current, other, past, planned."""

    name: str
    start: date
    end: date
    label: str
    value: str = ""
    kind: str = "current"
    note: str = ""
    href: str = ""


def draw_contracts(
    spans: Sequence[Span], today: date, *, title: str, width: float = 590, first_year: int, last_year: int
) -> SafeString:
    """Contracts on a line of years; an open end runs off the picture; planned ones are outlined."""
    x = day_scale(date(first_year, 1, 1), date(last_year + 1, 1, 1), 92, width)
    height = 30 + 34 * len(spans)
    years = [_year(year, x, height) for year in range(first_year, last_year + 1)]
    rows = [_span(span, 26 + 34 * index, x, width) for index, span in enumerate(spans)]
    now = line(x(today.toordinal()), 22, x(today.toordinal()), height, "today-line")
    return drawing(
        width, height, [*years, *rows, now], title=title, cls="contracts", linked=any(span.href for span in spans)
    )


def _year(year: int, x: Scale, height: float) -> SafeString:
    left = x(date(year, 1, 1).toordinal())
    return group(line(left, 20, left, height, "year"), text(left + 4, 12, str(year), "hint"))


def _span(span: Span, y: float, x: Scale, width: float) -> SafeString:
    left, right = max(x(span.start.toordinal()), 92), min(x(span.end.toordinal()), width)
    wide = max(right - left, 3)
    room = wide - 16 >= 7 * (len(span.label) + len(span.value) + 2)
    parts = [text(0, y + 17, span.name, "strong"), rect(left, y, wide, 24, f"span-{span.kind}", 3)]
    if room:
        parts += [
            text(left + 8, y + 16, span.label, f"in-{span.kind}"),
            text(right - 8, y + 16, span.value, f"in-{span.kind} strong", "end"),
        ]
    else:
        outside = " ".join(words for words in (span.label, span.value, span.note) if words)
        fits = right + 7 * len(outside) < width
        parts.append(text(right + 8 if fits else left - 8, y + 16, outside, "", None if fits else "end"))
    if room and span.note:
        parts.append(text(right + 8, y + 16, span.note))
    return link(span.href, *parts, label=f"{span.name} {span.label}")


# Of the type of notes, on the wide side.
WIDTH_OF_LETTER = 6.5


@dataclass(frozen=True)
class ScoreLine:
    """A year of a score (0 to 100), its cuts, and moments worth naming: (place, words)."""

    points: tuple[float | None, ...]
    status: str
    title: str
    first: str = ""
    last: str = ""
    cuts: tuple[tuple[float, str, str], ...] = ((80, "80 green", "good"), (60, "60 yellow", "watch"))
    notes: tuple[tuple[int, str], ...] = ()
    width: float = 250
    height: float = 170


def draw_score(chart: ScoreLine) -> SafeString:
    """The line in ink, cuts dashed and labelled at their ends, last point in the shape of its status."""
    x = Scale(0, max(len(chart.points) - 1, 1), 4, chart.width - 76)
    known = [value for value in chart.points if value is not None] + [cut[0] for cut in chart.cuts]
    y = Scale(min(known) - 5, max(known) + 5, chart.height - 26, 12)
    parts = [_cut(cut, y, chart.width) for cut in chart.cuts]
    stretches = runs(chart.points)
    parts += [path(polyline((x(i), y(v)) for i, v in run), "score-line") for run in stretches if len(run) > 1]
    for place, words in chart.notes:
        at = chart.points[place]
        if at is not None:
            parts += [
                el("circle", cx=num(x(place)), cy=num(y(at)), r=3, class_="note-dot"),
                _beside(x(place) - 8, y(at) + 16, words),
            ]
    if stretches:
        last, value = stretches[-1][-1]
        parts += [
            mark(x(last), y(value), chart.status, 5),
            text(x(last) + 9, y(value) + 4, f"{value:.0f}", f"{chart.status}-word"),
        ]
    parts += [text(0, chart.height - 4, chart.first), text(x.end, chart.height - 4, chart.last, "", "end")]
    return drawing(chart.width, chart.height, parts, title=chart.title, cls="score")


def _beside(x: float, y: float, words: str) -> SafeString:
    """Words that end at x; where they are too long for that, they begin at the edge."""
    return text(x, y, words, "", "end") if WIDTH_OF_LETTER * len(words) < x else text(0, y, words)


def _cut(cut: tuple[float, str, str], y: Scale, width: float) -> SafeString:
    value, words, status = cut
    return group(
        line(0, y(value), width - 70, y(value), "target"), text(width - 64, y(value) + 4, words, f"{status}-word")
    )


@dataclass(frozen=True)
class Rung:
    """An action and the points it should bring."""

    name: str
    facts: str
    points: float


def draw_ladder(
    score: float, rungs: Sequence[Rung], *, title: str, cuts: Sequence[tuple[float, str, str]], width: float = 460
) -> SafeString:
    """From today's score one step per action towards the line of green: what would turn it."""
    names = [wrap(rung.name, NAME_WIDTH)[:MOST_LINES] for rung in rungs]
    step, label = 24.0 + 15 * max([2, *map(len, names)]), 190.0
    top = max([cut[0] for cut in cuts] + [score + sum(rung.points for rung in rungs)])
    x = Scale(score, top, label + 14, width - 40)
    height = 30 + step * len(rungs)
    parts = [
        group(line(x(value), 18, x(value), height, "target"), text(x(value), 12, words, f"{status}-word", "middle"))
        for value, words, status in cuts
        if value > score
    ]
    for index, rung in enumerate(rungs):
        joint = step + 2 if index + 1 < len(rungs) else 0
        parts.append(_rung(rung, names[index], score, 30 + step * index, x, joint))
        score += rung.points
    return drawing(width, height, parts, title=title, cls="ladder")


def _rung(rung: Rung, name: Sequence[str], score: float, y: float, x: Scale, joint: float) -> SafeString:
    right = x(score + rung.points)
    parts = [
        *(text(0, y + 10 + 15 * index, said, "strong") for index, said in enumerate(name)),
        text(0, y + 10 + 15 * len(name), rung.facts),
        rect(x(score), y + 2, right - x(score), 13, "part fill", 2),
        text(right + 7, y + 13, f"+{rung.points:.0f}", "accent-word"),
    ]
    return group(*parts, *([line(right, y + 16, right, y + joint, "joint")] if joint else []))
