"""Sums are kept while nothing is written, and not a write longer."""

import sys
from datetime import date

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from core.metrics import compute
from core.metrics.memory import stamp
from core.models import Team
from core.scope import System
from installed_base.models import LedgerEntry
from tests.cast import account, person, posted

ON = date(2026, 11, 21)


def total(actor: object) -> object:
    return compute("revenue_per_customer", on=ON, actor=actor).numerator


@pytest.mark.django_db
def test_under_one_stamp_a_sum_is_read_once_for_those_who_see_the_same(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    engine, eva = sys.modules["core.metrics.compute"], person("eva")
    posted(account(), ON, 5)
    monkeypatch.setattr(engine, "stamp", lambda: f"first {eva.pk}")
    assert total(System("tests")) == 5
    # What it should reach is asked for; the sum is not.
    with django_assert_num_queries(1):
        assert total(System("tests")) == 5
    assert total(eva) == 0
    LedgerEntry.objects.update(amount_reporting=7)
    monkeypatch.setattr(engine, "stamp", lambda: f"second {eva.pk}")
    assert total(System("tests")) == 7


@pytest.mark.django_db(transaction=True)
def test_a_write_changes_the_stamp_and_a_transaction_has_none() -> None:
    before = stamp()
    Team.objects.create(name="New")
    assert before and stamp() != before
    with transaction.atomic():
        assert stamp() == ""
