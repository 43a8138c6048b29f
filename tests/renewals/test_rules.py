"""The renewal calendar: worked examples, and each thing that real systems got wrong (firing.md)."""

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import BEGINNING
from health.rules import Gate, Tier, gate
from playbooks.rules import State
from renewals.rules import (
    Bucket,
    Calendar,
    MilestonePolicy,
    Standing,
    TermFacts,
    anchor_windows,
    anniversary_days,
    bucket,
    cycles,
    decides_on,
    gate_lists,
    milestone_dates,
    occurrences,
    standing,
)
from tests.playbooks import oracle

POLICY = MilestonePolicy()
LONG_AGO = date(2000, 1, 1)


def term(ends_on: date | None, starts_on: date = date(2025, 1, 1), **values) -> TermFacts:
    facts: dict[str, Any] = {"id": 1, "account_id": 1, "owner_id": 1, "number": 3, "known_on": LONG_AGO} | values
    notice: dict[str, Any] = {"notice_months": 0, "notice_days": 0, "tacit_months": None}
    return TermFacts(starts_on=starts_on, ends_on=ends_on, **(notice | facts))


def states(facts: TermFacts, on: date, recorded=None, policy: MilestonePolicy = POLICY, since: date = BEGINNING):
    found = occurrences(facts, recorded or {}, policy, since, on)
    return {o.rung.milestone: o.state for o in found}


def record(recorded: dict, facts: TermFacts, on: date, policy: MilestonePolicy = POLICY) -> list[str]:
    """What a day writes down; answers what fired."""
    found = occurrences(facts, recorded, policy, BEGINNING, on)
    recorded.update({(o.rung.rule, o.rung.key): o.state for o in found})
    return [o.rung.key for o in found if o.state is State.FIRED]


def test_w12_90_60_30_count_calendar_days_back_from_the_end():
    assert milestone_dates(date(2026, 12, 31), POLICY) == {
        90: date(2026, 10, 2),
        60: date(2026, 11, 1),
        30: date(2026, 12, 1),
        0: date(2026, 12, 31),
    }


def test_w12_the_key_holds_term_milestone_and_deciding_day():
    found = occurrences(term(date(2026, 12, 31)), {}, POLICY, BEGINNING, date(2026, 10, 2))
    assert [(o.rung.rule, o.rung.key, o.rung.due_on) for o in found] == [
        ("renewal.T-90", "T3.M90@2026-12-31", date(2026, 10, 2))
    ]


def test_days_are_not_months():
    assert milestone_dates(date(2026, 5, 31), POLICY)[90] == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, date(2026, 12, 31)),
        ({"notice_months": 3}, date(2026, 12, 31)),
        ({"notice_months": 3, "tacit_months": 12}, date(2026, 9, 30)),
        ({"notice_days": 30, "tacit_months": 12}, date(2026, 12, 1)),
    ],
)
def test_t_is_the_last_day_to_cancel_only_where_the_term_goes_on_by_itself(values, expected):
    assert decides_on(term(date(2026, 12, 31), **values), POLICY, date(2026, 1, 1)) == expected


def test_an_open_ended_term_decides_on_each_anniversary_minus_notice():
    facts = term(None, date(2024, 2, 29), notice_months=1)
    assert decides_on(facts, POLICY, date(2026, 1, 1)) == date(2026, 1, 28)
    assert decides_on(facts, POLICY, date(2028, 1, 1)) == date(2028, 1, 29)
    assert decides_on(facts, MilestonePolicy(open_ended_review=False), date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-1, Bucket.OVERDUE), (0, Bucket.T30), (30, Bucket.T30), (31, Bucket.T60), (60, Bucket.T60), (61, Bucket.T90),
     (90, Bucket.T90), (91, Bucket.LATER)],
)  # fmt: skip
def test_buckets_count_both_ends(days, expected):
    on = date(2026, 11, 21)
    assert bucket(on + timedelta(days=days), on) is expected


