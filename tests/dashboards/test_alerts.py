"""Alerts on Today: who sees them, what they say, and what somebody does with one."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.models import Organisation, Role
from health.models import Alert
from playbooks.models import Firing, Task
from tests import cast
from tests.dashboards.scores import GREEN, RED, stood

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def alert(account, kind="tier", on=None, **values):
    on = on or today()
    firing = Firing.objects.create(
        rule=f"health.{kind}",
        subject_kind="account",
        subject_id=account.pk,
        occurrence_key=f"{kind}.{on}",
        account=account,
        state="fired",
        due_on=on,
        on=on,
    )
    fell = {"tier": "red", "came_from": "yellow", "score": 52, "score_before": 63} if kind == "tier" else {}
    return Alert.objects.create(account=account, firing=firing, kind=kind, on=on, **(fell | values))


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
def account(mila):
    at = cast.account("Van Houten", mila)
    cast.term(at, today() - 100 * DAY, today() + 200 * DAY, 214_000)
    return at


def desk(client):
    return " ".join(client.get("/?view=tasks").content.decode().split())


def test_today_says_who_fell_and_what_pulls_it(client, mila, account):
    pulls = [["satisfaction", "15.5"], ["relationship", "9.8"]]
    alert(account, facts={"pulls_down": pulls})
    silent = cast.account("Noordhof", mila)
    alert(silent, "silence", facts={"last_contact": "2026-08-14", "call_by": "2026-11-29"})
    client.force_login(mila)
    said = desk(client)
    assert "Van Houten fell to red" in said
    assert "63 to 52; Satisfaction and Relationship pull it down" in said
    assert "<b>€214,000</b>" in said
    assert "Noordhof is silent" in said and "last spoken to on 14 Aug 2026, call by 29 Nov 2026" in said
    assert said.index("Van Houten fell") < said.index("Noordhof is silent")
    assert "2 new this week" in said


def test_an_alert_is_put_off_with_a_reason_until_its_day(client, mila, account):
    found = alert(account)
    client.force_login(mila)
    path = f"/alerts/{found.pk}/snooze/"
    assert client.post(path, {"until": today() + 5 * DAY, "reason": ""}).status_code == 422
    assert client.post(path, {"until": today() + 5 * DAY, "reason": "Visit on Friday", "next": "/"}).url == "/"
    found.refresh_from_db()
    assert (found.snoozed_until, found.snoozed_reason) == (today() + 5 * DAY, "Visit on Friday")
    assert "Van Houten fell" not in desk(client)


def test_an_alert_is_closed_with_a_reason(client, mila, account):
    found = alert(account)
    client.force_login(mila)
    assert client.post(f"/alerts/{found.pk}/close/", {"reason": " "}).status_code == 422
    client.post(f"/alerts/{found.pk}/close/", {"reason": "Known, they move plants"})
    found.refresh_from_db()
    assert (found.closed_on, found.closed_by, found.closed_reason) == (today(), mila, "Known, they move plants")
    assert "Van Houten fell" not in desk(client)


def test_an_alert_becomes_a_task(client, mila, account):
    found = alert(account)
    client.force_login(mila)
    assert "Find out why Van Houten fell to red" in client.get(f"/alerts/{found.pk}/task/").content.decode()
    client.post(f"/alerts/{found.pk}/task/", {"title": "Ring the plant manager", "due_on": today() + 2 * DAY})
    task = Task.objects.get()
    assert (task.title, task.owner, task.account, task.due_on) == (
        "Ring the plant manager", mila.owner, account, today() + 2 * DAY,
    )  # fmt: skip


@pytest.mark.parametrize("verb", ["snooze", "close", "task"])
def test_nobody_acts_on_an_alert_of_others(client, team, account, verb):
    found = alert(account)
    for who in (
        cast.person("bob", team=cast.pool("South")),
        cast.person("boss", Role.EXECUTIVE),
        cast.person("ruud", Role.TECHNICIAN, team),
        cast.person("jon", team=team),
    ):
        client.force_login(who)
        assert client.post(f"/alerts/{found.pk}/{verb}/", {"reason": "x", "until": today() + DAY}).status_code == 404
    found.refresh_from_db()
    assert (found.closed_on, found.snoozed_until) == (None, None)


def test_an_executive_reads_alerts_and_a_technician_sees_none(client, team, account):
    ruud = cast.person("ruud", Role.TECHNICIAN, team)
    cast.asset(account, today() - 900 * DAY, technician=ruud)
    found = alert(account)
    client.force_login(cast.person("boss", Role.EXECUTIVE))
    said = desk(client)
    assert "Van Houten fell to red" in said and f"/alerts/{found.pk}/" not in said
    client.force_login(ruud)
    assert "fell to red" not in desk(client)


def test_the_desk_asks_the_same_for_one_alert_and_three(client, mila, account):
    alert(account)
    client.force_login(mila)
    desk(client)
    with CaptureQueriesContext(connection) as one:
        desk(client)
    for name in "AB":
        alert(cast.account(name, mila))
    with CaptureQueriesContext(connection) as three:
        said = desk(client)
    assert len(three) == len(one)
    assert said.count("fell to red") == 3


def test_my_customers_by_tier_and_a_score_in_each_row(client, mila, account):
    stood(account, today(), RED)
    for name in "AB":
        stood(cast.account(name, mila), today(), GREEN)
    cast.account("C", mila)
    from tests.dashboards.base import task

    task(account, mila, today(), 10)
    client.force_login(mila)
    said = desk(client)
    assert "2 green, 1 red, 1 no score" in said
    score = account.scores.get().score
    assert f"{int(score)} Red" in said
