"""Contacted in time and accounts per CS manager: worked out by hand, and add up."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.calendar import add_months
from core.metrics import all_rows, compute_many
from core.models import Role
from core.scope import System
from health.models import Spell
from installed_base.models import Account
from tests import cast

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 30)
TESTS = System("tests")


def customer(name: str, owner: Any = None, **values: Any) -> Account:
    at = cast.account(name, owner, **values)
    cast.term(at, date(2026, 1, 1), date(2027, 12, 31), 10_000)
    return at


def asked(key: str, on: date = ON) -> Any:
    return compute_many([key], on=on, actor=TESTS)[key]


@pytest.mark.parametrize(
    ("tier", "segment", "last", "in_time"),
    [
        ("red", "", ON - timedelta(days=7), 1),
        ("red", "", ON - timedelta(days=8), 0),
        ("yellow", "", date(2026, 10, 30), 1),
        ("yellow", "", date(2026, 10, 29), 0),
        ("green", "enterprise", date(2026, 8, 30), 1),
        ("green", "enterprise", date(2026, 8, 29), 0),
        ("green", "small", date(2026, 5, 30), 1),
        ("green", "small", date(2026, 5, 29), 0),
        ("green", "", None, 0),
        ("", "", date(2026, 8, 30), 1),
    ],
)
def test_a_talk_is_in_time_by_tier_and_segment(tier: str, segment: str, last: Any, in_time: int):
    at = customer("Van Houten", segment=segment)
    if tier:
        Spell.objects.create(account=at, tier=tier, began_on=date(2026, 1, 1))
    if last:
        cast.moment(at, last)
    cast.moment(at, ON + timedelta(days=1))
    found = asked("contact_cadence")
    assert (found.numerator, found.denominator) == (in_time, 1)


def test_the_bound_is_that_of_the_rule_on_every_day():
    at = customer("Van Houten")
    Spell.objects.create(account=at, tier="yellow", began_on=date(2026, 1, 1))
    cast.moment(at, date(2026, 1, 31))
    for n in range(40):
        on = date(2026, 2, 1) + timedelta(days=n)
        assert asked("contact_cadence", on).numerator == int(add_months(date(2026, 1, 31), 1) >= on), on


def test_accounts_are_counted_per_manager_they_lie_with():
    mila, sam = cast.person("mila"), cast.person("sam")
    for n in range(21):
        customer(f"E{n}", mila, segment="enterprise")
    for n in range(3):
        customer(f"S{n}", sam, segment="small")
    customer("In a pool")
    customer("With sales", cast.person("tom", Role.SALES))
    found = asked("accounts_per_csm")
    assert (found.numerator, found.denominator, found.value) == (24, 2, Decimal(12))
    parts = dict(found.parts)
    assert (parts["enterprise"], parts["small"], parts["over"], parts["value"]) == (21, 3, 21, 240_000)
    rows = list(all_rows("accounts_per_csm", on=ON, actor=TESTS))
    assert (sum(r.numerator or 0 for r in rows), sum(r.denominator or 0 for r in rows)) == (24, 2)
