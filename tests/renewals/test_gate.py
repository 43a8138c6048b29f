"""The gate half a year before a renewal reads the real tier of its day (RN-02, CT-32)."""

from datetime import date, timedelta

import pytest

from bowtie.day import run_day
from health.queries import tiers_of
from health.rules import Tier
from installed_base.models import Account, Term
from playbooks.models import Task
from renewals.models import Renewal, Stage
from tests import cast
from tests.health.base import ON
from tests.health.test_day import healthy
from tests.health.test_spells import trouble

pytestmark = pytest.mark.django_db
GATE = ON + timedelta(days=1)
ENDS = GATE + timedelta(days=180)


def ending(at: Account) -> Term:
    return cast.term(at, date(2026, 1, 1), ENDS)


def test_green_passes_in_silence():
    at = healthy()
    term = ending(at)
    run_day(on=ON)
    run_day(on=GATE)
    assert tiers_of([at.pk], GATE)[at.pk] is Tier.GREEN
    assert not Renewal.objects.filter(term=term).exists()


def test_a_customer_that_turns_yellow_that_day_is_fixed_first():
    at = healthy()
    term = ending(at)
    run_day(on=ON)
    trouble(at, GATE)
    report = run_day(on=GATE)
    assert tiers_of([at.pk], GATE)[at.pk] is Tier.YELLOW
    assert {rule: n for rule, n in report.fired.items() if rule != "survey.low"} == {
        "health.spell": 1,
        "renewal.gate": 1,
    }
    renewal = Renewal.objects.get(term=term)
    assert (renewal.stage, renewal.decides_on) == (Stage.FIX_FIRST, ENDS)
    assert Task.objects.get(play=renewal.play).step == "fix-first"


def test_a_red_customer_is_fixed_first_too():
    at = cast.account()
    person = cast.contact(at, "management")
    cast.moment(at, ON - timedelta(days=300), person)
    cast.answer(at, ON, 1, person)
    for _ in range(4):
        cast.ticket(at, ON - timedelta(days=10), severity="critical", sentiment="negative")
    cast.roi(at, ON - timedelta(days=300))
    cast.posted(at, ON - timedelta(days=90), 10, due_on=ON - timedelta(days=60))
    cast.visit(at, ON - timedelta(days=600))
    cast.asset(at, date(2020, 1, 1))
    ending(at)
    run_day(on=ON)
    assert run_day(on=GATE).fired["renewal.gate"] == 1
    assert tiers_of([at.pk], GATE)[at.pk] is Tier.RED
    assert Renewal.objects.get().stage == Stage.FIX_FIRST


def test_an_unknown_customer_is_listed_and_opens_nothing():
    at = cast.account()
    ending(at)
    report = run_day(on=GATE)
    assert tiers_of([at.pk], GATE)[at.pk] is Tier.UNKNOWN
    assert report.as_json()["gate_listed"] == 1
    assert not Renewal.objects.exists()