def test_several_overdue_the_newest_fires_and_the_set_is_complete():
    assert states(term(date(2026, 12, 31)), date(2026, 12, 10)) == {
        "T-90": State.SUPERSEDED,
        "T-60": State.SUPERSEDED,
        "T-30": State.FIRED,
    }


def test_a_skipped_period_fires_late_equality_would_have_missed_it():
    assert states(term(date(2026, 12, 31)), date(2027, 1, 20))["T-0"] is State.FIRED


def test_what_had_ended_before_we_knew_it_is_baseline():
    facts = term(date(2026, 10, 1), known_on=date(2026, 11, 21))
    assert set(states(facts, date(2026, 11, 21)).values()) == {State.BASELINE}
    running = term(date(2026, 12, 1), known_on=date(2026, 11, 21))
    assert states(running, date(2026, 11, 21)) == {
        "T-90": State.SUPERSEDED,
        "T-60": State.SUPERSEDED,
        "T-30": State.FIRED,
    }


def test_a_moved_t_is_silent_within_the_tolerance_and_fires_beyond_it():
    recorded: dict = {}
    assert record(recorded, term(date(2026, 12, 31)), date(2026, 10, 5)) == ["T3.M90@2026-12-31"]
    assert record(recorded, term(date(2027, 1, 14)), date(2026, 10, 20)) == []
    assert record(recorded, term(date(2027, 1, 15)), date(2026, 10, 20)) == ["T3.M90@2027-01-15"]


@given(st.lists(st.integers(-60, 60), min_size=1, max_size=30))
def test_i13_a_date_flipped_n_times_fires_once_per_anchor_beyond_tolerance(moves):
    recorded: dict = {}
    on = date(2026, 11, 15)
    fired = [key for move in moves for key in record(recorded, term(date(2026, 12, 31) + timedelta(move)), on)]
    anchors = sorted(date.fromisoformat(key.rpartition("@")[2]) for key in fired if ".M60@" in key)
    assert len(fired) == len(set(fired))
    assert all((b - a).days > POLICY.tolerance_days for a, b in pairwise(anchors))


def test_terminated_withdraws_what_is_pending_and_reinstated_takes_it_up_again():
    recorded: dict = {}
    ended = date(2026, 12, 31)
    assert record(recorded, term(ended), date(2026, 10, 5)) == ["T3.M90@2026-12-31"]
    assert record(recorded, term(ended, terminated_on=date(2026, 10, 20)), date(2026, 11, 3)) == []
    assert recorded[("renewal.T-60", "T3.M60@2026-12-31")] is State.WITHDRAWN
    assert record(recorded, term(ended), date(2026, 11, 4)) == ["T3.M60@2026-12-31"]
    assert record(recorded, term(ended), date(2026, 11, 4)) == []


def test_a_successor_in_time_withdraws_one_that_comes_too_late_does_not():
    ended = date(2026, 12, 31)
    soon, late = date(2027, 1, 1), date(2027, 6, 1)
    assert states(term(ended, successor_starts_on=soon), ended)["T-0"] is State.WITHDRAWN
    assert states(term(ended, successor_starts_on=late), ended)["T-0"] is State.FIRED


def test_a_review_that_a_person_closed_stays_closed():
    facts = term(date(2026, 12, 31), decided=frozenset({0}))
    assert set(states(facts, date(2026, 12, 31)).values()) == {State.WITHDRAWN}


def test_a_draft_says_nothing():
    assert states(term(date(2026, 12, 31), draft=True), date(2026, 12, 31)) == {}


def test_nothing_due_before_the_second_version_fires():
    later = MilestonePolicy(milestones=(120, 60, 30, 0))
    since = date(2026, 10, 1)
    facts = term(date(2026, 12, 31))
    assert states(facts, since, policy=later, since=since) == {"T-120": State.BASELINE}
    assert states(facts, date(2026, 11, 1), policy=later, since=since)["T-60"] is State.FIRED


