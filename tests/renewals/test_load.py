"""The load: each number is that of the rows it opens; too much is what the policy says."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest

from core.actions import publish_policy
from core.clock import today
from renewals.queries.load import loads_of
from renewals.rules import LoadPolicy
from tests import cast
from tests.renewals.book import task
from tests.renewals.pages import QUEUE, standing, text_of

LOAD = f"{QUEUE}load/"


@pytest.fixture
def lead(team):
    return cast.person("hanna", "team_lead", team)


@pytest.fixture
def leading(client, lead):
    client.force_login(lead)
    return client


def furnish(mila, team):
    standing(mila, "A", annual=1000, late_days=2)
    task(standing(mila, "B", annual=500), due_on=today() - timedelta(days=1))
    standing(mila, "Asleep", annual=9000, snoozed_until=today() + timedelta(days=9), snoozed_reason="x")
    standing(team, "Pool's", annual=70)
    standing(cast.person("far", team=cast.pool("South")), "Elsewhere")
    cast.person("carl", team=team)


def test_the_loads_add_up(mila, team, lead):
    furnish(mila, team)
    found = {r.name: (r.count, r.value, r.step_late, r.started_late) for r in loads_of(lead, on=today()).rows}
    assert found == {"mila": (2, 1500, 1, 1), "North": (1, 70, 0, 0), "carl": (0, 0, 0, 0)}


def test_each_number_opens_its_rows(leading, mila, team):
    furnish(mila, team)
    html = leading.get(LOAD).content.decode()
    links = re.findall(r'<a class="asked[^"]*" href="([^"]+)">([\d,]+)</a>', html)
    assert len(links) == 6
    for link, number in links:
        shown = leading.get(unescape(link)).content.decode()
        rows = len(re.findall(r'id="renewal-\d+"', shown))
        values = sum(int(v) for v in re.findall(r'data-amount="(\d+)', shown))
        assert int(number.replace(",", "")) in (rows, values), link


def test_who_has_more_than_the_policy_says_is_named(leading, mila, team, lead):
    furnish(mila, team)
    assert "Nobody has too much." in text_of(leading.get(LOAD))
    admin = cast.person("admin", "administrator")
    publish_policy(values=LoadPolicy(most_open=1), valid_from=today(), by=admin)
    said = text_of(leading.get(LOAD))
    assert "mila has too much." in said and "1 too many" in said and "more than 1 open renewals" in said
    publish_policy(values=LoadPolicy(most_value=Decimal(1400)), valid_from=today() + timedelta(days=1), by=admin)
    rows = loads_of(lead, on=today() + timedelta(days=1)).too_much
    assert [(r.name, r.over, r.too_dear) for r in rows] == [("mila", 0, True)]


@pytest.mark.parametrize(
    ("role", "status"),
    [("team_lead", 200), ("executive", 200), ("administrator", 200), ("cs_manager", 404), ("sales", 404)]
    + [(role, 404) for role in ("technician", "marketing", "operations")],
)
def test_who_leads_sees_it_and_nobody_else(client, mila, team, role, status):
    furnish(mila, team)
    client.force_login(cast.person("reader", role, team))
    answer = client.get(LOAD)
    assert answer.status_code == status
    assert (f'href="{LOAD}"' in client.get(QUEUE).content.decode()) == (status == 200)
    assert ("mila" in text_of(answer)) == (status == 200)


@pytest.mark.parametrize("count", [1, 12])
def test_the_load_asks_the_same_questions_however_many_rows(leading, team, count, django_assert_num_queries):
    for number in range(count):
        standing(cast.person(f"p{number}", team=team), f"A{number}")
    leading.get(LOAD)
    with django_assert_num_queries(3):  # the opening; the sums, the managers
        leading.get(LOAD)
