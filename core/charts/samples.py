"""Invented numbers for the style page and the tests of the drawings."""

from __future__ import annotations

from django.utils.safestring import SafeString

from core.charts.bowtie import Band, Bowtie, Flow, Win, Words
from core.charts.spark import Trend, draw_trend

MONTHS = (
    *(102, 103, 102.6, 103.4, 103, 104.1, 103.2, 104, 104.6, 104.1, 103.4, 104.4),
    *(104.2, 104.9, 104.5, 105.1, 105.6, 105.4, 106.2, 106, 107.1, 107.9, 107.2, 106.8),
)
TODAY = Flow(
    leads=240,
    opportunities=62,
    won=12,
    wins=tuple(Win(day) for day in (-32, -14, -20, -6, -17, -3, -24, -9, -1, -4, 18, 28)),
    health=(
        Band(24.6, "Green", "€24.6M", "good"),
        Band(9.9, "Yellow", "€9.9M", "watch"),
        Band(4.1, "Red", "€4.1M", "risk"),
    ),
    new=2.2,
    kept=(
        Band(14.6, "Machines", "€14.6M", "s1"),
        Band(8.2, "Service contracts", "€8.2M", "s2"),
        Band(8.4, "Parts", "€8.4M", "s3"),
        Band(2.95, "Upgrades", "€3.0M", "s4"),
        Band(1.9, "Training, other", "€1.9M", "s5"),
    ),
    growth=(Band(4.10, "expansion", "+ €4.10M", "expansion"), Band(1.07, "price", "+ €1.07M", "price")),
    lost=(Band(1.45, "bought less", "− €1.45M", "lost"), Band(1.10, "left us", "− €1.10M", "lost")),
)
THEN = Flow(
    leads=221,
    opportunities=67,
    won=14,
    health=(Band(24, "Green", "", "good"), Band(9, "Yellow", "", "watch"), Band(4, "Red", "", "risk")),
    new=2.0,
    kept=(Band(34.6, "Kept", "", "s1"),),
    growth=(Band(3.9, "expansion", "", "expansion"),),
    lost=(Band(2.4, "lost", "", "lost"),),
)
WORDS = Words(
    leads="240 leads",
    became="62 became an opportunity",
    lead_share="26%",
    stopped=("178 stopped", "101 no reply, 29 no", "project, 48 outside segment"),
    opportunities="62 opportunities",
    won="12 won of 44 closed",
    win_share="27%",
    not_won=("32 lost, 18 still open", "9 of the lost made no decision"),
    wins=("12 customers, one line each", "by go-live against promised date"),
    in_time="10 in time",
    late="2 late",
    new=("+ €2.2M from the 12 new", "outside the NRR"),
    base=("138 earlier customers bring", "€38.6M, split by their health"),
    kept="Kept €36.1M, by stream",
    compared="a year ago",
)
STAGES = ("Lead generation", "Pipeline", "Conversion", "Adoption and value", "Expansion and renewal")


def bowtie(today: Flow = TODAY, then: Flow | None = THEN, words: Words = WORDS) -> Bowtie:
    """The picture of the style page."""
    hrefs = tuple(f"#stage-{number}" for number in range(1, 6))
    return Bowtie(today, words, "The bowtie", then, "Five stages, twelve months to 21 November 2026.", STAGES, hrefs)


def empty_bowtie() -> Bowtie:
    """Nothing is known yet."""
    return bowtie(Flow(), None, Words())


def small_bowtie() -> Bowtie:
    """Thin bands and many wins: every label that can has to move outside."""
    today = Flow(
        leads=900,
        opportunities=31,
        won=5,
        wins=tuple(Win(day % 37 - 20) for day in range(90)),
        health=(Band(30, "Green", "€30M", "good"), Band(1.1, "Yellow", "€1.1M", "watch"), Band(0.6, "Red", "€0.6M", "risk"), Band(0.9, "no score", "€0.9M", "unknown")),
        kept=(Band(27.9, "Machines", "€27.9M", "s1"), Band(1.2, "Service", "€1.2M", "s2"), Band(0.9, "Parts", "€0.9M", "s3"), Band(0.8, "Training", "€0.8M", "s4"), Band(0.7, "Other", "€0.7M", "s5")),
        growth=(Band(0.4, "expansion", "+ €0.4M", "expansion"), Band(0.3, "price", "+ €0.3M", "price")),
        lost=(Band(0.8, "bought less", "− €0.8M", "lost"), Band(0.3, "left us", "− €0.3M", "lost")),
    )  # fmt: skip
    return bowtie(today, None)


def all_charts() -> dict[str, SafeString]:
    """Name of the chart and its markup."""
    return {"trend": draw_trend(Trend(MONTHS, "watch", target=110, title="Net revenue retention, 24 months"))}
