"""Deals from files: what lands, what is refused with a sentence, and what a second file changes."""

from datetime import date
from decimal import Decimal

import pytest

from core.models import Organisation, Touched
from sales.models import Opportunity
from tests import cast
from tests.installed_base.importing import Importing, told, top

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
MAPPING = """
source = "crm"
currency = "EUR"
[opportunity]
key = "id"
account = { column = "customer", create = true }
kind = "kind"
name = "name"
stage = "stage"
value = "value"
identified_on = "began"
closed_on = "closed"
lost_because = "why"
asset = { column = "machine", source = "erp" }
"""
HEADER = "id,customer,kind,name,stage,value,began,closed,why,machine\n"


@pytest.fixture
def importing(tmp_path):
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return Importing(tmp_path)


def test_a_deal_lands_with_its_chance_history_and_line(importing):
    at = cast.account("Bolt", source="crm", external_id="B")
    machine = cast.asset(at, ON, source="erp", external_id="M1")
    text = HEADER + "1,B,upgrade,Kit,proposal,500,2026-03-01,,,M1\n2,,new_logo,Unknown,,,,,,\n"
    assert top(importing("opportunities", MAPPING, text)) == (2, 2, 0, 0, 0)
    one, two = Opportunity.objects.order_by("external_id")
    assert (one.account, one.stage, one.probability, one.value_reporting) == (at, "proposal", Decimal("0.5"), 500)
    assert (two.account, two.stage, two.probability, two.owner.name) == (
        None,
        "identified",
        Decimal("0.05"),
        "Unassigned",
    )
    assert list(one.lines.values_list("asset", "value_reporting")) == [(machine.pk, 500)]
    assert one.periods.get().stage == "proposal"
    assert Touched.objects.get(kind="opportunity", subject_id=one.pk).account_id == at.pk


def test_a_later_file_moves_it_and_the_same_again_does_not(importing):
    opened = HEADER + "1,B,new_logo,Line,identified,500,2026-03-01,,,\n"
    won = HEADER + "1,B,new_logo,Line,won,700,2026-03-01,2026-06-01,,\n"
    importing("opportunities", MAPPING, opened, on=date(2026, 3, 2))
    assert top(importing("opportunities", MAPPING, won, on=date(2026, 6, 2))) == (1, 0, 1, 0, 0)
    assert top(importing("opportunities", MAPPING, won, on=date(2026, 6, 3))) == (1, 0, 0, 1, 0)
    found = Opportunity.objects.get()
    assert (found.stage, found.closed_on, found.probability, found.value_reporting) == ("won", date(2026, 6, 1), 1, 700)
    assert [(p.stage, p.valid_to) for p in found.periods.order_by("valid_from")] == [
        ("identified", date(2026, 6, 2)),
        ("won", None),
    ]


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("1,B,dream,Line,,,,,,", "kind", "is none of"),
        ("1,B,new_logo,,,,,,,", "name", "is empty"),
        ("1,B,upgrade,Kit,needs_analysis,,,,,", "stage", "is no stage of this kind of deal"),
        ("1,B,new_logo,Line,won,5,2026-03-01,,,", "closed", "and the stage do not agree"),
        ("1,B,new_logo,Line,proposal,5,2026-03-01,2026-04-01,,", "closed", "and the stage do not agree"),
        ("1,B,new_logo,Line,won,5,2026-03-01,2026-02-01,,", "closed", "lies before the day"),
        ("1,B,new_logo,Line,won,5,2026-03-01,2026-12-01,,", "closed", "lies in the future"),
        ("1,B,new_logo,Line,,,2026-12-01,,,", "began", "lies in the future"),
        ("1,B,new_logo,Line,won,,2026-03-01,2026-04-01,,", "value", "a deal is won with its value"),
        ("1,B,new_logo,Line,won,5,2026-03-01,2026-04-01,price,", "why", "is said of a deal that is not lost"),
        ("1,B,new_logo,Line,,,,,,M9", "machine", "is not known as asset"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(importing, row, column, words):
    outcome = importing("opportunities", MAPPING, HEADER + row + "\n")
    ((line, place, _value, reason),) = told(outcome)
    assert (line, place) == (2, column) and words in reason
    assert not Opportunity.objects.exists()


def test_a_deal_keeps_its_kind(importing):
    importing("opportunities", MAPPING, HEADER + "1,B,new_logo,Line,,,,,,\n")
    outcome = importing("opportunities", MAPPING, HEADER + "1,B,upgrade,Line,,,,,,\n")
    assert "keeps the kind with which it began" in told(outcome)[0][3]
    assert Opportunity.objects.get().kind == "new_logo"
