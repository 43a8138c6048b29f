"""Promises, training, results and starts through the API."""

from decimal import Decimal

import pytest

from core.models import Role
from installed_base.models import Asset, ContactMoment, Promise, RoiRecord, Training
from tests import cast
from tests.adoption.base import LIVE, live, on, promise, training
from tests.api.conftest import caller, writer

pytestmark = pytest.mark.django_db


@pytest.fixture
def who(mila):
    return writer(mila)


def test_the_list_of_starts_tells_phase_course_and_reasons_of_any_day(who, machine):
    cast.ticket(machine.account, on(3), asset=machine, kind="breakdown")
    row = who.rows("onboardings/")[0]
    assert (row["id"], row["phase"], row["day"], row["course"]) == (machine.pk, "early", 16, "stuck")
    assert [r["key"] for r in row["reasons"]] == ["standstill", "ticket"]
    assert row["reasons"][0]["words"] == "It has stood still for 13 days without a solution."
    then = who.rows("onboardings/", as_of=str(on(2)))[0]
    assert (then["day"], then["course"], then["reasons"]) == (2, "on_track", [])
    assert who.rows("onboardings/", as_of=str(on(-1)))[0]["phase"] == "before"


def test_a_start_is_moved_by_its_verbs(who, mila):
    row = live(cast.account(owner=mila), None)
    address = f"onboardings/{row.pk}/"
    assert who.get(address).data["phase"] == "before"
    assert who.post(f"{address}go-live/", {"on": str(LIVE)}).data["day"] == 16
    assert who.post(f"{address}on-specification/", {"on": str(on(9))}).data["first_value_days"] == 19
    answer = who.post(f"{address}check-in/", {"kind": "visit", "note": "Runs"})
    assert answer.data["next_check_in_on"] == str(on(21))
    assert ContactMoment.objects.get().by == mila
    refused = who.post(f"{address}go-live/", {"on": str(on(10))})
    assert (refused.status_code, Asset.objects.get(pk=row.pk).went_live_on) == (409, LIVE)
    assert who.post(f"{address}go-live/", {"when": "x"}).status_code == 400


def test_promises_are_written_measured_and_let_go(who, machine):
    made = who.post("promises/", {"account_id": machine.account_id, "asset_id": machine.pk, "kind": "output",
                                  "text": "900 an hour", "promised": "900", "promised_on": "2026-05-01"})  # fmt: skip
    assert (made.status_code, made.data["words"], made.data["measured"]) == (201, "900 an hour", None)
    address = f"promises/{made.data['id']}/"
    assert who.post(f"{address}measure/", {"value": "905"}).data["met_on"] == str(on(16))
    assert who.ids("promises/", open="true") == []
    assert who.post(f"{address}reopen/").data["met_on"] is None
    assert who.post(f"{address}let-go/", {"reason": "Changed"}).data["dropped_reason"] == "Changed"
    assert who.post(f"{address}keep/").status_code == 409
    assert who.post("promises/", {"account_id": 1, "kind": "x", "text": ""}).status_code == 400


def test_training_is_planned_and_done(who, machine):
    made = who.post("trainings/", {"asset_id": machine.pk, "people": 5, "kind": "operation"})
    done = who.post(f"trainings/{made.data['id']}/trained/", {"people": 2}).data
    assert (done["people"], done["trained_on"]) == (2, str(on(16)))
    assert sorted(row["people"] for row in who.rows("trainings/", trained="false")) == [3]
    assert who.post(f"trainings/{made.data['id']}/trained/").status_code == 409
    assert who.post(f"trainings/{made.data['id']}/undo/").data["trained_on"] is None
    assert Training.objects.count() == 2


def test_results_are_agreed_with_their_worth_and_realised(who, machine):
    figures = {"hours_before": "100", "hours_after": "60", "cost_hour": "30"}
    made = who.post("results/", {"account_id": machine.account_id, "goal": "Fewer hours", "calculator": figures,
                                 "agreed_on": str(on(1))})  # fmt: skip
    assert (made.status_code, made.data["worth_reporting"]) == (201, "57600.00")
    assert who.post(f"results/{made.data['id']}/realise/", {"realised": "58"}).data["realised_on"] == str(on(16))
    assert who.post(f"results/{made.data['id']}/reopen/").data["realised_on"] is None
    worked = who.get("result-calculator/", price="172800", **figures)
    assert (worked.data["total"], worked.data["scrap"], worked.data["payback_months"]) == ("57600.00", None, "36.0")
    wrong = who.get("result-calculator/", scrap_before="101")
    assert (wrong.status_code, "scrap_before" in str(wrong.data)) == (400, True)
    assert RoiRecord.objects.get().worth_reporting == Decimal("57600.00")


def test_words_and_money_are_kept_from_those_who_do_not_read_them(who, machine):
    promise(machine.account, asset=machine, text="As Anja wants", measured=1, measured_on=on(3))
    training(machine, contact=cast.contact(machine.account, name="Anja"))
    cast.roi(machine.account, on(1), goal="Anja's goal", worth_reporting=5)
    executive, operations = caller(cast.person("ceo", Role.EXECUTIVE)), caller(cast.person("ops", Role.OPERATIONS))
    for kind in ("promises", "trainings", "results", "onboardings"):
        assert "Anja" not in str(executive.rows(f"{kind}/")), kind
    assert executive.rows("results/")[0]["worth_reporting"] == "5.00"
    assert "worth_reporting" not in operations.rows("results/")[0]
    assert operations.get("result-calculator/").status_code == 403
    technician = caller(cast.person("ruud", Role.TECHNICIAN))
    Asset.objects.filter(pk=machine.pk).update(technician=technician.user)
    assert [len(technician.rows(f"{kind}/")) for kind in ("promises", "results", "onboardings", "trainings")] == [
        0,
        0,
        0,
        1,
    ]


def test_the_other_team_finds_and_writes_nothing(machine):
    row = promise(machine.account)
    bob = writer(cast.person("bob", team=cast.pool("South")))
    for kind in ("promises", "trainings", "results", "onboardings"):
        assert bob.ids(f"{kind}/") == []
    assert bob.post(f"promises/{row.pk}/keep/").status_code == 404
    assert bob.post(f"onboardings/{machine.pk}/go-live/").status_code == 404
    assert bob.post("trainings/", {"asset_id": machine.pk, "kind": "operation"}).status_code == 400
    assert Promise.objects.get().met_on is None
