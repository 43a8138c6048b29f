"""Tasks in people's hands: done, put off, handed on, written, and the journal."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from core.clock import today
from core.models import Organisation, Owner, Role
from playbooks.actions import tasks as act
from playbooks.models import Note, Task
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.pool("North")


@pytest.fixture
def mila(team):
    return cast.person("mila", team=team)


def task(by, title="Call them", **values):
    account = values.pop("account", None) or cast.account("Van Houten", by)
    return act.add_task(account=account, title=title, due_on=today(), by=by, on=today(), **values)


def test_done_stands_on_its_first_day_and_can_be_taken_back(mila):
    found = task(mila)
    act.complete_task(task=found, by=mila, on=today())
    act.complete_task(task=found, by=mila, on=today() + timedelta(days=3))
    found.refresh_from_db()
    assert (found.done_on, found.done_by) == (today(), mila)
    act.reopen_task(task=found, by=mila)
    assert Task.objects.open().count() == 1


def test_who_and_why_stand_in_the_audit_trail(mila):
    found = task(mila)
    act.complete_task(task=found, by=mila, on=today())
    event = found.audit_events.select_related("pgh_context").latest("pgh_id")
    assert (event.pgh_context.metadata["user"], event.pgh_context.metadata["why"]) == (
        mila.pk,
        "playbooks.complete_task",
    )


@pytest.mark.parametrize(("days", "reason"), [(0, "later"), (-1, "later"), (5, ""), (5, "  ")])
def test_putting_off_asks_for_a_later_day_and_a_reason(mila, days, reason):
    found = task(mila)
    with pytest.raises(ValidationError):
        act.snooze_tasks(tasks=[found], until=today() + timedelta(days=days), reason=reason, by=mila, on=today())


def test_the_form_puts_off_and_keeps_what_was_typed(client, mila):
    found = task(mila)
    client.force_login(mila)
    wrong = client.post(f"/tasks/{found.pk}/snooze/", {"until": today(), "reason": "they are away"})
    assert wrong.status_code == 422
    assert b"they are away" in wrong.content
    later = today() + timedelta(days=9)
    answer = client.post(f"/tasks/{found.pk}/snooze/", {"until": later, "reason": "away", "next": "//evil.example"})
    assert answer.url == "/"
    found.refresh_from_db()
    assert (found.snoozed_until, found.snoozed_reason) == (later, "away")


def test_a_pool_task_is_taken_by_one_of_the_pool(client, mila, team):
    found = task(mila, owner=Owner.objects.of(team))
    client.force_login(mila)
    client.post(f"/tasks/{found.pk}/take/")
    found.refresh_from_db()
    assert found.owner == Owner.objects.of(mila)


def test_work_is_handed_on_within_the_team_only(client, mila, team):
    found = task(mila)
    jon, zoe = cast.person("jon", team=team), cast.person("zoe", team=cast.pool("South"))
    client.force_login(mila)
    answer = client.post(f"/tasks/{found.pk}/reassign/", {"owner": Owner.objects.of(zoe).pk})
    assert answer.status_code == 422
    client.post(f"/tasks/{found.pk}/reassign/", {"owner": Owner.objects.of(jon).pk})
    found.refresh_from_db()
    assert found.owner == Owner.objects.of(jon)


@pytest.mark.parametrize("verb", ["done", "reopen", "snooze", "wake", "reassign", "take"])
def test_other_teams_tasks_do_not_exist(client, mila, verb):
    found = task(mila)
    client.force_login(cast.person("zoe", team=cast.pool("South")))
    assert client.post(f"/tasks/{found.pk}/{verb}/").status_code == 404
    assert Task.objects.open().count() == 1


def test_a_task_is_written_for_an_account_by_its_name(client, mila):
    cast.account("Van Houten", mila)
    cast.account("Elsewhere", cast.person("zoe", team=cast.pool("South")))
    client.force_login(mila)
    values = {"title": "Ring back", "due_on": today()}
    assert client.post("/tasks/new/", values | {"account": "Elsewhere"}).status_code == 422
    client.post("/tasks/new/", values | {"account": "van houten"})
    found = Task.objects.get()
    assert (found.account.name, found.title, found.owner) == ("Van Houten", "Ring back", Owner.objects.of(mila))


def test_two_accounts_of_one_name_are_not_guessed_between(client, mila):
    first, second = cast.account("Twin", mila), cast.account("Twin", mila)
    client.force_login(mila)
    values = {"text": "They will grow", "on": today()}
    assert client.post("/notes/new/", values | {"account": "Twin"}).status_code == 422
    client.post("/notes/new/", values | {"account": f"#{second.pk}"})
    assert Note.objects.get().account == second != first


def test_the_journal_does_not_hold_the_future(client, mila):
    account = cast.account("Van Houten", mila)
    client.force_login(mila)
    values = {"account": f"#{account.pk}", "text": "x", "on": today() + timedelta(days=1)}
    assert client.post("/notes/new/", values).status_code == 422
    assert not Note.objects.exists()


def test_readers_write_no_notes(client, mila):
    account = cast.account("Van Houten", mila)
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    assert client.post("/notes/new/", {"account": f"#{account.pk}", "text": "x", "on": today()}).status_code == 422