def test_tacit_terms_go_on_from_their_start_never_from_the_previous_end():
    facts = term(date(2027, 2, 28), date(2026, 3, 1), tacit_months=12)
    found = list(cycles(facts, POLICY, date(2029, 12, 31)))
    assert [c.ends_on for c in found] == [date(2027, 2, 28), date(2028, 2, 29), date(2029, 2, 28)]


def test_month_end_does_not_drift():
    facts = term(None, date(2024, 1, 31), known_on=date(2024, 1, 31))
    assert [c.decides_on.day for c in cycles(facts, POLICY, date(2030, 12, 31))] == [31] * 6
    monthly = term(date(2026, 2, 27), date(2026, 1, 28), tacit_months=1, known_on=date(2026, 1, 1))
    assert [c.ends_on for c in cycles(monthly, POLICY, date(2026, 5, 31))] == [
        date(2026, 2, 27),
        date(2026, 3, 27),
        date(2026, 4, 27),
        date(2026, 5, 27),
    ]


@given(st.dates(date(2015, 1, 1), date(2030, 12, 31)), st.sampled_from([1, 3, 6, 12, 24, 36]), st.integers(1, 36))
def test_i16_term_ends_strictly_increase(starts_on, tacit, months):
    ends_on = oracle.months_later(starts_on, months) - timedelta(days=1)
    facts = term(ends_on, starts_on, tacit_months=tacit, known_on=starts_on)
    found = [c.ends_on for c in cycles(facts, POLICY, date(2040, 1, 1))]
    assert all(a < b for a, b in pairwise(found))


def test_an_old_open_ended_contract_brings_its_next_review_alone():
    facts = term(None, date(2002, 3, 1), known_on=date(2026, 11, 21))
    assert states(facts, date(2026, 12, 5)) == {"T-90": State.FIRED}
    assert [c.review for c in cycles(facts, POLICY, date(2028, 1, 1))] == [25]


def test_a_cancelled_tacit_term_ends_with_its_cycle():
    facts = term(date(2026, 12, 31), tacit_months=12, notice_months=1, notice_received_on=date(2026, 11, 1))
    assert [c.ends_on for c in cycles(facts, POLICY, date(2030, 1, 1))] == [date(2026, 12, 31)]
    cycle = next(cycles(facts, POLICY, date(2030, 1, 1)))
    assert standing(facts, cycle, POLICY, date(2026, 12, 15)) is Standing.OPEN


def test_nobody_cancelled_so_it_went_on():
    facts = term(date(2026, 12, 31), tacit_months=12, notice_months=1)
    cycle = next(cycles(facts, POLICY, date(2027, 1, 1)))
    assert standing(facts, cycle, POLICY, date(2026, 11, 30)) is Standing.OPEN
    assert standing(facts, cycle, POLICY, date(2026, 12, 1)) is Standing.WENT_ON


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        (Tier.GREEN, Gate.PASSES),
        (Tier.YELLOW, Gate.OPENS),
        (Tier.RED, Gate.OPENS),
        (Tier.UNKNOWN, Gate.LISTS),
    ],
)
def test_ct32_the_gate_opens_early_for_yellow_and_red_alone(tier, expected):
    facts = term(date(2026, 12, 31), tier=tier)
    at_gate = date(2026, 7, 4)
    assert gate(tier) is expected
    assert states(facts, at_gate) == ({"gate": State.FIRED} if expected is Gate.OPENS else {})
    assert gate_lists(facts, POLICY, at_gate) is (expected is Gate.LISTS)


def test_after_t_minus_90_the_gate_is_silent():
    assert "gate" not in states(term(date(2026, 12, 31), tier=Tier.RED), date(2026, 10, 2))


contracts = st.builds(
    lambda starts, months, known, notice, tacit: oracle.Contract(
        starts,
        None if months is None else oracle.months_later(starts, months) - timedelta(days=1),
        starts + timedelta(days=known),
        notice if months is None or tacit else 0,
        12 if tacit and months else 0,
    ),
    st.dates(date(2018, 1, 1), date(2027, 12, 31)).filter(lambda d: d.day <= 28),
    st.one_of(st.none(), st.integers(3, 48)),
    st.integers(0, 900),
    st.integers(0, 80),
    st.booleans(),
)


