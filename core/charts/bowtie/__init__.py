"""The bowtie: five stages in one picture, drawn to scale. Numbers and ready-made words in, SVG out."""

from core.charts.bowtie.flow import Band, Bowtie, Flow, Win, Words
from core.charts.bowtie.geometry import HEIGHT, WIDTH, Layout, lay_out, scales
from core.charts.bowtie.picture import draw_bowtie, draw_slice

__all__ = [
    "HEIGHT",
    "WIDTH",
    "Band",
    "Bowtie",
    "Flow",
    "Layout",
    "Win",
    "Words",
    "draw_bowtie",
    "draw_slice",
    "lay_out",
    "scales",
]
