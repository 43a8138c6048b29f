"""Touched subjects: the news that travels up as rows."""

from datetime import date

import pytest

from core.actions import touch
from core.models import Touched


@pytest.mark.django_db
def test_touching_twice_counts_once_from_the_earlier_day():
    touch("asset", [3, 1], since=date(2026, 5, 1), account_of={1: 10, 3: 30})
    touch("asset", [1], since=date(2026, 4, 1))
    touch("asset", [3], since=date(2026, 6, 1))
    rows = Touched.objects.order_by("subject_id").values_list("kind", "subject_id", "account_id", "since", "revision")
    assert list(rows) == [("asset", 1, 10, date(2026, 4, 1), 2), ("asset", 3, 30, date(2026, 5, 1), 2)]


@pytest.mark.django_db
def test_touching_nothing_writes_nothing():
    touch("asset", [], since=date(2026, 5, 1))
    assert not Touched.objects.exists()
