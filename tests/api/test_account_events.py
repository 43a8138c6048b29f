"""Events at customers and kinds of signals through the API."""

from datetime import timedelta

import pytest

from core.clock import today
from core.models import Touched
from expansion.models import Signal, SignalKind
from installed_base.models import AccountEvent
from tests import cast
from tests.api.base import work_of
from tests.api.conftest import caller, writer
from tests.api.test_problems import problem
from tests.expansion.base import signal

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return writer(cast.person("anna", team=cast.pool("Ours")))


@pytest.fixture
def own(anna):
    return work_of(anna.user)


@pytest.fixture
def theirs():
    return work_of(cast.person("zoe", team=cast.pool("Theirs")))


def said(at, **values):
    return {"account_id": at.pk, "kind": "new_plant", "heard": "press", "note": "Second hall in Breda"} | values


def test_an_event_is_written_down_read_and_taken_back(anna, own):
    made = anna.post("account-events/", said(own.account))
    assert made.status_code == 201
    event = AccountEvent.objects.get()
    assert (event.on, event.by.username, made.data["kind"], made.data["note"]) == (
        today(), "anna", "new_plant", "Second hall in Breda"
    )  # fmt: skip
    assert Touched.objects.filter(kind="account_event", subject_id=event.pk).exists()
    assert [row["id"] for row in anna.get("account-events/?kind=new_plant").data["results"]] == [event.pk]
    assert anna.post(f"account-events/{event.pk}/take-back/", {}).data["taken_back_on"] == today().isoformat()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"kind": "party"}, "kind"), ({"heard": "pub"}, "heard"), ({"on": "2999-01-01"}, "on"), ({"x": 1}, "x"),
     ({"asset_id": 987_654}, "asset_id")],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_field(anna, own, wrong, field):
    problem(anna.post("account-events/", said(own.account, **wrong)), 400, field)
    assert not AccountEvent.objects.exists()


def test_a_machine_of_another_account_and_another_teams_account_are_refused(anna, own, theirs):
    elsewhere = cast.asset(cast.account("Mine too", own.account.owner.user))
    problem(anna.post("account-events/", said(own.account, asset_id=elsewhere.pk)), 400, "asset_id")
    problem(anna.post("account-events/", said(theirs.account)), 400, "account_id")


def test_others_do_not_see_it_and_figures_readers_not_its_words(anna, own, theirs, executive):
    anna.post("account-events/", said(own.account))
    zoe = caller(theirs.account.owner.user)
    assert zoe.get("account-events/").data["results"] == []
    [row] = executive.get("account-events/").data["results"]
    assert (row["kind"], row["note"]) == ("new_plant", None)


def test_a_signal_says_why_and_where_its_estimate_comes_from(anna, own, executive):
    row = signal(own.machine, SignalKind.RECURRING, on=today() - timedelta(1), worth="upgrade_option")
    Signal.objects.filter(pk=row.pk).update(seen={"tickets": 3, "months": 6, "problem": "Mr Post"})
    told = anna.get(f"signals/{row.pk}/").data
    assert (told["why"], told["worth"]) == ("“Mr Post”: 3 tickets in 6 months.", "its dearest upgrade")
    assert "seen" not in told and "_seen" not in told
    [hidden] = executive.get("signals/?family=trouble").data["results"]
    assert hidden["why"] == "The same problem 3 times in 6 months."


def test_every_kind_is_told_with_its_rule(anna):
    found = {row["kind"]: row for row in anna.get("signal-kinds/").data["results"]}
    assert set(found) == set(SignalKind.values)
    assert found["warranty_ending"] == {
        "kind": "warranty_ending", "name": "Warranty ends", "family": "contract", "active": True,
        "rule": "90 days before a warranty ends, unless a contract follows; until 30 days after.", "policy_version": 1,
    }  # fmt: skip
