"""Right of the knot: revenue of existing customers by health, then by outcome; growth on top, losses below."""

from __future__ import annotations

from django.utils.safestring import SafeString

from core.charts.bowtie.flow import Bowtie
from core.charts.bowtie.geometry import AXIS, BORDERS, COLUMN, FLAT, HEIGHT, LINE, RISE, Edge, Layout
from core.charts.bowtie.inbound import nothing
from core.charts.bowtie.labels import INSET, block, fits, pair
from core.charts.svg import curve, fade, num, path, rect, ribbon, spans, text

BEND = BORDERS[3] + COLUMN * FLAT
PLATEAU = BORDERS[4] + COLUMN * RISE
LOSSES = 3  # kinds of losses: bought less, left us, lower prices
SEED = 14.0  # height of the bundle that leaves the knot
LETTER = 6.9  # average width of a character at 12 px, for labels that must not run into each other
WORD_OF = {"good": "good-word", "watch": "watch-word", "risk": "risk-word", "unknown": "hint"}


def health_column(picture: Bowtie, at: Layout, ids: str) -> list[SafeString]:
    """Three bands by health, fading in from the knot because they come from earlier years; new customers run above."""
    if not at.base:
        return nothing(3, picture.words.no_base) + _new_left(picture, at)
    bands = [
        path(_from_knot(edge, at.left_edge), f"area area-{_kind(edge)}", f"url(#{ids}{_kind(edge)})")
        for edge in at.base
    ]
    return _new_left(picture, at) + bands + _health_words(picture, at)


def _from_knot(edge: Edge, whole: Edge) -> str:
    share = SEED / whole.thickness
    top, bottom = (AXIS + (y - whole.middle) * share for y in (edge.top, edge.bottom))
    there = f"M{num(BORDERS[3])} {num(top)}{curve(BORDERS[3], top, BEND, edge.top)}H{num(BORDERS[4])}"
    return f"{there}V{num(edge.bottom)}H{num(BEND)}{curve(BEND, edge.bottom, BORDERS[3], bottom)}Z"


def _new_left(picture: Bowtie, at: Layout) -> list[SafeString]:
    edge, seed = at.new_left, AXIS - SEED / 2
    if edge.thickness <= 0:
        return []
    thick = min(edge.thickness, SEED / 2)
    there = (
        f"M{num(BORDERS[3])} {num(seed)}{curve(BORDERS[3], seed, BEND, edge.top)}H{num(BORDERS[4])}V{num(edge.bottom)}"
    )
    back = f"H{num(BEND)}{curve(BEND, edge.bottom, BORDERS[3], seed + thick)}Z"
    lines = [words for words in picture.words.new if words]
    y = max(edge.top - 10 - LINE * (len(lines) - 1), 12)
    return [path(there + back, "new"), *block(BORDERS[3] + INSET, y, lines, "accent-word", "")]


def _kind(edge: Edge) -> str:
    return edge.band.kind if edge.band else "unknown"


def _health_words(picture: Bowtie, at: Layout) -> list[SafeString]:
    right, shown = BORDERS[4] - INSET, []
    for edge in (edge for edge in at.base if fits(edge)):
        name, value = _said(edge)
        if fits(edge, 3):
            shown += [text(right, edge.middle - 4, name, f"strong {_on(edge)}", "end")]
            shown += [text(right, edge.middle + 17, value, f"big {_on(edge)}", "end")]
        else:
            shown.append(text(right, edge.middle + 4, f"{name} {value}", f"strong {_on(edge)}", "end"))
    return shown + _health_below(picture, at, [edge for edge in at.base if not fits(edge)])


def _on(edge: Edge) -> str:
    """Words on a coloured area are dark in both modes; the grey of no score turns with the mode."""
    return "on-wing" if _kind(edge) == "unknown" else "on-area"


def _health_below(picture: Bowtie, at: Layout, thin: list[Edge]) -> list[SafeString]:
    """Under the bands: the labels of thin ones, two a line, then the caption."""
    lines = [thin[start : start + 2] for start in range(0, len(thin), 2)]
    y, shown = at.left_edge.bottom + 15, []
    for index, line in enumerate(lines):
        words = [(" ".join(_said(edge)), WORD_OF.get(_kind(edge), "strong")) for edge in line]
        shown.append(spans(BORDERS[4] - INSET, y + LINE * index, words, "end"))
    below = y + LINE * len(lines) if lines else at.left_edge.bottom + 26
    last = HEIGHT - 2 - LINE * (len(picture.words.base) - 1)
    return shown + block(BORDERS[3] + INSET, min(below, last), picture.words.base)


def _said(edge: Edge) -> tuple[str, str]:
    return (edge.band.name, edge.band.value) if edge.band else ("", "")


