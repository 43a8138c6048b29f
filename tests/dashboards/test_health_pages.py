"""Health on the pages: the panel of an account, its receipt, and customers by health."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.models import Organisation, Role
from dashboards.health import panel
from health.models import Spell
from playbooks.models import Task
from tests import cast
from tests.dashboards.scores import GREEN, RED, YELLOW, stood

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


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
    return cast.account("Van Houten", mila, country="NL")


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_panel_says_how_far_from_green_and_what_would_turn_it(page, mila, account):
    stood(account, today() - 400 * DAY, GREEN)
    row = stood(account, today() - 30 * DAY, RED)
    said = text_of(page.get(f"/accounts/{account.pk}/"))
    view = panel.view(account.pk, mila, today())
    assert view.tier == "red"
    assert view.short == f"{80 - int(row.score)} short of green"
    assert view.short in said
    assert "would turn it green" in view.title and view.title in said
    assert "Solve the open critical tickets" in said
    assert f"red since {(today() - 30 * DAY).day}" in view.since and view.since.endswith("green before")
    assert len(view.sides) == 5 and len(view.pulls) == 3
    reached = row.score + sum((Decimal(step["points"].lstrip("+")) for step in view.steps), Decimal(0))
    assert reached >= 78


def test_unknown_is_a_range_and_says_what_is_missing(page, mila, account):
    stood(account, today(), YELLOW, without="relationship")
    view = panel.view(account.pk, mila, today())
    said = text_of(page.get(f"/accounts/{account.pk}/"))
    assert view.range.startswith("85% known, between ")
    assert view.range in said
    assert view.doubt in said
    side = view.sides[3]
    assert (side.name, side.value, side.status) == ("Relationship", None, "unknown")
    assert side.why == "no conversations noted; log calls and visits on the account"


def test_without_a_score_the_page_says_what_it_waits_for(page, account):
    assert "No health score yet" in text_of(page.get(f"/accounts/{account.pk}/"))
    assert "A score begins when half of the weight below is known" in text_of(
        page.get(f"/accounts/{account.pk}/health/")
    )


def test_a_task_stands_for_a_step_with_owner_and_date(page, mila, account):
    stood(account, today(), RED)
    form = text_of(page.get(f"/accounts/{account.pk}/health/open_critical/task/"))
    assert "Solve the open critical tickets" in form
    sent = {"account": f"#{account.pk}", "title": "Solve both tickets", "due_on": today() + 9 * DAY}
    assert page.post(f"/accounts/{account.pk}/health/open_critical/task/", sent).url == f"/accounts/{account.pk}/"
    task = Task.objects.get()
    assert (task.step, task.owner, task.account) == ("fix.open_critical", mila.owner, account)
    step = next(s for s in panel.view(account.pk, mila, today()).steps if s["key"] == "open_critical")
    assert step["task"] == task
    assert step["facts"].startswith(f"{mila.owner.name}, ")


def test_the_receipt_lists_every_measure_and_a_past_day_shows_that_days_score(page, account):
    stood(account, today() - 100 * DAY, GREEN)
    stood(account, today(), RED)
    now = text_of(page.get(f"/accounts/{account.pk}/health/"))
    for words in ("Machines that run", "Invoices paid in time", "policy version 1", "50% is 0, 80% is 60, 95% is 100"):
        assert words in now
    assert "Health is red" in now
    then = text_of(page.get(f"/accounts/{account.pk}/health/?as_of={today() - 50 * DAY}"))
    assert "Health is green" in then and "read only" in then
    assert "Make a task" not in then


def test_bad_health_with_much_money_comes_first(page, mila):
    values = {"Small red": (RED, 10_000), "Large red": (RED, 300_000), "Large green": (GREEN, 900_000)}
    for name, (readings, annual) in values.items():
        at = cast.account(name, mila)
        cast.term(at, today() - 100 * DAY, today() + 200 * DAY, annual)
        stood(at, today(), readings)
    cast.account("New", mila)
    answer = page.get("/accounts/health/")
    shown = [row["account"].name for row in answer.context["lines"]]
    assert shown == ["Large red", "Small red", "Large green", "New"]
    said = text_of(answer)
    assert "Begin with <b>Large red</b>" in said
    assert [(c["key"], c["value"], c["count"]) for c in answer.context["columns"]] == [
        ("red", "€310,000", "2 customers"),
        ("yellow", "€0", "0 customers"),
        ("green", "€900,000", "1 customer"),
        ("unknown", "€0", "1 customer"),
    ]
    only = page.get("/accounts/health/?tier=green&sort=name")
    assert [row["account"].name for row in only.context["lines"]] == ["Large green"]
    lines = page.get("/accounts/health/file/?tier=red").content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["Account", "Large red", "Small red"]


@pytest.mark.parametrize("address", ["/accounts/health/", "/accounts/", "/accounts/{pk}/", "/accounts/{pk}/health/"])
def test_the_pages_ask_the_same_for_one_and_three(page, mila, account, address):
    stood(account, today(), RED)
    path = address.format(pk=account.pk)
    page.get(path)
    with CaptureQueriesContext(connection) as one:
        page.get(path)
    for name in "AB":
        at = cast.account(name, mila)
        stood(at, today() - 40 * DAY, GREEN)
        stood(at, today(), YELLOW)
    stood(account, today() - 40 * DAY, GREEN, spell=False)
    with CaptureQueriesContext(connection) as three:
        page.get(path)
    assert len(three) == len(one)


def test_a_technician_sees_the_tier_and_no_more(client, team, account):
    ruud = cast.person("ruud", Role.TECHNICIAN, team)
    cast.asset(account, today() - 900 * DAY, technician=ruud)
    stood(account, today(), RED)
    client.force_login(ruud)
    said = text_of(client.get(f"/accounts/{account.pk}/"))
    assert "pill-risk" in said
    assert "What pulls it down" not in said
    assert client.get(f"/accounts/{account.pk}/health/").status_code == 404
    assert client.get("/accounts/health/").status_code == 404
    assert "/accounts/health/" not in text_of(client.get("/accounts/"))


def test_who_sees_no_prices_gets_scores_without_euros(client, team, account):
    cast.term(account, today() - 100 * DAY, today() + 200 * DAY, 123_456)
    stood(account, today(), RED)
    client.force_login(cast.person("ops", Role.OPERATIONS, team))
    answer = client.get("/accounts/health/?sort=-risk")
    assert answer.context["sort"] == "score"
    assert "123,456" not in text_of(answer)
    assert "123456" not in client.get("/accounts/health/file/").content.decode()


def test_another_teams_customer_is_not_there(client, account):
    stood(account, today(), RED)
    client.force_login(cast.person("bob", team=cast.pool("South")))
    assert client.get(f"/accounts/{account.pk}/health/").status_code == 404
    assert client.get(f"/accounts/{account.pk}/health/open_critical/task/").status_code == 404
    assert client.get("/accounts/health/").context["lines"] == []


@pytest.mark.parametrize("role", [role for role in Role if role != Role.TECHNICIAN])
def test_an_empty_list_says_why_to_every_role(client, team, role):
    client.force_login(reader(role, team))
    assert "No customers here yet." in text_of(client.get("/accounts/health/"))
    filtered = client.get("/accounts/health/?q=zzzz")
    said = text_of(filtered)
    assert "No customer answers to these filters" in said and "Show all customers" in said
    assert "No customers here yet." not in said


@pytest.mark.parametrize("role", [role for role in Role if role != Role.TECHNICIAN])
def test_one_customer_and_its_measures_for_every_role(client, team, account, role):
    """Who sees no prices reads the same health without a euro."""
    cast.term(account, today() - 100 * DAY, today() + 200 * DAY, 123_456)
    stood(account, today() - 30 * DAY, RED)
    client.force_login(reader(role, team))
    listed, measures = client.get("/accounts/health/"), client.get(f"/accounts/{account.pk}/health/")
    assert [line["account"].name for line in listed.context["lines"]] == ["Van Houten"]
    assert "Begin with <b>Van Houten</b>" in text_of(listed)
    assert ("123,456" in text_of(listed)) == (role not in (Role.MARKETING, Role.OPERATIONS))
    assert "Solve the open critical tickets" in text_of(measures) and "123,456" not in text_of(measures)


def test_the_pages_in_dutch(client, team, account):
    stood(account, today() - 30 * DAY, RED)
    user = reader(Role.TEAM_LEAD, team)
    user.language = "nl"
    user.save()
    client.force_login(user)
    for address in ("/accounts/health/", f"/accounts/{account.pk}/health/", f"/accounts/{account.pk}/"):
        answer = client.get(address)
        assert answer.headers["Content-Language"] == "nl"
        assert "Gezondheid" in text_of(answer) and "What pulls it down" not in text_of(answer)


def test_scores_are_the_same_whole_points_on_panel_and_measures(page, mila, account):
    """79.6 is 79 everywhere: it is not green yet."""
    stood(account, today(), YELLOW)
    answer = page.get(f"/accounts/{account.pk}/health/")
    sides = {side.name: side.value for side in answer.context["health"].sides}
    parts = {part.name: part.score for part in answer.context["parts"]}
    assert parts == sides
    assert all(value == value.to_integral_value() for value in parts.values())


def test_a_spell_names_the_score_at_its_start(page, account):
    stood(account, today() - 30 * DAY, RED)
    Spell.objects.update(score=Decimal("59.6"))
    answer = page.get(f"/accounts/{account.pk}/health/")
    assert "Score at its start" in text_of(answer)
    assert [row["score"] for row in answer.context["spells"]] == ["59"]


def reader(role, team):
    found = cast.person("reader", role, team)
    found.language = "en"
    found.save()
    return found
