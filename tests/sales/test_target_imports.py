"""Booking targets from files: what lands, what is refused with a sentence, what a second file changes."""

from datetime import date
from decimal import Decimal

import pytest

from core.models import Organisation, Owner, Touched
from sales.models import BookingTarget
from tests import cast
from tests.installed_base.importing import Importing, told, top

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
MAPPING = """
source = "plan"
[target]
key = "id"
owner = "who"
pipeline = "pipeline"
quarter = "quarter"
amount = "amount"
shared_with = "with"
agreed_on = "agreed"
"""
HEADER = "id,who,pipeline,quarter,amount,with,agreed\n"


@pytest.fixture
def importing(tmp_path):
    Organisation.objects.create(pk=1, name="Voss Robotics")
    cast.person("daniel", team=cast.pool("Sales"))
    cast.pool("Service")
    return Importing(tmp_path)


def test_targets_of_people_and_teams_land_with_who_shares_them(importing):
    text = (
        HEADER
        + "1,daniel,new_business,2026-Q4,250000,,2025-12-01\n2,Sales,expansion,2027Q1,90000.50,Service,2026-11-01\n"
    )
    assert top(importing("targets", MAPPING, text)) == (2, 2, 0, 0, 0)
    one, two = BookingTarget.objects.order_by("external_id")
    assert (one.owner.name, one.pipeline, one.starts_on, one.amount) == (
        "daniel",
        "new_business",
        date(2026, 10, 1),
        Decimal(250_000),
    )
    assert (two.owner.name, two.shared_with.name, two.starts_on, two.agreed_on) == (
        "Sales",
        "Service",
        date(2027, 1, 1),
        date(2026, 11, 1),
    )
    assert one.periods.get().amount == 250_000
    assert Touched.objects.get(kind="booking_target", subject_id=one.pk).since == date(2025, 12, 1)


def test_a_later_file_changes_the_amount_and_the_past_keeps_it(importing):
    first = HEADER + "1,daniel,new_business,2026-Q4,250000,,2025-12-01\n"
    importing("targets", MAPPING, first, on=date(2026, 1, 5))
    again = HEADER + "1,daniel,new_business,2026-Q4,300000,,2025-12-01\n"
    assert top(importing("targets", MAPPING, again, on=ON)) == (1, 0, 1, 0, 0)
    row = BookingTarget.objects.get()
    assert row.amount == 300_000
    assert list(row.periods.order_by("valid_from").values_list("amount", flat=True)) == [250_000, 300_000]


def test_what_is_wrong_is_refused_with_a_sentence(importing):
    text = HEADER + (
        "1,daniel,new_business,autumn,1000,,2026-01-01\n"
        "2,daniel,both,2026-Q4,1000,,2026-01-01\n"
        "3,Nobody,new_business,2026-Q4,1000,,2026-01-01\n"
        "4,daniel,new_business,2026-Q4,0,,2026-01-01\n"
        "5,daniel,new_business,2026-Q4,10,daniel,2026-01-01\n"
        "6,daniel,new_business,2026-Q4,10,,2026-12-31\n"
    )
    batch = importing("targets", MAPPING, text)
    assert not BookingTarget.objects.exists()
    words = " ".join(str(problem) for problem in told(batch))
    for part in ("is no quarter such as 2026-Q4", "Nobody", "is not above 0", "the other one", "lies in the future"):
        assert part in words


def test_an_owner_is_a_person_or_a_team(importing):
    importing("targets", MAPPING, HEADER + "1,Sales,new_business,2026-Q4,1000,,2026-01-01\n")
    assert BookingTarget.objects.get().owner == Owner.objects.get(team__name="Sales")
