"""Periods follow the present values of their subject, whatever the order of changes."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.calendar import BEGINNING
from core.history import keep
from installed_base.models import Account, AccountPeriod
from tests import cast


def periods(account):
    return list(account.periods.order_by("valid_from").values_list("segment", "valid_from", "valid_to"))


@pytest.mark.django_db
def test_the_first_period_was_always_so():
    account = cast.account(segment="small")
    assert periods(account) == [("small", BEGINNING, None)]


@pytest.mark.django_db
def test_a_change_ends_one_period_and_begins_the_next():
    account = cast.account(segment="small")
    change(account, "enterprise", date(2026, 3, 1))
    assert periods(account) == [("small", BEGINNING, date(2026, 3, 1)), ("enterprise", date(2026, 3, 1), None)]


@pytest.mark.django_db
def test_a_second_change_on_one_day_overwrites_the_first():
    account = cast.account(segment="small")
    change(account, "enterprise", date(2026, 3, 1))
    change(account, "mid_market", date(2026, 3, 1))
    assert periods(account) == [("small", BEGINNING, date(2026, 3, 1)), ("mid_market", date(2026, 3, 1), None)]


@pytest.mark.django_db
def test_nothing_changed_writes_nothing():
    account = cast.account(segment="small")
    keep(AccountPeriod, [account.pk], on=date(2026, 5, 5))
    assert periods(account) == [("small", BEGINNING, None)]


def change(account, segment, on):
    Account.objects.filter(pk=account.pk).update(segment=segment)
    keep(AccountPeriod, [account.pk], on=on)


DAYS = st.dates(date(2020, 1, 1), date(2020, 2, 1))
CHANGES = st.lists(st.tuples(DAYS, st.sampled_from(["small", "mid_market", "enterprise"])), max_size=8)


class EveryDayHasOnePeriod(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(CHANGES)
    def test_as_of_any_day_it_is_the_last_change_before_it(self, changes):
        account = cast.account(segment="small")
        told = {BEGINNING: "small"}
        for on, segment in sorted(changes, key=lambda c: c[0]):
            change(account, segment, on)
            told[on] = segment
        for day in [date(1950, 1, 1), *(on for on, _ in changes), date(2030, 1, 1)]:
            standing = account.periods.filter(valid_from__lte=day).exclude(valid_to__lte=day)
            assert [p.segment for p in standing] == [told[max(d for d in told if d <= day)]]
