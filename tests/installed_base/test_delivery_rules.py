"""Where a delivery stands, what is late, and whether a promise is in danger (CV-03, CV-06)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policies import from_json, to_json
from installed_base.rules.delivery import (
    COMMISSIONING,
    INSTALLATION,
    PRODUCTION,
    SHIPPING,
    STEPS,
    DeliveryPolicy,
    Leg,
    clash,
    earliest,
    leg_late,
    moved,
    plan_from,
    settled,
    standing,
)

DAY = timedelta(days=1)
ORDERED = date(2026, 3, 2)
POLICY = DeliveryPolicy(by_line={"Case erectors": (0, 3, 2, 5)})
BUILT, SHIPPED, STANDS, LIVE = (ORDERED + n * DAY for n in (56, 63, 70, 84))


def legs(*done, skipped=()):
    """The usual plan, with the first steps done on these days."""
    planned = plan_from(ORDERED, POLICY.days())
    days = dict(zip(STEPS, done, strict=False))
    return [
        Leg(leg.step, leg.planned_on, days.get(leg.step), ORDERED if leg.step in skipped else None) for leg in planned
    ]


def stands(rows, on, promised_on=STANDS):
    return standing(rows, promised_on=promised_on, on=on)


def test_the_plan_follows_the_lead_times():
    assert [leg.planned_on for leg in legs()] == [BUILT, SHIPPED, STANDS, LIVE]


def test_a_line_of_its_own_has_its_own_and_what_takes_no_day_is_skipped():
    plan = plan_from(ORDERED, POLICY.days("Case erectors"))
    assert plan[0] == Leg(PRODUCTION, skipped_on=ORDERED)
    assert [leg.planned_on for leg in plan[1:]] == [ORDERED + n * DAY for n in (3, 5, 10)]
    assert POLICY.days("Palletisers") == POLICY.days()
    assert from_json(DeliveryPolicy, to_json(POLICY)) == POLICY


@pytest.mark.parametrize(
    ("policy", "places"),
    [
        (DeliveryPolicy(), []),
        (DeliveryPolicy(shipping_days=-1), ["shipping_days"]),
        (DeliveryPolicy(by_line={"A": (1, 2, 3)}), ["by_line: A"]),
        (DeliveryPolicy(by_line={"A": (1, 2, 3, -4)}), ["by_line"]),
    ],
)
def test_a_policy_that_cannot_be(policy, places):
    found = policy.problems()
    assert len(found) == len(places)
    assert all(said.startswith(place) for said, place in zip(found, places, strict=True))


@pytest.mark.parametrize(
    ("done", "on", "step", "late", "stands_on", "over"),
    [
        ((), ORDERED, PRODUCTION, 0, STANDS, 0),
        ((), BUILT, PRODUCTION, 0, STANDS, 0),
        # Nine days late with the first step: the rest takes as long as it was planned to take.
        ((), BUILT + 9 * DAY, PRODUCTION, 9, STANDS + 9 * DAY, 9),
        # Built late, and a day is won on the road by nobody.
        ((BUILT + 4 * DAY,), BUILT + 4 * DAY, SHIPPING, 0, STANDS, 0),
        ((BUILT + 4 * DAY,), SHIPPED + 2 * DAY, SHIPPING, 2, STANDS + 2 * DAY, 2),
        # Early is not earlier than the plan.
        ((BUILT - 20 * DAY,), BUILT - 20 * DAY, SHIPPING, 0, STANDS, 0),
        ((BUILT, SHIPPED), STANDS + DAY, INSTALLATION, 1, STANDS + DAY, 1),
        ((BUILT, SHIPPED, STANDS + 3 * DAY), LIVE, COMMISSIONING, 0, STANDS + 3 * DAY, 3),
        ((BUILT, SHIPPED, STANDS, LIVE), LIVE + 99 * DAY, "", 0, STANDS, 0),
    ],
)
def test_how_it_stands(done, on, step, late, stands_on, over):
    found = stands(legs(*done), on)
    assert (found.step, found.late_days, found.stands_on, found.over_days) == (step, late, stands_on, over)
    assert (found.is_done, found.is_late) == (not step, late > 0)
    assert found.in_danger == (over > 0 and len(done) < 3)


def test_without_a_promise_there_is_none_to_break():
    found = stands(legs(), BUILT + 9 * DAY, promised_on=None)
    assert (found.over_days, found.in_danger) == (None, False)


def test_a_later_step_that_is_done_leaves_the_earlier_ones_behind():
    rows = legs(None, None, STANDS)
    found = stands(rows, LIVE)
    assert (settled(rows), found.step) == (3, COMMISSIONING)
    assert leg_late(rows[0], LIVE, passed=True) is None
    live_only = stands(legs(None, None, None, LIVE), LIVE)
    assert (live_only.is_done, live_only.stands_on, live_only.over_days) == (True, None, None)


def test_what_is_skipped_waits_for_nobody_but_comes_in_its_turn():
    assert settled(legs(skipped=(SHIPPING,))) == 0
    assert stands(legs(BUILT, skipped=(SHIPPING,)), BUILT).step == INSTALLATION
    assert stands(legs(skipped=(PRODUCTION, SHIPPING)), BUILT).step == INSTALLATION


@pytest.mark.parametrize(
    ("leg", "late"),
    [
        (Leg(SHIPPING, SHIPPED, SHIPPED - 2 * DAY), -2),
        (Leg(SHIPPING, SHIPPED, SHIPPED + 2 * DAY), 2),
        (Leg(SHIPPING, SHIPPED), 5),
        (Leg(SHIPPING, SHIPPED, skipped_on=SHIPPED), None),
        (Leg(SHIPPING), None),
    ],
)
def test_how_late_a_step_is(leg, late):
    assert leg_late(leg, SHIPPED + 5 * DAY) == late


def test_nothing_is_done_before_what_comes_first():
    assert earliest(legs(), SHIPPING, ORDERED) == ("", ORDERED)
    assert earliest(legs(BUILT), INSTALLATION, ORDERED) == (PRODUCTION, BUILT)
    assert earliest(legs(), PRODUCTION, None) is None


def test_the_later_steps_move_along_or_stay_where_they_may():
    assert moved(legs(), PRODUCTION, BUILT + 10 * DAY, along=True) == {
        PRODUCTION: BUILT + 10 * DAY,
        SHIPPING: SHIPPED + 10 * DAY,
        INSTALLATION: STANDS + 10 * DAY,
        COMMISSIONING: LIVE + 10 * DAY,
    }
    # Three days fit before the next step; ten do not, and push those that would come before.
    assert moved(legs(), PRODUCTION, BUILT + 3 * DAY, along=False) == {PRODUCTION: BUILT + 3 * DAY}
    assert moved(legs(), PRODUCTION, BUILT + 10 * DAY, along=False) == {
        PRODUCTION: BUILT + 10 * DAY,
        SHIPPING: BUILT + 10 * DAY,
    }


days = st.integers(0, 400)


@given(st.tuples(days, days, days, days), days, st.integers(0, 3), st.integers(-60, 200))
def test_laws_of_a_delivery(takes, since, done, promised):
    """What is expected comes in order, never before today or its plan; late and expected never contradict."""
    plan = plan_from(ORDERED, dict(zip(STEPS, takes, strict=True)))
    on = ORDERED + since * DAY
    rows = [
        Leg(leg.step, leg.planned_on, min(leg.planned_on, on)) if place < done and leg.planned_on else leg
        for place, leg in enumerate(plan)
    ]
    found = standing(rows, promised_on=ORDERED + promised * DAY, on=on)
    expected = list(found.expected.values())
    assert expected == sorted(expected)
    planned = {leg.step: leg.planned_on for leg in rows}
    assert all(day >= max(on, planned[step]) for step, day in found.expected.items())
    assert found.late_days == max((on - planned[found.step]).days, 0)
    if found.is_late:
        assert found.expected[found.step] == on
    if found.in_danger:
        assert found.stands_on > ORDERED + promised * DAY


@given(st.sampled_from(STEPS), st.integers(-30, 90), st.booleans())
def test_a_plan_that_was_moved_stays_in_order(step, by, along):
    rows = legs()
    planned = next(leg.planned_on for leg in rows if leg.step == step)
    days = moved(rows, step, planned + by * DAY, along=along)
    after = [days.get(leg.step, leg.planned_on) for leg in rows[STEPS.index(step) :]]
    assert after == sorted(after)
    assert days[step] == planned + by * DAY


NONE = [None] * 5


def known(**when):
    """The order and the steps after it, those named so many days after one beginning."""
    names = ("order", *STEPS)
    return [date(2026, 1, 1) + timedelta(days=when[name]) if name in when else None for name in names]


@pytest.mark.parametrize(
    ("here", "there", "found"),
    [
        (known(order=0, production=50), known(installation=60), None),
        (known(installation=60), known(installation=60, commissioning=60), None),
        (NONE, known(shipping=5), None),
        # Installed there before it was built here; ordered here after it was delivered there.
        (known(order=0, production=70), known(installation=60), ("production", "installation")),
        (known(order=10), known(shipping=5), ("", "shipping")),
        # One thing on two days; live here before it stood there.
        (known(shipping=55), known(shipping=56), ("shipping", "shipping")),
        (known(commissioning=59), known(installation=60), ("commissioning", "installation")),
    ],
)
def test_days_that_are_not_of_one_machine(here, there, found):
    told = clash(here, there)
    assert (told and (told[0], told[2])) == found


@given(st.lists(st.integers(0, 400), min_size=5, max_size=5), st.sets(st.integers(0, 4)))
def test_the_days_of_one_machine_never_clash_however_they_are_divided(gaps, mine):
    real = sorted(date(2026, 1, 1) + timedelta(days=gap) for gap in gaps)
    here = [day if place in mine else None for place, day in enumerate(real)]
    there = [None if place in mine else day for place, day in enumerate(real)]
    assert clash(here, there) is None and clash(real, real) is None