def facts_of(contract: oracle.Contract) -> TermFacts:
    return term(
        contract.ends_on,
        contract.starts_on,
        known_on=contract.known_on,
        notice_days=contract.notice_days,
        tacit_months=contract.every_months or None,
    )


def keys_of(recorded) -> set[tuple[int, date]]:
    return {(int(rule.removeprefix("renewal.T-")), date.fromisoformat(key[-10:])) for rule, key in recorded}


@given(contracts, st.integers(0, 1200))
def test_i2_what_is_written_down_is_what_the_oracle_finds(contract, days):
    on = contract.known_on + timedelta(days=days)
    recorded: dict = {}
    record(recorded, facts_of(contract), on)
    expected = oracle.milestone_keys(contract, on)
    if (
        contract.ends_on is not None
        and contract.every_months
        and oracle.month_days(contract.ends_on.year, contract.ends_on.month) == contract.ends_on.day
    ):
        return  # ends on a month's last day are told from the start of the term, which the oracle does not know
    assert keys_of(recorded) == expected


@given(contracts, st.lists(st.integers(1, 60), max_size=25))
def test_i3_i4_i5_i10_any_days_give_the_keys_of_every_day(contract, gaps):
    facts = facts_of(contract)
    gappy: dict = {}
    daily: dict = {}
    on = contract.known_on
    for gap in [0, *gaps]:
        for _ in range(gap):
            on += timedelta(days=1)
            record(daily, facts, on)
        before = set(gappy)
        record(gappy, facts, on)
        assert before <= set(gappy), "keys grow while facts stand still"
        assert record(gappy, facts, on) == [], "twice is once"
    record(daily, facts, on)
    assert set(daily) == set(gappy)
    assert all(o.rung.due_on <= on for o in occurrences(facts, {}, POLICY, BEGINNING, on))


ENTERPRISE = Calendar(segment="enterprise", milestones=(240, 120, 60, 0), gate=300)
RENTAL = Calendar(kind="rental", milestones=(21, 0), gate=0)
VARIED = MilestonePolicy(calendars=(RENTAL, ENTERPRISE))


def test_ct19_how_many_milestones_and_which_is_said_by_kind_and_segment():
    ends_on = date(2026, 12, 31)
    both = {"kind": "rental", "segment": "enterprise"}
    assert set(states(term(ends_on, segment="enterprise"), ends_on, policy=VARIED)) == {"T-240", "T-120", "T-60", "T-0"}
    assert set(states(term(ends_on, **both), ends_on, policy=VARIED)) == {"T-21", "T-0"}, "the first that fits"
    assert set(states(term(ends_on, segment="small"), ends_on, policy=VARIED)) == {"T-90", "T-60", "T-30", "T-0"}


def test_ct32_the_gate_lies_where_its_calendar_puts_it_or_nowhere():
    ends_on = date(2026, 12, 31)
    early = ends_on - timedelta(days=300)
    red = {"tier": Tier.RED}
    assert states(term(ends_on, segment="enterprise", **red), early, policy=VARIED) == {"gate": State.FIRED}
    assert states(term(ends_on, **red), early, policy=VARIED) == {}
    for days in (300, 180, 22):
        assert states(term(ends_on, kind="rental", **red), ends_on - timedelta(days=days), policy=VARIED) == {}
    assert gate_lists(term(ends_on, segment="enterprise"), VARIED, early)
    assert not gate_lists(term(ends_on), VARIED, early)


@given(
    contracts,
    st.sampled_from([{}, {"kind": "rental"}, {"segment": "enterprise"}]),
    st.lists(st.integers(1, 90), max_size=12),
)
def test_i5_any_days_give_the_keys_of_every_day_for_each_calendar(contract, which, gaps):
    facts = replace(facts_of(contract), **which)
    gappy: dict = {}
    daily: dict = {}
    on = contract.known_on
    for gap in [0, *gaps]:
        for _ in range(gap):
            on += timedelta(days=1)
            record(daily, facts, on, VARIED)
        record(gappy, facts, on, VARIED)
    record(daily, facts, on, VARIED)
    assert set(daily) == set(gappy)