def outcome_column(picture: Bowtie, at: Layout, ids: str) -> list[SafeString]:
    """The same total by outcome: kept flat, growth as wedges on top, losses peel off below."""
    if not at.base:
        return nothing(4, picture.words.no_base) + _new_right(at)
    x0 = BORDERS[4]
    kept = [rect(x0, edge.top, COLUMN, edge.thickness, f"stream {_kind(edge)}") for edge in at.kept]
    wedges = [_wedge(edge, at.left_edge.top) for edge in at.growth]
    losses = [_peel(edge, index, ids) for index, edge in enumerate(at.lost)]
    return [*_new_right(at), *wedges, *kept, *losses, *_outcome_words(picture, at)]


def _new_right(at: Layout) -> list[SafeString]:
    left, right = at.new_left, at.new_right
    if left.thickness <= 0:
        return []
    return [path(risen(left, right), "new")]


def _wedge(edge: Edge, base: float) -> SafeString:
    """From nothing at the left border to full thickness at the right one."""
    return path(risen(Edge(base, base), edge), f"wedge {_kind(edge)}")


def risen(left: Edge, right: Edge) -> str:
    """A band that takes its right height early in the column and lies flat from there, so that its label fits."""
    there = f"M{num(BORDERS[4])} {num(left.top)}{curve(BORDERS[4], left.top, PLATEAU, right.top)}H{num(BORDERS[5])}"
    back = f"V{num(right.bottom)}H{num(PLATEAU)}{curve(PLATEAU, right.bottom, BORDERS[4], left.bottom)}Z"
    return there + back


def _peel(edge: Edge, index: int, ids: str) -> SafeString:
    """Exact at the border, then down and away."""
    x1 = _peel_end(index)
    drop = 10 + 18 * index
    thin = edge.thickness * 0.8
    return path(
        ribbon(BORDERS[4], edge.top, edge.bottom, x1, edge.top + drop, edge.top + drop + thin),
        "peel",
        f"url(#{ids}lost{min(index, LOSSES - 1)})",
    )


def _outcome_words(picture: Bowtie, at: Layout) -> list[SafeString]:
    left, right, shown = BORDERS[4] + INSET, BORDERS[5] - INSET, []
    thin = [edge for edge in at.kept if not fits(edge)]
    for edge in at.kept:
        if edge in thin:
            continue
        shown += pair(left, right, edge, *_said(edge), "on-area")
        if edge is at.kept[0] and fits(edge, 3):
            shown.append(text(left, edge.top + 16, picture.words.kept, "strong on-area"))
    y = at.right_edge.bottom + 15
    for words in _gathered(thin):
        shown.append(text(right, y, words, "accent-word", "end"))
        y += LINE
    return shown + _growth_words(at, right) + _loss_words(at, y)


def _gathered(edges: list[Edge]) -> list[str]:
    """Labels of thin bands on as few lines as the column is wide."""
    lines: list[str] = []
    for edge in edges:
        words = " ".join(_said(edge))
        if lines and (len(lines[-1]) + len(words) + 3) * LETTER < COLUMN - 60:
            lines[-1] = f"{lines[-1]} · {words}"
        else:
            lines.append(words)
    return lines


def _growth_words(at: Layout, right: float) -> list[SafeString]:
    """Inside the wedge where it fits; thin ones stand on one line above everything, in the same blue."""
    top = min([edge.top for edge in at.growth] + ([at.new_right.top] if at.new_right.thickness > 0 else []), default=0)
    inside = [edge for edge in at.growth if fits(edge)]
    shown = [
        text(right, edge.middle + 4, " ".join(reversed(_said(edge))), f"strong on-{_kind(edge)}", "end")
        for edge in inside
    ]
    outside = " · ".join(" ".join(reversed(_said(edge))) for edge in at.growth if edge not in inside)
    return [*shown, text(right, top - 7, outside, "accent-word", "end")] if outside else shown


def _loss_words(at: Layout, y: float) -> list[SafeString]:
    shown = []
    for index, edge in enumerate(at.lost):
        beside = edge.top + 10 + 18 * index + edge.thickness * 0.4 + 4
        y = max(y, beside)
        shown.append(
            text(BORDERS[4] + 56 + 16 * index, min(y, HEIGHT - 2), " ".join(reversed(_said(edge))), "risk-word")
        )
        y += LINE
    return shown


def gradients(ids: str) -> list[SafeString]:
    """Health fades in from the knot, losses fade out."""
    stops = ((0, 0.05), (0.45, 0.55), (0.75, 1))
    column = (BORDERS[3], BORDERS[4])
    kinds = [fade(f"{ids}{kind}", f"fade-{kind}", column, stops) for kind in ("good", "watch", "risk", "unknown")]
    return [*kinds, *(_peel_fade(f"{ids}lost{index}", index) for index in range(LOSSES))]


def _peel_fade(name: str, index: int) -> SafeString:
    return fade(name, "fade-lost", (BORDERS[4], _peel_end(index)), ((0, 1), (0.5, 0.7), (1, 0)))


def _peel_end(index: int) -> float:
    return BORDERS[4] + 46 + 16 * index
