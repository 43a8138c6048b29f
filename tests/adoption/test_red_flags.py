"""What is wrong with a start, and what follows from it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.rules.adoption import AdoptionPolicy
from health.rules.red_flags import Course, OpenTicket, Pledge, Start, Trained, Use, Why, at_risk, standing
from health.rules.running import Reading, use_of
from health.words.adoption import reason

POLICY = AdoptionPolicy()
LIVE = date(2026, 11, 2)


def on(n: int) -> date:
    return LIVE + timedelta(days=n)


def start(**values) -> Start:
    facts: dict[str, Any] = {"id": 1, "installed_on": LIVE, "went_live_on": LIVE, "last_contact_on": LIVE}
    return Start(**(facts | values))


def whys(n: int, **values) -> list[str]:
    return [flag.why.value for flag in standing(start(**values), POLICY, on(n)).flags]


def course(n: int, **values) -> Course:
    return standing(start(**values), POLICY, on(n)).course


def test_a_start_without_trouble_is_on_track():
    assert course(2) is Course.ON_TRACK
    assert course(80, last_contact_on=on(79), on_specification_on=on(20)) is Course.ON_TRACK


@pytest.mark.parametrize(
    ("n", "last", "silent"),
    [(3, 0, False), (4, 0, True), (7, 4, False), (8, 0, False), (11, 0, True), (28, 18, False), (49, 28, False),
     (50, 28, True)],
)  # fmt: skip
def test_silence_is_measured_by_the_week_and_the_phase(n, last, silent):
    assert ("silence" in whys(n, last_contact_on=on(last))) is silent


def test_a_breakdown_or_no_hour_run_for_two_days_stands_still():
    broken = OpenTicket(9, "T-9", "normal", True, on(4))
    assert whys(5, last_contact_on=on(5), tickets=(broken,)) == []
    found = standing(start(last_contact_on=on(6), tickets=(broken,)), POLICY, on(6))
    assert (found.course, found.flags[0].why, found.flags[0].since) == (Course.STUCK, Why.STANDSTILL, on(4))
    assert reason(found.flags[0]) == "It has stood still for 2 days without a solution."
    assert whys(6, last_contact_on=on(6), use=Use(stands_since=on(4))) == ["standstill"]


@pytest.mark.parametrize(
    ("severity", "days", "result"),
    [("critical", 1, Course.ON_TRACK), ("critical", 2, Course.STUCK), ("normal", 3, Course.ON_TRACK),
     ("normal", 4, Course.BEHIND), ("low", 14, Course.ON_TRACK)],
)  # fmt: skip
def test_tickets_may_be_open_as_long_as_their_urgency_allows(severity, days, result):
    open_one = OpenTicket(9, "T-9", severity, False, on(20 - days))
    assert course(20, last_contact_on=on(20), tickets=(open_one,)) is result


def test_what_is_measured_below_the_promise_is_a_flag_until_it_is_measured_well():
    low = Pledge(3, "900 boxes an hour", "output", Decimal(900), "boxes/h", on(30), Decimal("812.5"), on(10), False)
    found = standing(start(last_contact_on=on(12), pledges=(low,)), POLICY, on(12))
    assert (found.course, [f.why for f in found.flags]) == (Course.BEHIND, [Why.BELOW])
    assert reason(found.flags[0]) == "“900 boxes an hour”: measured 812.5, promised 900."
    well = Pledge(3, "900", "output", Decimal(900), "", on(30), Decimal(905), on(11), True, on(11))
    assert course(12, last_contact_on=on(12), pledges=(well,)) is Course.ON_TRACK


def test_a_promise_that_was_due_and_not_measured_is_late():
    due = Pledge(3, "Live before Christmas", "date", due_on=on(5))
    assert whys(5, last_contact_on=on(5), pledges=(due,)) == []
    assert whys(6, last_contact_on=on(6), pledges=(due,)) == ["promise_late"]
    assert [at_risk(due, on(n), POLICY) for n in (-20, -9, 6)] == [False, True, True]


def test_two_clocks_first_value_from_installation_and_value_from_going_live():
    early = {"installed_on": on(-10), "last_contact_on": on(20)}
    assert whys(20, **early) == []
    assert whys(21, **early) == ["first_value_late"]
    assert course(51, installed_on=on(-10), last_contact_on=on(50)) is Course.STUCK
    late = {"on_specification_on": on(15), "last_contact_on": on(90), "roi_agreed_on": on(30)}
    assert whys(91, **(late | {"roi_agreed_on": None})) == []
    assert whys(90, **late) == []
    assert whys(91, **late) == ["value_late"]
    assert whys(91, roi_on=on(60), **late) == []
    clocks = standing(start(on_specification_on=on(15), roi_on=on(60)), POLICY, on(70))
    assert (clocks.first_value.days, clocks.value.days) == (15, 60)


def test_output_has_to_rise_until_the_machine_is_on_specification():
    flat = Use(lately=Decimal(100), before=Decimal(100))
    assert whys(28, last_contact_on=on(28), use=flat) == ["flat"]
    assert whys(27, last_contact_on=on(27), use=flat) == []
    assert whys(28, last_contact_on=on(28), use=Use(lately=Decimal(102), before=Decimal(100))) == []
    assert whys(28, last_contact_on=on(28), use=flat, on_specification_on=on(20)) == []


def test_all_operators_are_trained_two_weeks_in():
    some = {"trained": Trained(6, 4)}
    assert whys(14, last_contact_on=on(14), **some) == []
    assert whys(15, last_contact_on=on(15), **some) == ["untrained"]
    assert whys(15, last_contact_on=on(15), trained=Trained(6, 6)) == []


def test_a_machine_that_should_be_live_and_is_not_is_behind():
    waiting = Start(id=1, installed_on=on(-5), promised_on=on(0))
    assert standing(waiting, POLICY, on(0)).course is Course.ON_TRACK
    assert [f.why for f in standing(waiting, POLICY, on(3)).flags] == [Why.NOT_LIVE]


def test_readings_tell_of_standstill_and_of_output_per_day():
    week = [Reading(on(7), 7, Decimal(80), Decimal(700)), Reading(on(14), 7, Decimal(90), Decimal(770))]
    stands = [*week, Reading(on(15), 1, Decimal(0), Decimal(0)), Reading(on(16), 1, Decimal(0), Decimal(0))]
    found = use_of(stands, POLICY, on(16))
    assert found.stands_since == on(15)
    assert use_of(week, POLICY, on(21)) == Use(None, Decimal(110), Decimal(100))
    assert use_of([], POLICY, on(21)) == Use()


moments = st.integers(min_value=0, max_value=120)


@given(moments, moments, st.lists(st.tuples(moments, st.sampled_from(["critical", "normal", "low"])), max_size=3))
def test_every_flag_began_on_or_before_the_day_and_stops_decide_the_course(n, last, opened):
    tickets = tuple(OpenTicket(i, f"T-{i}", s, s == "critical", on(d)) for i, (d, s) in enumerate(opened) if d <= n)
    found = standing(start(last_contact_on=on(min(last, n)), tickets=tickets), POLICY, on(n))
    assert all(flag.since <= on(n) for flag in found.flags)
    assert (found.course is Course.STUCK) == any(flag.stops for flag in found.flags)
    assert (found.course is Course.ON_TRACK) == (not found.flags)
    assert all(reason(flag) for flag in found.flags)
