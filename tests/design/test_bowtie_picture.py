"""The bowtie is to scale, whatever the numbers: thickness adds up, and the right edge over the left one is the NRR."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import samples
from core.charts.bowtie import HEIGHT, Band, Flow, Win, Words, draw_bowtie, draw_slice, lay_out, scales
from core.charts.bowtie.flow import total
from core.charts.bowtie.geometry import lines_of

euros = st.floats(min_value=0, max_value=5e8, allow_nan=False)
counts = st.integers(min_value=0, max_value=5000)


@st.composite
def flows(draw):
    """Any base whose kept and lost add up to what there was."""
    kept = tuple(Band(draw(euros), f"s{n}", "", f"s{n}") for n in range(1, 4))
    lost = tuple(Band(draw(euros), name, "", "lost") for name in ("less", "left"))
    start = total(kept) + total(lost)
    shares = [draw(st.floats(min_value=0.01, max_value=1)) for _ in range(3)]
    health = tuple(
        Band(start * s / sum(shares), k, "", k) for s, k in zip(shares, ("good", "watch", "risk"), strict=True)
    )
    growth = (Band(draw(euros), "expansion", "", "expansion"), Band(draw(euros), "price", "", "price"))
    leads = draw(counts)
    opportunities = draw(st.integers(min_value=0, max_value=leads))
    won = draw(st.integers(min_value=0, max_value=opportunities))
    return Flow(leads, opportunities, won, (), health, draw(euros), kept, growth, lost)


@given(flows())
def test_right_edge_over_left_edge_is_the_nrr(flow):
    at = lay_out(flow, scales(flow))
    if flow.start > 1:
        nrr = flow.end / flow.start
        assert at.right_edge.thickness / at.left_edge.thickness == pytest.approx(nrr, rel=1e-6, abs=1e-9)


@given(flows(), flows())
def test_thickness_is_amount_times_one_scale_at_every_border(today, then):
    by = scales(today, then)
    for flow in (today, then):
        at = lay_out(flow, by)
        assert at.leads.thickness == pytest.approx(flow.leads * by.left)
        assert at.core.thickness == pytest.approx(flow.opportunities * by.left)
        assert at.won.thickness == pytest.approx(flow.won * by.left)
        for edges, bands in (
            (at.base, flow.health),
            (at.kept, flow.kept),
            (at.growth, flow.growth),
            (at.lost, flow.lost),
        ):
            assert sum(edge.thickness for edge in edges) == pytest.approx(total(bands) * by.right, abs=1e-6)


@given(flows(), flows())
def test_any_numbers_can_be_drawn(today, then):
    picture = samples.bowtie(today, then)
    for markup in (draw_bowtie(picture), *(draw_slice(picture, stage) for stage in range(5))):
        assert "nan" not in markup and "inf" not in markup


@given(flows())
def test_bands_lie_against_each_other_and_losses_end_where_the_base_ends(flow):
    at = lay_out(flow, scales(flow))
    for edges in (at.base, at.kept, at.growth, at.lost):
        for above, below in pairwise(edges):
            assert below.top == pytest.approx(above.bottom)
    if at.lost and at.base:
        assert at.lost[-1].bottom == pytest.approx(at.left_edge.bottom, abs=1e-6)


@given(flows(), flows())
def test_the_picture_stays_on_its_canvas(today, then):
    by = scales(today, then)
    for flow in (today, then):
        at = lay_out(flow, by)
        edges = [at.leads, at.new_left, at.new_right, *at.base, *at.kept, *at.growth, *at.lost]
        assert min(edge.top for edge in edges) >= 0
        assert max(edge.bottom for edge in edges) <= HEIGHT + 1e-6


def test_scales_of_the_worked_example():
    by = scales(samples.TODAY)
    assert by.left == pytest.approx(317 / 240)
    assert by.right == pytest.approx(317 / (41.22 + 2.2), rel=1e-3)


def test_over_forty_wins_one_line_stands_for_five():
    flow = Flow(won=90, wins=tuple(Win(day) for day in range(90)))
    assert lines_of(flow) == tuple(range(2, 90, 5))
    assert len(lines_of(replace(flow, wins=flow.wins[:40]))) == 40


def test_customers_who_are_not_live_have_a_line_and_no_mark():
    late, open_ = (
        samples.bowtie(replace(samples.TODAY, wins=(Win(3),))),
        samples.bowtie(replace(samples.TODAY, wins=(Win(None),))),
    )
    assert draw_slice(late, 2).count("mark-watch") == 1
    assert "mark-" not in draw_slice(open_, 2)
    assert draw_slice(open_, 2).count('class="strand"') == 1


def test_no_flow_says_so_in_every_column():
    markup = draw_bowtie(samples.empty_bowtie())
    for words in ("no leads", "no opportunities", "no wins"):
        assert f"{words} in the window" in markup
    assert markup.count("no revenue in the window") == 2


def test_thin_bands_are_labelled_outside():
    thin = draw_bowtie(samples.small_bowtie())
    assert '<tspan class="risk-word" dx="8">Red €0.6M</tspan>' in thin
    assert "Training €0.8M · Other €0.7M" in thin
    assert 'class="strong on-area" text-anchor="end">Red €4.1M<' in draw_bowtie(samples.bowtie())


def test_hostile_labels_are_text():
    words = Words(leads="<script>alert(1)</script>", no_wins='"><b>', compared="a & b")
    hostile = Band(9, "<img src=x onerror=1>", "</text>", "good")
    flow = replace(samples.TODAY, wins=(), health=(hostile,), kept=(hostile,), lost=(hostile,), growth=(hostile,))
    picture = replace(
        samples.bowtie(flow, samples.THEN, words), title="</title><script>", hrefs=("javascript:alert(1)",) * 5
    )
    markup = draw_bowtie(picture)
    for forbidden in ("<script", "<img", "<b>", "</title><script", "javascript:"):
        assert forbidden not in markup
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in markup


def test_each_column_is_a_link_to_its_stage():
    markup = draw_bowtie(samples.bowtie())
    assert [f'href="#stage-{n}" aria-label="{name}"' in markup for n, name in enumerate(samples.STAGES, 1)] == [
        True
    ] * 5
    assert 'role="group"' in markup and " style=" not in markup
