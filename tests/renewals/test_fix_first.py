"""Fix first on the page of a renewal: the steps to green that stand before the quote, and for whom (CT-32)."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from core.clock import today
from core.models import Organisation
from health.queries import panel
from health.queries.steps import tasks_of_steps
from playbooks.models import Task
from renewals.models import Outcome
from renewals.views import fixing
from tests import cast
from tests.dashboards.scores import GREEN, RED, YELLOW, stood
from tests.renewals.book import ending, renewal

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SECTION = re.compile(r'id="fix-first".*?</section>', re.DOTALL)


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
def page(client, mila):
    client.force_login(mila)
    return client


@pytest.fixture
def row(mila):
    """A renewal past its gate: 58 days to go."""
    return renewal(ending(cast.account("Van Houten", mila), on=today()))


def whole(client, row):
    answer = client.get(f"/renewals/{row.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def section(client, row):
    """The section as its reader sees it, and its source; empty without one."""
    found = SECTION.search(whole(client, row))
    source = found.group() if found else ""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", source)).replace("\xa0", " "), source


def steps_of(row, on):
    found = panel(row.account_id, on)
    return fixing.first(row, found, tasks_of_steps(row.account_id, row.account.owner.user), on)


@pytest.mark.parametrize("readings", [RED, YELLOW])
def test_each_step_says_what_to_do_from_where_to_where_and_what_it_brings(page, row, readings):
    stood(row.account, today(), readings)
    fix = steps_of(row, today())
    assert len(fix.steps) > 1
    said, _source = section(page, row)
    for step in fix.steps:
        assert f"{step['title']} {step['facts']} Make a task {step['points']} points" in said
    assert fix.lacking in said and "Every measure" in said


def test_what_pulls_the_score_down_stands_among_the_steps(page, row):
    """Two critical tickets and no champion cost this customer most; what is well is no step."""
    stood(row.account, today(), RED)
    said, _source = section(page, row)
    assert "Solve the open critical tickets 2 to 0" in said
    assert "Bring the output to specification" not in said


def test_the_points_of_the_steps_are_what_the_last_line_promises(row):
    score = stood(row.account, today(), YELLOW)
    fix = steps_of(row, today())
    reached = score.score + sum(Decimal(step["points"].lstrip("+")) for step in fix.steps)
    promised = Decimal(re.fullmatch(r"All of it together brings the score to ([\d.]+)\.", fix.lacking).group(1))
    assert promised >= 80
    assert abs(promised - reached) <= len(fix.steps) / Decimal(2) + Decimal("0.1")  # each is said in whole points


def test_a_task_stands_in_its_step_with_owner_and_day(page, mila, row):
    stood(row.account, today(), RED)
    _said, source = section(page, row)
    address = f"/accounts/{row.account_id}/health/open_critical/task/"
    assert f'href="{address}?next=%2Frenewals%2F{row.pk}%2F"' in source
    sent = {"account": f"#{row.account_id}", "title": "Both tickets this week", "due_on": today() + 9 * DAY}
    answer = page.post(address, sent | {"next": f"/renewals/{row.pk}/"})
    assert answer.url == f"/renewals/{row.pk}/"
    said, source = section(page, row)
    assert re.search(r"Solve the open critical tickets Both tickets this week mila, \d+ \w+ \+", said)
    assert address not in source and "is-ticked" not in source
    Task.objects.update(done_on=today(), done_by=mila)
    said, source = section(page, row)
    assert "mila, done " in said and source.count("is-ticked") == 1


@pytest.mark.parametrize(
    ("role", "links"),
    [("cs_manager", False), ("sales", False), ("executive", False), ("team_lead", True), ("administrator", True)],
)
def test_whoever_may_not_change_it_reads_the_steps_and_makes_no_task(client, team, row, role, links):
    stood(row.account, today(), RED)
    reader = cast.person("reader", role, team)
    reader.language = "en"
    reader.save()
    client.force_login(reader)
    said, source = section(client, row)
    assert "Solve the open critical tickets" in said
    assert ("/task/" in source, "nobody yet" in said) == (links, not links)


@pytest.mark.parametrize("role", ["technician", "marketing", "operations"])
def test_roles_without_prices_find_no_page(client, team, row, role):
    stood(row.account, today(), RED)
    client.force_login(cast.person("reader", role, team))
    assert client.get(f"/renewals/{row.pk}/").status_code == 404


def test_another_team_finds_no_page(client, row):
    stood(row.account, today(), RED)
    client.force_login(cast.person("bob", team=cast.pool("South")))
    assert client.get(f"/renewals/{row.pk}/").status_code == 404


def test_unknown_health_says_so_and_asks_for_a_talk(page, row):
    text = whole(page, row)
    assert "Health unknown: nothing to fix first, as far as anybody knows" in text
    assert 'id="fix-first"' not in text and "fix first, then send the quote" not in text


def test_a_score_of_too_little_is_unknown_too(page, row):
    """A fifth of the weight is known: there is a row, and no tier."""
    known = {"has_contract": "1", "paid_on_time": "1", "orders_growth": "1"}
    stood(row.account, today(), known, spell=False)
    text = whole(page, row)
    assert "Health unknown" in text and 'id="fix-first"' not in text


def test_green_has_nothing_to_fix(page, row):
    stood(row.account, today(), GREEN)
    text = whole(page, row)
    assert "Healthy: go ahead" in text
    assert 'id="fix-first"' not in text and "fix first, then send the quote" not in text


def test_before_the_gate_the_advice_stands_without_steps(page, mila):
    far = renewal(ending(cast.account("Early", mila), 300, on=today()))
    stood(far.account, today(), RED)
    said, source = section(page, far)
    assert "Fix first, then send the quote" in said
    assert "<ol>" not in source and "Every measure" not in said


def test_a_decided_renewal_offers_no_steps(page, row):
    stood(row.account, today(), RED)
    row.decided_on, row.outcome, row.reason = today(), Outcome.LOST, "price"
    row.outcome_note = "Gone"
    row.save()
    _said, source = section(page, row)
    assert "<ol>" not in source and "/task/" not in source


def test_the_steps_of_a_past_day_are_those_of_its_score(mila, row):
    """What was to be fixed then, though the customer is green today."""
    stood(row.account, today() - 40 * DAY, RED)
    stood(row.account, today(), GREEN)
    then = [step["title"] for step in steps_of(row, today() - 20 * DAY).steps]
    assert "Solve the open critical tickets" in then
    assert steps_of(row, today()).steps == []


def test_the_section_asks_the_same_for_one_task_and_for_three(page, mila, row, django_assert_num_queries):
    stood(row.account, today(), RED)
    for key in ("open_critical", "champion", "voices"):
        facts = {"owner": mila.owner, "due_on": today(), "created_on": today(), "step": f"fix.{key}", "title": key}
        Task.objects.create(account=row.account, subject_kind="account", subject_id=row.account_id, **facts)
        page.get(f"/renewals/{row.pk}/")
        # the opening; renewal, tasks, firings, health, machines, quotes, trail.
        with django_assert_num_queries(8):
            page.get(f"/renewals/{row.pk}/")
