"""Deals: stages, decisions, history, and who may touch them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from core.clock import today
from core.models import Organisation, Owner, Role, Touched
from sales import actions
from sales.models import DealKind, Opportunity, OpportunityPeriod
from sales.queries import days_in_stage, deals, stage_sums
from sales.rules import CLOSED_STAGES, OPEN_STAGES, PipelinePolicy, may_move
from tests import cast

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 2)


@pytest.fixture
def mila():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.person("mila", team=cast.pool("North"))


def deal(by, name="A line", value=1000, on=ON, **values):
    account = values.pop("account", None) or cast.account(owner=by)
    worth = None if value is None else Decimal(value)
    return actions.create_opportunity(
        account=account, kind=DealKind.UPGRADE, name=name, owner=Owner.objects.of(by), by=by, on=on, value=worth
    )


@pytest.mark.parametrize("stage", OPEN_STAGES)
def test_probabilities_rise_along_the_stages(stage):
    policy = PipelinePolicy()
    place = OPEN_STAGES.index(stage)
    assert all(policy.probability(s) < policy.probability(stage) for s in OPEN_STAGES[:place])
    assert 0 < policy.probability(stage) < 1


@pytest.mark.parametrize("stage", CLOSED_STAGES)
def test_decided_deals_do_not_move(stage):
    assert not any(may_move(stage, to) for to in (*OPEN_STAGES, *CLOSED_STAGES))
    assert not any(may_move(to, stage) for to in OPEN_STAGES)


def test_moving_keeps_history_and_touches_the_deal(mila):
    found = deal(mila)
    actions.move_stage(opportunity=found, to="proposal", by=mila, on=ON + timedelta(days=10))
    found.refresh_from_db()
    assert (found.stage, found.probability) == ("proposal", Decimal("0.5000"))
    periods = OpportunityPeriod.objects.filter(opportunity=found).order_by("valid_from")
    assert [(p.stage, p.valid_to) for p in periods] == [("identified", ON + timedelta(days=10)), ("proposal", None)]
    assert Touched.objects.get(kind="opportunity", subject_id=found.pk).since == ON


def test_days_in_a_stage_count_from_the_last_move(mila):
    found = deal(mila)
    assert days_in_stage(deals(mila, ON).get(), ON + timedelta(days=4)) == 4
    actions.move_stage(opportunity=found, to="proposal", by=mila, on=ON + timedelta(days=10))
    assert days_in_stage(deals(mila, ON).get(), ON + timedelta(days=15)) == 5


def test_losing_needs_a_reason_and_a_decision_is_made_once(mila):
    found = deal(mila)
    with pytest.raises(ValidationError):
        actions.close(opportunity=found, won=False, by=mila, on=ON)
    actions.close(opportunity=found, won=False, by=mila, on=ON, reason="price")
    with pytest.raises(ValidationError):
        actions.close(opportunity=found, won=True, by=mila, on=ON)
    found.refresh_from_db()
    assert (found.stage, found.closed_on, found.lost_reason, found.probability) == ("lost", ON, "price", 0)
    with pytest.raises(ValidationError):
        actions.move_stage(opportunity=found, to="proposal", by=mila, on=ON)


def test_reopening_takes_the_decision_back(mila):
    found = deal(mila)
    actions.close(opportunity=found, won=True, by=mila, on=ON)
    actions.reopen(opportunity=found, by=mila, on=ON)
    found.refresh_from_db()
    assert (found.stage, found.closed_on, found.closed_by) == ("negotiation", None, None)


def test_sums_by_stage_say_what_is_unknown(mila):
    deal(mila, value=1000)
    deal(mila, value=None)
    sums = {s.stage: s for s in stage_sums(deals(mila, ON), PipelinePolicy())}
    first = sums["identified"]
    assert (first.count, first.value, first.unknown, first.weighted) == (2, 1000, 1, 50)
    assert sums["proposal"].count == 0


def test_pages_ask_the_same_for_one_deal_and_three(client, mila, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(mila)
    deal(mila)
    client.get("/pipeline/")
    with CaptureQueriesContext(connection) as one:
        client.get("/pipeline/")
    deal(mila), deal(mila)
    with django_assert_num_queries(len(one)):
        client.get("/pipeline/")


def test_a_colleague_sees_a_deal_and_cannot_move_it(client, mila):
    found = deal(mila)
    jon = cast.person("jon", team=mila.memberships.get().team)
    client.force_login(jon)
    assert client.get(f"/pipeline/{found.pk}/").status_code == 200
    assert client.post(f"/pipeline/{found.pk}/stage/", {"stage": "proposal"}).status_code == 404
    assert client.post(f"/pipeline/{found.pk}/close/", {"outcome": "won"}).status_code == 404
    assert Opportunity.objects.get().stage == "identified"


@pytest.mark.parametrize("role", [Role.MARKETING, Role.OPERATIONS])
def test_those_who_see_no_prices_see_none(client, mila, role):
    found = deal(mila, value=987654)
    client.force_login(cast.person("reader", role))
    for url in ("/pipeline/", f"/pipeline/{found.pk}/"):
        page = client.get(url)
        assert page.status_code == 200
        assert b"987,654" not in page.content


def test_a_lost_deal_without_reason_keeps_the_dialog_open(client, mila):
    found = deal(mila)
    client.force_login(mila)
    answer = client.post(f"/pipeline/{found.pk}/close/", {"outcome": "lost", "reason": " "})
    assert answer.status_code == 422
    assert b"data-open" in answer.content
    client.post(f"/pipeline/{found.pk}/close/", {"outcome": "lost", "reason": "too dear"})
    assert Opportunity.objects.get().closed_on == today()


@pytest.mark.parametrize("query", ["show=nonsense", "kind=none", "owner=x", "cursor=abc", "account=-"])
def test_wrong_input_shows_the_pipeline(client, mila, query):
    deal(mila, "The one deal")
    client.force_login(mila)
    assert b"The one deal" in client.get(f"/pipeline/?{query}").content
