"""The figures of stages three and four that rest on starts: worked by hand, with their receipts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.metrics import Filters, compute_many, rows
from core.scope import System
from tests import cast
from tests.adoption.base import LIVE, live, on, training

pytestmark = pytest.mark.django_db
EVERYONE = System("tests")


THEN = on(16)


def value(key: str, day: date = THEN, **filters):
    return compute_many([key], on=day, actor=EVERYONE, filters=Filters(**filters))[key]


def test_training_counts_people_of_machines_that_went_live_in_the_year():
    at = cast.account()
    machine, old = live(at), live(at, LIVE - timedelta(days=400))
    training(machine, people=4, trained_on=on(3))
    training(machine, people=1, trained_on=on(20))
    training(machine, contact=cast.contact(at, left_on=on(1)))
    training(machine)
    training(old, people=9)
    found = value("training_completion")
    assert (found.numerator, found.denominator, found.value) == (4, 6, Decimal(4) / 6)
    assert sorted(row["numerator"] for row in rows("training_completion", on=on(16), actor=EVERYONE)) == [0, 0, 4]
    assert value("training_completion", on(-1)).reason.startswith("Nobody was to be trained")


def test_onboarding_on_time_is_live_on_or_before_the_promised_day():
    at = cast.account()
    live(at, promised_on=LIVE)
    live(at, promised_on=on(-1))
    live(at, None, promised_on=on(10))
    live(at, None, promised_on=on(17))
    live(at, promised_on=None)
    found = value("onboarding_on_time")
    assert (found.numerator, found.denominator, found.unknown) == (1, 3, 1)
    assert value("onboarding_on_time", on(9)).denominator == 2


def test_time_to_delivery_runs_from_the_order_to_the_installation():
    at = cast.account()
    live(at, ordered_on=on(-110))
    live(at, ordered_on=on(-50))
    live(at)
    found = value("time_to_delivery")
    assert (found.value, found.count, found.unknown) == (70, 2, 1)


def test_starts_that_are_behind_or_stuck_are_counted_by_phase():
    at, silent = cast.account(segment="enterprise"), cast.account()
    cast.moment(at, on(16))
    live(at)
    live(silent)
    live(at, LIVE - timedelta(days=60), on_specification_on=on(-50), installed_on=LIVE - timedelta(days=70))
    cast.moment(at, on(15))
    waiting = live(at, None, promised_on=on(10), installed_on=on(1))
    found = value("onboarding_stuck")
    assert found.value == 2
    assert found.parts == {"before": 1, "early": 1, "value": 0, "steady": 0}
    assert value("onboarding_stuck", segment="enterprise").value == 1
    listed = {row["subject_id"] for row in rows("onboarding_stuck", on=on(16), actor=EVERYONE)}
    assert waiting.pk in listed
    assert value("onboarding_stuck", on(-100)).value == 0
