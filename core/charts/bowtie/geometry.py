"""Where everything lies. Pure arithmetic: thickness is amount times scale, exactly, at every border of a stage."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from core.charts.bowtie.flow import Band, Flow, total

WIDTH, HEIGHT, AXIS = 1376.0, 404.0, 200.0
COLUMN = WIDTH / 5
BORDERS = tuple(COLUMN * index for index in range(6))
REACH = 317.0  # pixels of the larger of today and then
GAP = 9.0  # between the strand of new customers and the rest
FLAT = 0.70  # share of the fourth column after which its bands lie flat
TOP = 26.0  # room kept for labels above the picture
ROOM = HEIGHT - TOP - GAP - 32.0  # what base, growth and strand may fill together; the rest is for words
RISE = 0.42  # share of the fifth column after which growth lies flat
LINE = 16.0  # a line of words, and the least a band must have to hold one
LEAST = 1e-6  # less money than this, in whatever unit, is none
MAX_LINES = 40  # more wins than this are drawn in fives


@dataclass(frozen=True)
class Scales:
    """Pixels of one lead, and of one euro a year."""

    left: float
    right: float


@dataclass(frozen=True)
class Edge:
    """A band where it stands upright: from `top` to `bottom`."""

    top: float
    bottom: float
    band: Band | None = None

    @property
    def thickness(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Layout:
    """Upright edges at the borders: `base` and `lost` at the fourth, `kept` and `growth` at the right one."""

    leads: Edge
    core: Edge
    won: Edge
    base: tuple[Edge, ...]
    new_left: Edge
    new_right: Edge
    kept: tuple[Edge, ...]
    growth: tuple[Edge, ...]
    lost: tuple[Edge, ...]

    @property
    def left_edge(self) -> Edge:
        """Revenue a year before, as one edge."""
        return Edge(self.base[0].top, self.base[-1].bottom) if self.base else Edge(AXIS, AXIS)

    @property
    def right_edge(self) -> Edge:
        """What the same customers bring now, as one edge: over `left_edge` it is the NRR."""
        edges = (*self.growth, *self.kept)
        return Edge(min(e.top for e in edges), max(e.bottom for e in edges)) if edges else Edge(AXIS, AXIS)


def scales(today: Flow, then: Flow | None = None) -> Scales:
    """317 px over the larger of today and then, on each side; less where growth and losses together need room."""
    flows = [today] if then is None else [today, then]
    leads = max(max(flow.leads, flow.opportunities, flow.won) for flow in flows)
    money = max(max(flow.start, flow.end) + flow.new for flow in flows)
    height = max(flow.start + total(flow.growth) + flow.new for flow in flows)
    if money < LEAST:
        return Scales(REACH / leads if leads > 0 else 0.0, 0.0)
    right = min(REACH / money, ROOM / height)
    right = min(right, (ROOM - _crowded(today, right)) / height)
    return Scales(REACH / leads if leads > 0 else 0.0, right)


def _crowded(flow: Flow, scale: float) -> float:
    """Pixels that labels need beyond the two lines that always have room."""
    return LINE * max(words_below(flow, scale) - 2, 0)


def words_below(flow: Flow, scale: float) -> int:
    """Lines of labels that stand under the picture: thin bands two a line, then the caption or the losses.

    At the right edge the losses have already left the picture and make room for their own words.
    """
    thin_health, thin_kept = (sum(0 < b.amount * scale < LINE for b in bands) for bands in (flow.health, flow.kept))
    freed = int(total(flow.lost) * scale // LINE)
    return max(ceil(thin_health / 2) + 2, ceil(thin_kept / 2) + len(flow.lost) - freed)


def lay_out(flow: Flow, by: Scales) -> Layout:
    """All edges of one date at the given scales."""
    new, growth = flow.new * by.right, total(flow.growth) * by.right
    top = _top_of_base(flow.start * by.right, new, growth, _crowded(flow, by.right))
    kept = stack(flow.kept, top, by.right)
    new_bottom = top - (GAP if new else 0)
    right_bottom = top - growth - (GAP if new else 0)
    return Layout(
        leads=centred(flow.leads * by.left),
        core=centred(flow.opportunities * by.left),
        won=centred(flow.won * by.left),
        base=stack(flow.health, top, by.right),
        new_left=Edge(new_bottom - new, new_bottom),
        new_right=Edge(right_bottom - new, right_bottom),
        kept=kept,
        growth=stack(flow.growth, top - growth, by.right),
        lost=stack(flow.lost, kept[-1].bottom if kept else top, by.right),
    )


def centred(thickness: float) -> Edge:
    """An edge on the axis."""
    return Edge(AXIS - thickness / 2, AXIS + thickness / 2)


def stack(bands: tuple[Band, ...], top: float, scale: float) -> tuple[Edge, ...]:
    """Bands under each other, without gaps, so that thickness adds up; bands of nothing are left out."""
    edges = []
    for band in bands:
        if band.amount * scale > 0:
            edges.append(Edge(top, top + band.amount * scale, band))
            top = edges[-1].bottom
    return tuple(edges)


def _top_of_base(start: float, new: float, growth: float, crowded: float) -> float:
    """The base with its strand is centred on the axis, but leaves room above for growth and below for labels."""
    strand = new + GAP if new else 0
    centred_top = AXIS - (start + strand) / 2 + strand
    return max(min(centred_top, HEIGHT - 32 - crowded - start), TOP + growth + strand)


def lines_of(flow: Flow) -> tuple[float | None, ...]:
    """Go-live days, earliest first and unknown last; over forty wins every fifth stands for five."""
    known = sorted(win.days for win in flow.wins if win.days is not None)
    lines = (*known, *(None for win in flow.wins if win.days is None))
    return lines if len(lines) <= MAX_LINES else lines[2::5]


def knot_step(lines: int) -> float:
    """Distance between two lines in the knot."""
    return min(13.0, 240 / max(lines, 1))