@given(st.dates(date(2026, 1, 1), date(2034, 12, 31)), st.integers(0, 9), st.integers(0, 700))
def test_the_windows_of_the_index_cover_the_milestones_of_every_calendar(until, gap, ahead):
    after, decides = until - timedelta(days=gap), until + timedelta(days=ahead)
    leads = {240, 120, 60, 0, 300, 21, 90, 30, 180}
    due = any(after < decides - timedelta(days=lead) <= until for lead in leads)
    found = any(first <= decides <= last for first, last in anchor_windows(VARIED, after, until))
    assert found or not due


def fifteen_years(seed: int) -> None:
    """F10 on the pure calendar: 2026 to 2040, every day, against days with gaps: the same keys (I5)."""
    chance = random.Random(seed)
    for number in range(3):
        starts_on = chance.choice([date(2024, 2, 29), date(2025, 1, 31), date(2025, 8, 31), date(2025, 6, 15)])
        ends_on = chance.choice([None, oracle.months_later(starts_on, chance.choice([12, 24, 60])) - timedelta(1)])
        facts = term(
            ends_on, starts_on, number=number, known_on=date(2026, 1, 1), tacit_months=chance.choice([None, 12])
        )
        daily: dict = {}
        gappy: dict = {}
        last = date(2041, 1, 1)
        on = skip_to = date(2026, 1, 1)
        while on <= last:
            fired = record(daily, facts, on)
            assert on == date(2026, 1, 1) or all(oracle_due(key) == on for key in fired), "day by day, nothing is late"
            if on >= skip_to or on == last:
                record(gappy, facts, on)
                skip_to = on + timedelta(days=chance.choice([1, 5, 31, 90, 400]))
            on += timedelta(days=1)
        assert set(daily) == set(gappy)


def oracle_due(key: str) -> date:
    return date.fromisoformat(key[-10:]) - timedelta(days=int(key.partition(".M")[2].partition("@")[0]))


@pytest.mark.parametrize("seed", [1, 2])
def test_fifteen_years_day_by_day_and_with_gaps(seed):
    fifteen_years(seed)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(3, 13))
def test_fifteen_years_of_more_seeds(seed):
    fifteen_years(seed)


@given(
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.dates(date(2026, 1, 1), date(2034, 12, 31)),
    st.integers(0, 9),
    st.integers(0, 4),
    st.integers(0, 40),
)
def test_the_windows_of_the_index_leave_no_recurring_term_out(starts_on, until, gap, months, days):
    after = until - timedelta(days=gap)
    facts = term(None, starts_on, notice_months=months, notice_days=days)
    due = [
        rung
        for cycle in cycles(facts, POLICY, until + timedelta(days=100))
        for lead in POLICY.milestones
        if after < (rung := cycle.decides_on - timedelta(days=lead)) <= until
    ]
    found = anniversary_days(anchor_windows(POLICY, after, until), [(months, days)])
    assert not due or starts_on.month * 100 + starts_on.day in found


@given(contracts, st.integers(0, 400), st.integers(0, 200), st.integers(20, 300))
def test_i6_an_edit_before_or_after_a_run_gives_the_same_later_keys(contract, first, wait, move):
    old = facts_of(contract)
    if old.goes_on:
        return
    new = term(old.ends_on + timedelta(days=move), old.starts_on, known_on=old.known_on)
    edited_on = contract.known_on + timedelta(days=first)
    with_run: dict = {}
    without: dict = {}
    record(with_run, old, edited_on)
    last = edited_on + timedelta(days=wait)
    for recorded in (with_run, without):
        record(recorded, new, edited_on)
        record(recorded, new, last)
    anchor = str(new.ends_on)
    assert {k for k in with_run if k[1].endswith(anchor)} == {k for k in without if k[1].endswith(anchor)}
