"""Rescuing: by hand, in place, through the API; who may; and what an end does with the work."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.clock import today
from core.models import Organisation, Role
from health.actions import rescuing as act
from health.models import Rescue, Score, Spell
from health.queries.rescues import standings
from health.rules.rescue import RescueState
from installed_base.models import Account
from playbooks.actions.tasks import complete_task
from playbooks.models import Play, Task
from tests import cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def scored(at: Account, on: Any, score: int, tier: str = "red") -> None:
    row = {"low": 0, "high": 100, "coverage": 1, "inputs_hash": f"{on}", "tier": tier}
    Score.objects.update_or_create(account=at, on=on, defaults=row | {"score": score})


def red(owner: Any, name: str = "Van Houten", since: int = 40) -> Account:
    at = cast.account(name, owner)
    Spell.objects.create(account=at, tier="red", began_on=today() - since * DAY, score=41)
    scored(at, today() - since * DAY, 41)
    return at


@pytest.fixture
def team():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.pool("North")


@pytest.fixture
def mila(team):
    found = cast.person("mila", team=team)
    found.language = "en"
    found.save()
    return found


@pytest.fixture
def play(mila) -> Play:
    return act.start_rescues(accounts=[red(mila)], by=mila, on=today()).plays[0]


def state(play: Play, on: Any = None) -> RescueState:
    play.refresh_from_db()
    return standings([play], on or today())[0].state


def test_a_red_account_is_rescued_by_hand_once_and_others_are_told_why_not(mila):
    at, well = red(mila), cast.account("Well", mila)
    done = act.start_rescues(accounts=[at, well], by=mila, on=today())
    assert [p.account for p in done.plays] == [at]
    assert done.refused == ["Well is not red."]
    play = done.plays[0]
    assert (play.anchor_on, play.owner) == (today(), at.owner)
    assert {"call", "root-cause", "plan", "sponsor", "conclude"} <= set(play.tasks.values_list("step", flat=True))
    again = act.start_rescues(accounts=[at], by=mila, on=today())
    assert (again.plays, again.refused) == ([], ["Van Houten is being rescued already."])


def test_cause_plan_and_sponsor_do_the_steps_that_asked_for_them(mila, play):
    assert state(play) is RescueState.AT_RISK
    act.write_cause(play=play, cause="support", note="Nobody answers the phone", by=mila, on=today())
    task = act.add_action(play=play, title="A named engineer", due_on=today() + 5 * DAY, by=mila, on=today())
    assert (task.step, task.owner, task.play) == ("action.1", mila.owner, play)
    assert state(play) is RescueState.PLANNED
    act.name_sponsor(play=play, sponsor=cast.person("boss", Role.EXECUTIVE), by=mila, on=today())
    done = set(Task.objects.filter(play=play, done_on=today()).values_list("step", flat=True))
    assert done == {"root-cause", "plan", "sponsor"}
    scored(play.account, today() + 9 * DAY, 47)
    assert state(play, today() + 9 * DAY) is RescueState.RECOVERING


def test_lost_needs_a_reason_closes_the_work_and_can_be_taken_back(mila, play):
    task = act.add_action(play=play, title="A visit", due_on=today(), by=mila, on=today())
    with pytest.raises(ValidationError, match="Say why they leave"):
        act.conclude(play=play, outcome="lost", reason="", note="", by=mila, on=today())
    with pytest.raises(ValidationError, match="still red"):
        act.conclude(play=play, outcome="recovered", reason="", note="", by=mila, on=today())
    act.conclude(play=play, outcome="lost", reason="price", note="Too dear", by=mila, on=today())
    assert state(play) is RescueState.LOST
    task.refresh_from_db()
    assert (task.closed_on, task.closed_reason) == (today(), "Given up: we accept that they leave")
    assert not Task.objects.filter(play=play).open().exists()
    with pytest.raises(ValidationError, match="has ended"):
        act.add_action(play=play, title="x", due_on=today(), by=mila, on=today())
    act.take_back(play=play, by=mila, on=today())
    assert state(play) is RescueState.AT_RISK
    assert Task.objects.filter(play=play).open().filter(pk=task.pk).exists()
    assert Rescue.objects.get(play=play).outcome == ""


def test_leaving_red_upward_is_recovered_without_a_word(mila, play):
    on = today() + 30 * DAY
    Spell.objects.filter(account=play.account).update(ended_on=on)
    Spell.objects.create(account=play.account, tier="yellow", began_on=on)
    assert state(play, on - DAY) is RescueState.AT_RISK
    assert state(play, on) is RescueState.RECOVERED


def page(client, play: Play) -> str:
    return " ".join(client.get(f"/rescues/{play.pk}/").content.decode().split())


def test_everything_is_done_in_place(client, mila, play):
    boss = cast.person("boss", Role.EXECUTIVE)
    client.force_login(mila)
    said = page(client, play)
    assert "Day 0 of 90: at risk." in said
    assert "Still missing: the root cause, a plan with an action, an owner and a date, an executive sponsor." in said
    path = f"/rescues/{play.pk}/"
    assert client.post(f"{path}cause/", {"cause": ""}).status_code == 422
    assert client.post(f"{path}cause/", {"cause": "adoption", "note": "Operators left"}).url == path
    late = client.post(f"{path}actions/", {"title": "Train", "due_on": today() - DAY})
    assert (late.status_code, "choose today or a later day" in late.content.decode()) == (422, True)
    client.post(f"{path}actions/", {"title": "Train the night shift", "due_on": today() + 3 * DAY})
    client.post(f"{path}sponsor/", {"sponsor": boss.pk})
    said = page(client, play)
    assert "Day 0 of 90: plan in place." in said and "Still missing" not in said
    assert "Train the night shift" in said and "Operators left" in said and "Sponsor: boss" in said
    complete_task(task=Task.objects.get(step="action.1"), by=mila, on=today())
    client.post(f"{path}conclude/", {"outcome": "lost", "reason": "competitor", "note": "Gone to Kuma"})
    assert "We accept that they leave. Over after 0 days." in page(client, play)
    assert "Gone to Kuma" in client.get(path).content.decode()
    assert client.post(f"{path}take-back/").url == path
    assert "We accept" not in page(client, play)


def test_who_reads_no_names_reads_no_words_of_others(client, mila, play):
    act.write_cause(play=play, cause="people", note="Mr Post left", by=mila, on=today())
    act.add_action(play=play, title="Ring Ilse Brouwer", due_on=today(), by=mila, on=today())
    client.force_login(cast.person("noor", Role.MARKETING))
    said = page(client, play)
    assert "Our people there left or changed" in said
    assert "Mr Post" not in said and "Ilse Brouwer" not in said


def test_nobody_works_a_rescue_of_others(client, team, mila, play):
    for who, seen in (
        (cast.person("bob", team=cast.pool("South")), 404),
        (cast.person("ruud", Role.TECHNICIAN, team), 404),
        (cast.person("boss", Role.EXECUTIVE), 200),
    ):
        client.force_login(who)
        assert client.get(f"/rescues/{play.pk}/").status_code == seen
        for verb in ("cause", "sponsor", "actions", "conclude", "take-back"):
            assert client.post(f"/rescues/{play.pk}/{verb}/", {"cause": "price"}).status_code == 404
        assert client.post("/rescues/start/", {"pick": play.account_id, "confirmed": 1}).status_code == 404
    assert not Rescue.objects.exists()


def test_many_are_begun_at_once_after_a_look_at_them(client, mila):
    accounts = [red(mila, f"Red {n}") for n in range(3)]
    client.force_login(mila)
    asked = client.post("/rescues/start/", {"pick": [a.pk for a in accounts], "next": "/rescues/"})
    assert "Begin a rescue of 3 accounts" in asked.content.decode() and not Play.objects.exists()
    client.post("/rescues/start/", {"pick": [a.pk for a in accounts], "confirmed": "1", "next": "/rescues/"})
    assert Play.objects.filter(playbook="rescue").count() == 3
    said = client.get("/rescues/").content.decode()
    assert "3 accounts are being rescued." in said and all(a.name in said for a in accounts)


def test_the_list_asks_as_much_of_three_as_of_one(client, mila):
    client.force_login(mila)
    counts = []
    for names in (["A"], ["B", "C"]):
        act.start_rescues(accounts=[red(mila, n) for n in names], by=mila, on=today())
        client.get("/rescues/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/rescues/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_api_begins_works_and_ends_one(mila):
    at = red(mila)
    api = APIClient()
    api.force_authenticate(mila)
    made = api.post("/api/v1/rescues/", {"account_id": at.pk}, format="json")
    assert made.status_code == 201, made.data
    path = f"/api/v1/rescues/{made.data['id']}/"
    assert (made.data["state"], made.data["day"]) == ("at_risk", 0)
    assert made.data["missing"] == ["cause", "actions", "sponsor"]
    assert api.post("/api/v1/rescues/", {"account_id": at.pk}, format="json").status_code == 409
    assert api.post(f"{path}cause/", {"cause": "none"}, format="json").status_code == 400
    assert api.post(f"{path}cause/", {"cause": "product"}, format="json").data["cause"] == "product"
    task = api.post(f"{path}actions/", {"title": "Mend it", "due_on": str(today())}, format="json")
    assert (task.status_code, task.data["title"]) == (201, "Mend it")
    assert api.get(path).data["state"] == "planned"
    lost = api.post(f"{path}conclude/", {"outcome": "lost", "reason": "product"}, format="json")
    assert (lost.data["state"], lost.data["closed_on"]) == ("lost", today())
    assert [row["id"] for row in api.get("/api/v1/rescues/?open=false").data["results"]] == [made.data["id"]]
    api.force_authenticate(cast.person("ruud", Role.TECHNICIAN))
    assert api.get(path).status_code == 404
