"""Promises, training and go-lives out of files: what is wrong is set apart with its sentence."""

from datetime import date
from decimal import Decimal

import pytest

from core.history import keep
from core.models import Touched
from installed_base.models import Asset, AssetEvent, AssetPeriod, ProductFamily, Promise, Training
from tests import cast
from tests.installed_base.importing import ON, Importing, told, top

pytestmark = pytest.mark.django_db


@pytest.fixture
def importing(tmp_path):
    return Importing(tmp_path)


@pytest.fixture
def machine():
    at = cast.account("A", source="erp", external_id="A")
    row = cast.asset(at, date(2026, 9, 1), source="erp", external_id="M1")
    keep(AssetPeriod, [row.pk], on=date(2026, 9, 1))
    cast.contact(at, source="erp", external_id="P1")
    cast.contact(cast.account("B"), source="erp", external_id="P2")
    return row


PROMISES = """
source = "erp"
[promise]
key = "id"
asset = "machine"
kind = "kind"
text = "text"
promised = "promised"
promised_on = "on"
due_on = "due"
measured = "measured"
measured_on = "day"
"""


def test_promises_come_in_with_what_was_measured(importing, machine):
    rows = (
        "1,M1,output,900 an hour,900,2026-05-01,2026-10-01,905,2026-10-02",
        "2,M1,uptime,95 %,95,2026-05-01,,71,2026-10-02",
        "3,M1,date,Live in autumn,,2026-12-01,,,",
        "4,M1,date,Live,,2026-05-01,2026-04-01,,",
        "5,M1,output,x,1,2026-05-01,,9,",
        "6,M9,output,x,1,2026-05-01,,,",
        "7,M1,wish,x,1,2026-05-01,,,",
    )
    text = "id,machine,kind,text,promised,on,due,measured,day\n" + "\n".join(rows) + "\n"
    outcome = importing("promises", PROMISES, text)
    assert [(line, reason) for line, _c, _v, reason in told(outcome)] == [
        (4, "lies in the future"),
        (5, "lies before it was promised"),
        (6, "has no day on which it was measured"),
        (7, "is not known as asset, or is not clear"),
        (8, "is none of specification, uptime, output, quality, return, date"),
    ]
    found = Promise.objects.order_by("external_id").values_list("account__name", "measured", "met_on")
    assert list(found) == [("A", Decimal(905), date(2026, 10, 2)), ("A", Decimal(71), None)]
    assert top(importing("promises", PROMISES, text)) == (7, 0, 0, 2, 5)


TRAININGS = """
source = "erp"
[training]
asset = "machine"
contact = "who"
people = "people"
kind = { constant = "operation" }
trained_on = "on"
"""


def test_training_of_nobody_of_others_and_twice_is_set_apart(importing, machine):
    rows = ("M1,P1,,2026-10-01", "M1,,4,", "M1,P2,,", "M1,,0,", "M1,,2,2027-01-01")
    mapping = TRAININGS.replace("asset =", 'key = ["who", "people", "on"]\nasset =', 1)
    outcome = importing("trainings", mapping, "machine,who,people,on\n" + "\n".join(rows) + "\n")
    assert [(line, reason) for line, _c, _v, reason in told(outcome)] == [
        (4, "belongs to another account than the machine"),
        (5, "is nobody: give a number of 1 or more"),
        (6, "lies in the future: put it under planned_on"),
    ]
    assert sorted(Training.objects.values_list("people", "trained_on")) == [(1, date(2026, 10, 1)), (4, None)]
    again = importing("trainings", mapping, "machine,who,people,on\nM1,P1,1,\n")
    assert told(again)[0][3] == "is known already, from another source or under another key"


GO_LIVES = """
source = "erp"
[golive]
asset = "machine"
kind = "kind"
on = "on"
"""


def test_go_lives_date_the_machine_and_have_it_looked_at(importing, machine):
    text = "machine,kind,on\nM1,went_live,2026-10-01\nM1,on_specification,2026-10-20\n"
    assert told(importing("go_lives", GO_LIVES, text)) == []
    row = Asset.objects.get(pk=machine.pk)
    assert (row.went_live_on, row.on_specification_on) == (date(2026, 10, 1), date(2026, 10, 20))
    assert Touched.objects.get(kind="asset", subject_id=machine.pk).since == date(2026, 10, 1)
    importing("go_lives", GO_LIVES, text.replace("2026-10-01", "2026-10-05"))
    assert Asset.objects.get(pk=machine.pk).went_live_on == date(2026, 10, 5)
    assert AssetEvent.objects.filter(kind="went_live").count() == 1


def test_go_lives_that_cannot_be_are_set_apart(importing, machine):
    text = f"machine,kind,on\nM1,went_live,2026-08-31\nM1,on_specification,{ON.replace(year=2027)}\n"
    assert [(line, reason) for line, _c, _v, reason in told(importing("go_lives", GO_LIVES, text))] == [
        (2, "lies before the machine was installed"),
        (3, "lies in the future: a machine goes live when it does"),
    ]
    assert Asset.objects.get(pk=machine.pk).went_live_on is None


def test_families_get_their_intervals_from_the_products(importing):
    mapping = """
source = "erp"
[product]
key = "code"
name = "code"
family = { column = "family", create = true }
maintenance_months = "service"
software_months = "update"
"""
    importing("products", mapping, "code,family,service,update\nVR6,Palletisers,6,12\nPC4,Pickers,,\n")
    found = ProductFamily.objects.order_by("name").values_list("name", "maintenance_months", "software_months")
    assert list(found) == [("Palletisers", 6, 12), ("Pickers", None, None)]
