"""When QBRs come round, what is prepared by when, and the clock of the summary (QB-01..05, W-09)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import BEGINNING, add_months
from playbooks.qbr.rules import (
    AGENDA,
    LATE,
    OPENING,
    PLAN,
    MeetingFacts,
    QbrPolicy,
    Rhythm,
    due_slot,
    occurrences,
    slot_after,
    slot_near,
    summary_due,
    too_long,
)
from playbooks.rules import State

POLICY = QbrPolicy()
DAY = date(2026, 12, 10)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
days = st.dates(date(2005, 1, 1), date(2035, 12, 31))
months = st.sampled_from([3, 4, 6, 12])


def facts(**values):
    defaults = {
        "id": 1,
        "account_id": 7,
        "known_on": date(2026, 1, 1),
        "owner_id": 3,
        "account_owner_id": 3,
        "owner_chosen": False,
        "country": "NL",
        "first_planned_on": DAY,
        "planned_on": DAY,
        "cancelled": False,
        "held_on": None,
        "late_on": None,
    }
    return MeetingFacts(**(defaults | values))


def fired(meeting, on, recorded=None):
    found = occurrences(meeting, recorded or {}, POLICY, BEGINNING, on)
    return {(o.rung.rule, o.rung.key): o.state.value for o in found}


@pytest.mark.parametrize(
    ("segment", "expected"), [("enterprise", 3), ("mid_market", 6), ("small", 12), ("", 12), ("key", 12)]
)
def test_quarterly_for_the_top_and_yearly_for_the_smaller(segment, expected):
    assert POLICY.months_of(segment) == expected


def test_nobody_gets_more_than_one_a_quarter():
    assert QbrPolicy(rhythms=(Rhythm("enterprise", 1),)).months_of("enterprise") == 3


def test_the_agenda_is_eighty_minutes():
    assert sum(POLICY.minutes) == 80
    assert not too_long(POLICY.minutes, POLICY)
    assert too_long((15, 20, 15, 20, 30), POLICY)
    assert too_long((10, 10, 10, 10, 10), POLICY)


@given(days, months, days)
def test_slots_are_whole_steps_from_the_anchor_and_none_is_skipped(anchor, rhythm, after):
    slot = slot_after(anchor, rhythm, after)
    steps = [add_months(anchor, rhythm * n) for n in range(1, 400)]
    assert slot == next(s for s in steps if s > after)


@given(days, months, days, st.none() | days)
def test_a_day_stands_for_the_nearest_slot_that_is_free(anchor, rhythm, day, after):
    slot = slot_near(anchor, rhythm, day, after)
    free = [s for n in range(1, 400) if (s := add_months(anchor, rhythm * n)) > (after or date.min)]
    assert slot in free
    assert abs((slot - day).days) == min(abs((s - day).days) for s in free)


def test_the_month_end_does_not_drift():
    anchor = date(2026, 1, 31)
    found = [slot_after(anchor, 3, date(2026, 1, 31))]
    while len(found) < 4:
        found.append(slot_after(anchor, 3, found[-1]))
    assert found == [date(2026, 4, 30), date(2026, 7, 31), date(2026, 10, 31), date(2027, 1, 31)]


def test_a_meeting_stands_in_the_plan_four_weeks_ahead_and_long_gone_ones_are_passed_over():
    anchor = date(2025, 3, 10)
    assert due_slot(anchor, 3, None, POLICY, date(2026, 11, 11)) is None
    assert due_slot(anchor, 3, None, POLICY, date(2026, 11, 12)) == DAY
    assert due_slot(anchor, 3, DAY, POLICY, date(2026, 12, 10)) is None
    assert due_slot(anchor, 3, None, POLICY, date(2026, 12, 10)) == DAY


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2026, 11, 25), {}),
        (date(2026, 11, 26), {(PLAN, "P@2026-12-10"): "fired"}),
        (date(2026, 12, 3), {(PLAN, "P@2026-12-10"): "superseded", (AGENDA, "A@2026-12-10"): "fired"}),
    ],
)
def test_planned_two_weeks_ahead_and_the_agenda_a_week_ahead(on, expected):
    assert fired(facts(), on) == expected


def test_what_fired_is_silent_and_a_moved_date_asks_for_another_agenda_only_when_it_moved_far():
    before = {(PLAN, "P@2026-12-10"): State.FIRED, (AGENDA, "A@2026-12-10"): State.FIRED}
    assert fired(facts(), DAY, before) == {}
    near = facts(planned_on=DAY + timedelta(days=14))
    assert fired(near, DAY + timedelta(days=14), before) == {}
    far = facts(planned_on=DAY + timedelta(days=15))
    assert fired(far, DAY + timedelta(days=8), before) == {(AGENDA, "A@2026-12-25"): "fired"}


@pytest.mark.parametrize("over", [{"cancelled": True}, {"held_on": date(2026, 12, 1)}])
def test_nothing_is_prepared_for_what_is_over(over):
    assert set(fired(facts(**over), DAY).values()) == {"withdrawn"}


def test_a_late_summary_fires_once():
    late = facts(held_on=DAY, late_on=DAY + timedelta(days=3))
    done = {(PLAN, "P@2026-12-10"): State.FIRED, (AGENDA, "A@2026-12-10"): State.FIRED}
    assert fired(late, DAY + timedelta(days=2), done) == {}
    assert fired(late, DAY + timedelta(days=3), done) == {(LATE, "S@2026-12-10"): "fired"}
    assert fired(late, DAY + timedelta(days=9), done | {(LATE, "S@2026-12-10"): State.FIRED}) == {}


def test_forty_eight_hours_of_the_calendar_through_the_change_of_the_clock():
    held = datetime(2026, 10, 24, 15, 0, tzinfo=UTC)
    assert summary_due(held, POLICY) == held + timedelta(hours=48)


def test_forty_eight_opening_hours_leave_out_nights_weekends_and_holidays():
    policy = QbrPolicy(clock=OPENING, summary_hours=12)
    friday = datetime(2026, 12, 4, 16, 0, tzinfo=AMSTERDAM)
    assert summary_due(friday, policy) == datetime(2026, 12, 7, 18, 0, tzinfo=AMSTERDAM)
    assert summary_due(friday, policy, {date(2026, 12, 7)}) == datetime(2026, 12, 8, 18, 0, tzinfo=AMSTERDAM)
    saturday = datetime(2026, 12, 5, 11, 0, tzinfo=AMSTERDAM)
    assert summary_due(saturday, policy) == datetime(2026, 12, 8, 10, 0, tzinfo=AMSTERDAM)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.integers(1, 60))
def test_opening_hours_are_never_less_than_those_of_the_calendar(moment, hours):
    held = moment.replace(tzinfo=UTC)
    due = summary_due(held, QbrPolicy(clock=OPENING, summary_hours=hours))
    assert due >= held + timedelta(hours=hours)
    assert due.weekday() < 5 and 8 <= due.hour <= 18
