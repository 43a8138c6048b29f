"""Drawings are honest: bars as long as their numbers, gaps where nothing is known, hostile words as text."""

import re
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import samples
from core.charts.bars import Bar, Bars, Part, Row, draw_bars, draw_rows
from core.charts.bridge import Bridge, Step, draw_bridge, foot_of
from core.charts.lines import (
    Life,
    Milestone,
    RenewalLine,
    ScoreLine,
    Span,
    draw_contracts,
    draw_life,
    draw_renewal_line,
    draw_score,
)
from core.charts.marks import days_bar, meter, split
from core.charts.scale import Scale, broken_floor, nice_ticks
from core.charts.spark import Spark, draw_spark
from core.charts.svg import el, link, num, ribbon


def rects(markup: str, cls: str) -> list[dict[str, float]]:
    found = re.findall(rf'<rect ([^>]*class="{cls}"[^>]*)/>', markup)
    return [
        {key: float(value) for key, value in re.findall(r'(x|y|width|height)="([-\d.]+)"', attrs)} for attrs in found
    ]


@pytest.mark.parametrize("name", sorted(samples.all_charts()))
def test_every_chart_is_well_formed_titled_and_free_of_inline_style(name):
    markup = samples.all_charts()[name]
    ElementTree.fromstring(f"<all>{markup}</all>")
    assert "<title>" in markup and "aria-label" in markup
    assert "style=" not in markup and "#" not in re.sub(r'href="#[^"]*"|url\(#', "", markup)


def test_stacked_parts_are_in_proportion_and_add_up():
    chart = Bars((Bar("a", (Part(30, "good"), Part(10, "risk"))), Bar("b", (Part(20, "good"),))), "t")
    good, risk = rects(draw_bars(chart), "part good"), rects(draw_bars(chart), "part risk")
    assert good[0]["height"] == pytest.approx(3 * risk[0]["height"], abs=0.05)
    assert good[1]["height"] == pytest.approx(2 * risk[0]["height"], abs=0.05)
    assert risk[0]["y"] + risk[0]["height"] == pytest.approx(good[0]["y"], abs=0.02)


def test_lying_bars_share_one_scale():
    bars = rects(draw_rows([Row("a", 200, "200"), Row("b", 50, "50")], title="t"), "part fill")
    assert bars[0]["width"] == pytest.approx(4 * bars[1]["width"], abs=0.05)


def test_bridge_steps_begin_where_the_last_one_ended():
    bridge = Bridge(Step("then", 100, ""), (Step("up", 30, ""), Step("down", -10, "")), Step("now", 120, ""), "t")
    markup = draw_bridge(bridge)
    (up,), (down,), (today,) = rects(markup, "part fill"), rects(markup, "part loss"), rects(markup, "part today")
    assert up["y"] == pytest.approx(down["y"])
    assert down["y"] + down["height"] == pytest.approx(today["y"], abs=0.02)
    assert up["height"] == pytest.approx(3 * down["height"], abs=0.05)


def test_an_axis_is_cut_only_when_bars_would_look_alike():
    alike = Bridge(Step("then", 38.6, ""), (Step("up", 2.6, ""),), Step("now", 41.2, ""), "t")
    apart = Bridge(Step("then", 10, ""), (Step("up", 31.2, ""),), Step("now", 41.2, ""), "t")
    assert 30 < foot_of(alike) < 38.6 and "gap" in draw_bridge(alike)
    assert foot_of(apart) == 0 and "gap" not in draw_bridge(apart)


@given(st.lists(st.floats(min_value=0, max_value=1e9), min_size=1))
def test_a_cut_axis_never_swallows_a_bar(values):
    assert 0 <= broken_floor(values) <= min(values)


@given(st.floats(-1e6, 1e6), st.floats(0.001, 1e6), st.integers(1, 12))
def test_ticks_are_inside_and_evenly_spaced(low, span, wanted):
    ticks = nice_ticks(low, low + span, wanted)
    assert all(low - 1e-6 <= tick <= low + span + 1e-6 for tick in ticks)
    steps = {round(b - a, 6) for a, b in pairwise(ticks)}
    assert max(steps, default=0) - min(steps, default=0) < 1e-3


def test_scale_of_nothing_lands_in_the_middle():
    assert Scale(5, 5, 0, 60)(5) == 30


def test_unknown_months_are_a_gap_and_an_unknown_year_is_empty():
    assert draw_spark(Spark((1, 2, None, 4, 5), "good")).count("spark-line") == 2
    assert "mark" not in draw_spark(Spark((None, None)))
    assert "spark-line" not in draw_spark(Spark(()))


