"""The rules of deals: stages by kind, what may move where, what is stale, and shares that are whole."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policies import from_json, to_json
from sales.models import DealKind, Stage
from sales.rules import (
    CLOSED_STAGES,
    EXPANSION,
    EXPANSION_KINDS,
    NEW_BUSINESS,
    NEW_KINDS,
    OPEN_STAGES,
    PIPELINES,
    PipelinePolicy,
    Share,
    is_back,
    kinds_of,
    last_step,
    may_move,
    pipeline_of,
    stages_in,
    stages_of,
    standing_stage,
)
from sales.rules.credit import first_out_of_range, first_twice, is_whole
from sales.words import stage_name


def test_every_kind_stands_in_one_pipeline():
    assert {*NEW_KINDS, *EXPANSION_KINDS} == set(DealKind.values)
    assert sorted(kind for name in PIPELINES for kind in kinds_of(name)) == sorted(DealKind.values)
    assert {*OPEN_STAGES, *CLOSED_STAGES} == set(Stage.values)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("new_logo", ["Lead or inquiry", "Qualification", "Needs analysis", "Proposal", "Negotiation"]),
        ("win_back", ["Lead or inquiry", "Qualification", "Needs analysis", "Proposal", "Negotiation"]),
        ("upgrade", ["Identify", "Qualify", "Propose", "Close"]),
        ("cross_sell", ["Identify", "Qualify", "Propose", "Close"]),
    ],
)
def test_stages_by_kind(kind, names):
    assert [str(stage_name(stage, pipeline_of(kind))) for stage in stages_of(kind)] == names


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_chances_never_fall_along_the_stages(pipeline):
    policy = PipelinePolicy()
    chances = [policy.probability(stage, pipeline) for stage in stages_in(pipeline)]
    assert chances == sorted(set(chances)) and chances[0] > 0 and chances[-1] < 1


@pytest.mark.parametrize(
    ("stage", "to", "kind", "may"),
    [
        ("identified", "proposal", "new_logo", True),
        ("proposal", "identified", "new_logo", True),
        ("proposal", "proposal", "new_logo", False),
        ("identified", "needs_analysis", "new_logo", True),
        ("identified", "needs_analysis", "upgrade", False),
        ("needs_analysis", "proposal", "upgrade", True),
        ("won", "proposal", "new_logo", False),
        ("proposal", "won", "new_logo", False),
    ],
)
def test_where_a_deal_may_move(stage, to, kind, may):
    assert may_move(stage, to, kind) is may


def test_back_is_an_earlier_stage():
    assert is_back("proposal", "qualification") and not is_back("qualification", "proposal")


@pytest.mark.parametrize(
    ("stage", "pipeline", "stands"),
    [
        ("needs_analysis", EXPANSION, "qualification"),
        ("needs_analysis", NEW_BUSINESS, "needs_analysis"),
        ("won", EXPANSION, "won"),
        ("negotiation", EXPANSION, "negotiation"),
    ],
)
def test_where_a_deal_of_a_foreign_stage_stands(stage, pipeline, stands):
    assert standing_stage(stage, pipeline) == stands


def test_a_stage_that_no_policy_names_takes_the_common_days():
    policy = PipelinePolicy(stale_days={}, stale_after_days=10)
    assert not policy.is_stale("proposal", 10) and policy.is_stale("proposal", 11)
    assert not policy.is_stale("won", 1000) and not policy.is_stale("proposal", None)
    assert policy.allowed_days("proposal", EXPANSION) == 45


def test_a_policy_of_before_takes_the_new_defaults():
    old = from_json(PipelinePolicy, {"probabilities": {"identified": "0.02"}, "stale_after_days": 30})
    assert (old.probability("identified"), old.probability("proposal", EXPANSION)) == (Decimal("0.02"), Decimal("0.50"))
    assert from_json(PipelinePolicy, to_json(PipelinePolicy())) == PipelinePolicy()


def test_the_last_step_is_the_latest_that_is_known():
    assert last_step(None, date(2026, 1, 2), date(2026, 1, 1)) == date(2026, 1, 2)
    assert last_step(None, None) is None


def shares(*parts):
    return [Share(number, "sales", Decimal(part)) for number, part in enumerate(parts)]


@pytest.mark.parametrize(
    ("parts", "whole"),
    [((), True), (("1",), True), (("0.6", "0.4"), True), (("0.3333", "0.3333", "0.3334"), True), (("0.99",), False)],
)
def test_shares_are_whole_or_absent(parts, whole):
    assert is_whole(shares(*parts)) is whole


@pytest.mark.parametrize(
    ("part", "wrong"), [("0", True), ("-0.1", True), ("1.1", True), ("0.33333", True), ("1", False)]
)
def test_a_share_lies_within_its_range(part, wrong):
    assert (first_out_of_range(shares(part)) is not None) is wrong


def test_nobody_shares_twice():
    twice = [*shares("0.5"), *shares("0.5")]
    assert first_twice(twice) is twice[1]
    assert first_twice(shares("0.5", "0.5")) is None


@given(st.lists(st.integers(1, 9999), min_size=1, max_size=8))
def test_what_is_left_over_makes_it_whole(parts):
    said = [Decimal(part) / 10000 for part in parts]
    rest = 1 - sum(said)
    assert is_whole(shares(*said)) is (rest == 0)
    assert is_whole(shares(*said, rest))
