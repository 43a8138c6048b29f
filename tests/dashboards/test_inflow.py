"""The left of the bowtie: leads, what became of them, deals in play, and the head of the first stage."""

import re
from datetime import date, timedelta

import pytest

from core import clock
from core.metrics import compute_many
from core.models import Role
from core.scope import System
from dashboards.bowtie.picture import inflow
from tests.cast import account, asset, person, posted
from tests.sales.base import deal
from tests.sales.inflow import lead, source, spend_all

pytestmark = pytest.mark.django_db
KEYS = ("lead_volume", "win_rate", "pipeline_value")


@pytest.fixture
def today():
    return clock.today()


@pytest.fixture
def ceo(client):
    client.force_login(person("ceo", Role.EXECUTIVE))
    return client


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def some_inflow(today: date) -> None:
    at = account("Van Houten")
    asset(at, today - timedelta(days=900))
    posted(at, today - timedelta(days=500), 100, "service_contract")
    fair = source("Trade fairs")
    for n in range(6):
        lead(today - timedelta(days=20 + n), fair, employees=80)
    lead(today - timedelta(days=200), source("Website", "search"), employees=10, dropped=today - timedelta(days=9))
    for n in range(3):
        lead(today - timedelta(days=150 + n), fair, employees=90, became=today - timedelta(days=90))
    new = account("New")
    deal(new, ("identified", today - timedelta(days=90)), ("won", today - timedelta(days=5)))
    deal(new, ("identified", today - timedelta(days=90)), ("lost", today - timedelta(days=5)))
    deal(new, ("identified", today - timedelta(days=90)))


def test_the_flow_is_leads_opportunities_and_won(today):
    some_inflow(today)
    flow = inflow(compute_many(KEYS, on=today, actor=System("tests")))
    assert (flow.leads, flow.opportunities, flow.won) == (10, 3, 1)


def test_more_wins_than_leads_of_the_year_take_the_room_there_is(today):
    some_inflow(today)
    for _ in range(5):
        deal(account(), ("identified", today - timedelta(days=300)), ("won", today - timedelta(days=5)))
    flow = inflow(compute_many(KEYS, on=today, actor=System("tests")))
    assert flow.won == flow.opportunities == 3


def test_the_picture_and_the_head_tell_it(ceo, today):
    some_inflow(today)
    said = words(ceo.get("/bowtie/"))
    for told in (
        "10 leads", "3 became opportunities", "30%", "1 dropped", "6 still open", "3 deals in play",
        "1 won of 2 decided", "1 lost, 1 still open", "90% Lead quality", "Largest source", "Cost per lead",
    ):  # fmt: skip
        assert told in said


def test_every_number_of_the_left_opens_its_receipt(ceo, today):
    some_inflow(today)
    page = ceo.get("/bowtie/").content.decode()
    for key in ("lead_volume", "lead_conversion", "win_rate", "pipeline_value", "lead_quality", "source_concentration"):
        assert re.search(rf'href="/metrics/{key}/', page), key
    receipt = words(ceo.get("/metrics/lead_volume/"))
    assert "Bakkerij Van Dam" in receipt and "Trade fairs" in receipt


def test_the_stage_page_leads_to_what_was_spent(ceo, today):
    some_inflow(today)
    spend_all(today.replace(year=today.year - 1, day=1), 13, 1000)
    page = ceo.get("/bowtie/lead-generation/")
    assert 'href="/leads/spend/"' in page.content.decode()
    assert page.context["reading"].value("cost_per_lead")


def test_without_leads_the_stage_waits(ceo, today):
    asset(account(), today - timedelta(days=900))
    said = words(ceo.get("/bowtie/"))
    assert "No leads recorded yet, or no profile that says which are good." in said
