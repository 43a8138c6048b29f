"""QBRs held, and summaries within 48 hours (metrics.md), by the word of the catalogue."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core.metrics import Filters, compute_many, rows
from core.models import Owner
from core.scope import System
from installed_base.models import ProductLine
from tests import cast
from tests.playbooks.meetings import customer, meeting

pytestmark = pytest.mark.django_db
D = date(2026, 11, 21)
KEYS = ("qbr_completion", "qbr_summary_on_time")


def value(key, on=D, **filters):
    found = compute_many([key], on=on, actor=System("tests"), filters=Filters(**filters))[key]
    return found.value, found.numerator, found.denominator


def at(day, hour=10):
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@pytest.fixture
def who():
    return customer("Van Houten", cast.person("mila"))


@pytest.mark.parametrize(
    ("planned", "held", "counts", "done"),
    [
        (date(2026, 8, 10), date(2026, 9, 30), 1, 1),  # moved, but within the quarter of the first date
        (date(2026, 8, 10), date(2026, 10, 1), 1, 0),  # a day too late for its quarter
        (date(2026, 8, 10), date(2026, 7, 1), 1, 1),  # brought forward
        (date(2026, 8, 10), None, 1, 0),
        (date(2026, 11, 21), date(2026, 11, 21), 1, 1),
        (date(2026, 11, 20), date(2026, 11, 22), 1, 0),  # held after the date: not seen
        (date(2026, 11, 22), None, 0, 0),  # planned after the date
        (date(2025, 11, 22), date(2025, 11, 25), 1, 1),
        (date(2025, 11, 21), date(2025, 11, 25), 0, 0),  # the window begins the day after
    ],
)
def test_held_by_the_end_of_the_quarter_of_the_first_planned_date(who, planned, held, counts, done):
    meeting(who, planned, held_at=held and at(held))
    assert value("qbr_completion")[1:] == (done, counts) if counts else value("qbr_completion")[0] is None


def test_called_off_counts_as_not_held(who):
    off = {"cancelled_on": date(2026, 8, 1), "cancelled_side": "customer", "cancel_reason": "x"}
    meeting(who, date(2026, 8, 10), **off)
    meeting(who, date(2026, 5, 10), held_at=at(date(2026, 5, 10)))
    assert value("qbr_completion") == (Decimal("0.5"), 1, 2)
    found = compute_many(["qbr_completion"], on=D, actor=System("tests"))["qbr_completion"]
    assert found.parts["cancelled_by_customer"] == 1


@pytest.mark.parametrize(
    ("held", "after", "expected"),
    [
        (at(date(2026, 8, 10)), 48, (1, 1)),
        (at(date(2026, 8, 10)), 49, (0, 1)),
        (at(date(2026, 8, 10)), None, (0, 1)),
        (at(date(2026, 11, 19), 22), 1, (1, 1)),  # 48 hours end at 23:00 in Amsterdam on the date itself
        (at(date(2026, 11, 20)), 1, None),  # not more than 48 hours before the end of the date
        (at(date(2025, 11, 20)), 1, None),
    ],
)
def test_the_summary_within_48_hours(who, held, after, expected):
    sent = None if after is None else held + timedelta(hours=after)
    meeting(who, held.date(), held_at=held, summary_sent_at=sent)
    found = value("qbr_summary_on_time")
    assert found[1:] == expected if expected else found[0] is None


def test_a_summary_sent_after_the_date_is_not_seen(who):
    held = at(date(2026, 11, 18))
    meeting(who, held.date(), held_at=held, summary_sent_at=held + timedelta(hours=40))
    assert value("qbr_summary_on_time", on=date(2026, 11, 20))[1:] == (1, 1)
    assert value("qbr_summary_on_time", on=date(2026, 11, 19))[0] is None


def test_without_any_it_says_why(who):
    found = compute_many(KEYS, on=D, actor=System("tests"))
    assert [found[key].value for key in KEYS] == [None, None]


def test_filters_and_what_cannot_be_placed(who):
    other = customer("Small", cast.person("tom"), segment="small")
    for account in (who, other):
        meeting(account, date(2026, 8, 10), held_at=at(date(2026, 8, 10)))
    assert value("qbr_completion", segment="small")[2] == 1
    assert value("qbr_completion", owner=Owner.objects.of(who.owner.user).pk)[2] == 1
    line = ProductLine.objects.create(name="Robots")
    found = compute_many(["qbr_completion"], on=D, actor=System("tests"), filters=Filters(product_line=line.pk))
    assert (found["qbr_completion"].value, found["qbr_completion"].unattributed) == (None, 2)


def test_the_receipt_lists_each_meeting_under_its_account(who):
    meeting(who, date(2026, 8, 10), held_at=at(date(2026, 8, 11)))
    (row,) = rows("qbr_completion", on=D, actor=System("tests"))
    assert (row["account_name"], row["held_on"], row["numerator"]) == ("Van Houten", date(2026, 8, 11), 1)


def test_the_other_team_counts_its_own(who):
    meeting(who, date(2026, 8, 10), held_at=at(date(2026, 8, 10)))
    stranger = cast.person("tom", team=cast.pool("South"))
    assert compute_many(["qbr_completion"], on=D, actor=stranger)["qbr_completion"].value is None
