"""Invented numbers for the style page and the tests of the drawings."""

# ruff: noqa: E501 (tables of invented rows read better unbroken)

from __future__ import annotations

from datetime import date

from django.utils.safestring import SafeString

from core.charts.bars import Bar, Bars, Part, Row, draw_bars, draw_rows
from core.charts.bowtie import Band, Bowtie, Flow, Win, Words
from core.charts.bridge import Bridge, Step, draw_bridge
from core.charts.lines import (
    Life,
    Milestone,
    RenewalLine,
    Rung,
    ScoreLine,
    Span,
    draw_contracts,
    draw_ladder,
    draw_life,
    draw_renewal_line,
    draw_score,
)
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
    return {
        "trend": draw_trend(Trend(MONTHS, "watch", target=110, title="Net revenue retention, 24 months")),
        "renewal_line": draw_renewal_line(_renewal()),
        "bridge": draw_bridge(_bridge()),
        "revenue by stream": draw_bars(_streams()),
        "renewal horizon": draw_bars(_horizon()),
        "ages": draw_bars(_ages()),
        "rows": draw_rows(_leaks(), title="Where it leaks"),
        "life lines": SafeString("".join(draw_life(life) for life in _lives())),
        "contracts": draw_contracts(_contracts(), ON, title="Contracts", first_year=2024, last_year=2028),
        "score": draw_score(_score()),
        "ladder": draw_ladder(
            52, _rungs(), title="What would turn it green", cuts=((60, "60 yellow", "watch"), (80, "80 green", "good"))
        ),
    }


ON = date(2026, 11, 21)


def _renewal() -> RenewalLine:
    stones = (
        Milestone(
            date(2026, 7, 22),
            "T-180",
            "22 July",
            "done",
            "Health gate",
            ("68 yellow: fix first opened", "Marloes, 24 July"),
        ),
        Milestone(
            date(2026, 10, 20),
            "T-90",
            "20 October",
            "done",
            "Health review and first talk",
            ("57 red: fix first", "Marloes, 20 Oct"),
        ),
        Milestone(
            date(2026, 11, 19),
            "T-60",
            "19 November",
            "late",
            "Quote and value talk",
            ("Quote v2 prepared", "Quote sent: 2 days late"),
        ),
        Milestone(date(2026, 12, 19), "T-30", "19 December", "coming", "Follow-up, executive", ("Last day to cancel",)),
        Milestone(date(2027, 1, 18), "T-0", "18 January", "coming", "Signed, or a loss talk", ("Forecast €171,200",)),
    )
    return RenewalLine(stones, ON, "today, 58 days left", "The road to the renewal")


def _bridge() -> Bridge:
    steps = (
        Step("Expansion", 4.10, "+€4.10M", "26 deals"),
        Step("Price", 1.07, "+€1.07M", "71 renewals"),
        Step("Bought less", -1.45, "−€1.45M", "11 customers"),
        Step("Left us", -1.10, "−€1.10M", "4 customers"),
    )
    start, end = Step("A year ago", 38.6, "€38.6M", "138 customers"), Step("Today", 41.22, "€41.2M", "106.8%")
    return Bridge(
        start, steps, end, "€4.1M of expansion outweighs €2.6M of loss", target=42.46, target_word="target €42.5M"
    )


def _streams() -> Bars:
    years = (
        (2021, (77, 30, 383)),
        (2022, (170, 70, 42)),
        (2023, (190, 66, 0)),
        (2024, (222, 104, 420)),
        (2025, (252, 96, 10)),
        (2026, (232, 74, 0)),
    )
    bars = [
        Bar(
            str(year),
            (Part(service, "s2", f"Service {service}"), Part(parts, "s3", f"Parts {parts}"), Part(machines, "s1")),
            str(service + parts + machines),
        )
        for year, (service, parts, machines) in years
    ]
    return Bars(tuple(bars), "Revenue by stream", named=5)


def _horizon() -> Bars:
    quarters = (
        ("Q4 26", 300, 300, 0),
        ("Q1 27", 1000, 700, 400),
        ("Q2 27", 630, 300, 0),
        ("Q3 27", 540, 240, 60),
        ("Q4 27", 980, 430, 90),
    )
    bars = [
        Bar(
            name,
            (Part(good, "good"), Part(watch, "watch", "Yellow €0.7M"), Part(risk, "risk", "Red €0.4M")),
            f"€{(good + watch + risk) / 1000:.1f}M",
            "19",
            not index,
        )
        for index, (name, good, watch, risk) in enumerate(quarters)
    ]
    return Bars(tuple(bars), "€2.1M renews next quarter, half of it not green", named=1)


def _ages() -> Bars:
    counts = (58, 66, 71, 74, 69, 62, 60, 64, 72, 97, 118, 58, 49, 44, 38, 31, 26, 21, 18, 11)
    kinds = ["s5"] * 5 + ["s3"] * 4 + ["fill"] * 2 + ["s1"] * 9
    bars = [Bar(str(age), (Part(count, kinds[age]),), str(count)) for age, count in enumerate(counts)]
    groups = ((0, 4, "under 5 years: 338"), (5, 9, "5 to 10: 355"), (10, 19, "10 and older: 411"))
    return Bars(tuple(bars), "411 machines are ten years or older", groups=groups, gap=0.06, width=640)


def _leaks() -> tuple[Row, ...]:
    return (
        Row("Customers who buy less", 1_450_000, "€1,450,000", "loss", 1_210_000, "#leak-1"),
        Row("Customers who left", 1_100_000, "€1,100,000", "loss", 1_340_000, "#leak-2"),
        Row("Onboarding late", 186_000, "€186,000", "loss", 140_000, "#leak-3"),
    )


def _lives() -> tuple[Life, ...]:
    return (
        Life(4.2, 12, "good", title="4.2 of 12 years"),
        Life(9.6, 12, "watch", title="9.6 of 12 years"),
        Life(13.1, 12, "risk", title="13.1 of 12 years"),
        Life(None, 12, "unknown", title="Age unknown"),
    )


def _contracts() -> tuple[Span, ...]:
    return (
        Span("SC-20391", date(2024, 1, 19), date(2027, 1, 18), "Full service, 9 machines", "€214,000"),
        Span("SC-20366", date(2025, 7, 1), date(2027, 6, 30), "Basic, 2 machines", "€18,400", "other"),
        Span("SC-20310", date(2025, 1, 1), date(2026, 1, 1), "Training", "", "past", "not renewed"),
        Span("SC-20455", date(2027, 1, 1), date(2028, 12, 31), "Parts, quoted", "€31,000", "planned"),
    )


def _score() -> ScoreLine:
    points = (76, 77, 75, 74, 72, 71, 70, 66, 61, 57, 54, 52)
    return ScoreLine(points, "risk", "52, down 24 in a year", "Nov 2025", "today", notes=((7, "plant manager left"),))


def _rungs() -> tuple[Rung, ...]:
    return (
        Rung("Solve the two critical tickets", "Ruud Bakker, 25 Nov", 9),
        Rung("Meet Ilse Brouwer", "Marloes, 25 Nov", 6),
        Rung("Bring line 2 to specification", "Service, 9 Dec", 5),
        Rung("Agree ROI on two goals", "Marloes, 10 Dec", 5),
        Rung("Parts agreement for Oss", "Jonas, Jan", 3),
    )
