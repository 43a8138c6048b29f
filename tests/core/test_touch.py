"""Touched subjects: the news that travels up as rows."""

from datetime import date

import pytest

from core.actions import touch, touch_found
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


@pytest.mark.django_db
def test_what_sql_finds_is_touched_from_its_earliest_day():
    touch("asset", [1], since=date(2026, 4, 1), account_of={1: 10})
    found = "VALUES (1, 10, DATE '2026-05-01'), (2, 10, DATE '2026-04-15'), (3, 30, NULL)"
    assert touch_found("asset", found, on=date(2026, 6, 1)) == {10: 2, 30: 1}
    rows = Touched.objects.order_by("subject_id").values_list("subject_id", "account_id", "since", "revision")
    assert list(rows) == [
        (1, 10, date(2026, 4, 1), 2),
        (2, 10, date(2026, 4, 15), 1),
        (3, 30, date(2026, 4, 15), 1),
    ]
    assert touch_found("asset", "SELECT 1, 1, DATE '2026-01-01' WHERE false", on=date(2026, 6, 1)) == {}
    touch_found("asset", "SELECT 4, 40, NULL::date", on=date(2026, 6, 1))
    assert Touched.objects.get(subject_id=4).since == date(2026, 6, 1)