def test_a_machine_without_a_date_has_a_life_line_without_a_mark():
    known, unknown = draw_life(Life(9.6, 12, "watch")), draw_life(Life(None, 12, "unknown"))
    assert "mark-watch" in known and "life-lived" in known
    assert "mark" not in unknown and "life-lived" not in unknown


def test_milestones_stand_on_a_true_scale_of_time():
    days = (date(2026, 7, 22), date(2026, 10, 20), date(2027, 1, 18))
    stones = tuple(Milestone(day, f"T-{n}", "", "coming") for n, day in enumerate(days))
    markup = draw_renewal_line(RenewalLine(stones, date(2026, 8, 1), "today", "t"))
    first, middle, last = (float(x) for x in re.findall(r'cx="([\d.]+)"', markup))
    assert (middle - first) / (last - first) == pytest.approx(90 / 180, abs=0.001)


def test_a_milestone_shows_its_state_by_shape():
    states = {"done": "stone-done", "late": "mark-watch", "coming": "stone-open", "skipped": "stone-skipped"}
    for state, cls in states.items():
        stones = (Milestone(date(2026, 1, 1), "T-90", "", state), Milestone(date(2026, 3, 1), "T-0", "", "coming"))
        assert cls in draw_renewal_line(RenewalLine(stones, date(2026, 2, 1), "", "t"))


def test_contracts_outside_the_years_stay_on_the_canvas():
    span = Span("SC-1", date(1990, 1, 1), date(2099, 1, 1), "Endless")
    (bar,) = rects(draw_contracts([span], date(2026, 1, 1), title="t", first_year=2024, last_year=2026), "span-current")
    assert bar["x"] >= 0 and bar["x"] + bar["width"] <= 590.01


def test_hostile_words_are_text_in_every_chart():
    bad = '<script>"&'
    stone = Milestone(date(2026, 1, 1), bad, bad, "done", bad, (bad,))
    span = Span(bad, date(2026, 1, 1), date(2026, 2, 1), bad, bad, note=bad)
    drawn = [
        draw_bars(Bars((Bar(bad, (Part(1, "good", bad),), bad, bad),), bad, bad, named=0)),
        draw_rows([Row(bad, 1, bad, href="javascript:x")], title=bad),
        draw_renewal_line(RenewalLine((stone,), date(2026, 1, 1), bad, bad)),
        draw_contracts([span], date(2026, 1, 1), title=bad, first_year=2026, last_year=2026),
    ]
    for markup in drawn:
        assert "<script" not in markup and "javascript:" not in markup
        ElementTree.fromstring(markup)


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "//evil.example", "https://evil.example", "", "data:text/html,x"]
)
def test_links_stay_on_this_site(href):
    assert "<a" not in link(href, el("g"))


def test_days_bar_is_full_at_the_span_and_empty_at_nought():
    assert 'x="0" width="52"' in days_bar(400, 90)
    assert 'x="52" width="0"' in days_bar(0, 90)


def test_meter_of_an_unknown_value_is_an_empty_track():
    assert "meter-fill" not in meter(None, "", ())
    assert 'width="71"' in meter(0.71, "watch", (0.6,))


@given(st.dictionaries(st.sampled_from(["good", "watch", "risk"]), st.floats(0.1, 1e6), min_size=1))
def test_split_parts_fill_the_bar(parts):
    widths = [float(width) for width in re.findall(r'width="([\d.]+)"', split(parts))]
    assert sum(widths) == pytest.approx(100 - 0.8 * (len(parts) - 1), abs=0.05)


def test_ribbon_is_exact_at_both_ends():
    assert ribbon(0, 10, 30, 100, 15, 17).startswith("M0 10") and "L100 17" in ribbon(0, 10, 30, 100, 15, 17)


def test_numbers_are_short():
    assert [num(value) for value in (1.0, 0.126, -0.001, 12.5)] == ["1", "0.13", "0", "12.5"]


def test_a_long_note_on_a_score_begins_at_the_edge():
    """A Dutch note is longer than what is left of its point: it must not run out of the picture."""
    short, long = (
        draw_score(ScoreLine((80.0, 70.0, 60.0), "risk", "t", notes=((1, words),)))
        for words in ("left", "plantmanager vertrokken")
    )
    assert re.search(r'text-anchor="end"[^>]*>left<', short)
    assert re.search(r'<text x="0"[^>]*>plantmanager vertrokken<', long)
