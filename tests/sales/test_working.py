"""Working deals: back with a reason, won with a value and a day, lines, shared credit, and what is told."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from core.clock import today
from core.models import Organisation, Outbox, Owner, Role
from sales import actions
from sales.actions import Line
from sales.models import Opportunity, OpportunityCredit
from sales.rules import Share
from tests import cast
from tests.api.conftest import writer
from tests.api.test_problems import problem
from tests.sales.base import deal

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 2)


@pytest.fixture
def mila():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.person("mila", team=cast.pool("North"))


@pytest.fixture
def at(mila):
    return cast.account("Van Houten", owner=mila)


@pytest.fixture
def open_deal(at, mila):
    return opened(at, mila)


def opened(at, by, kind="upgrade", value=1000, **values):
    worth = None if value is None else Decimal(value)
    owner = values.pop("owner", None) or Owner.objects.of(by)
    return actions.create_opportunity(
        account=at, kind=kind, name="A line", owner=owner, by=by, on=ON, value=worth, **values
    )


def test_going_back_says_why_and_keeps_it(open_deal, mila):
    actions.move_stage(opportunity=open_deal, to="negotiation", by=mila, on=ON + timedelta(days=5))
    with pytest.raises(ValidationError, match="Say why it goes back"):
        actions.move_stage(opportunity=open_deal, to="proposal", by=mila, on=ON + timedelta(days=9))
    open_deal.refresh_from_db()
    assert (open_deal.stage, open_deal.periods.count()) == ("negotiation", 2)
    actions.move_stage(opportunity=open_deal, to="proposal", by=mila, on=ON + timedelta(days=9), reason=" No money ")
    assert [(p.stage, p.stage_reason) for p in open_deal.periods.order_by("valid_from")] == [
        ("identified", ""),
        ("negotiation", ""),
        ("proposal", "No money"),
    ]
    actions.move_stage(opportunity=open_deal, to="negotiation", by=mila, on=ON + timedelta(days=12), reason="x")
    open_deal.refresh_from_db()
    assert open_deal.stage_reason == ""


def test_a_kind_knows_its_own_stages_alone(open_deal, at, mila):
    with pytest.raises(ValidationError, match="no such stage"):
        actions.move_stage(opportunity=open_deal, to="needs_analysis", by=mila, on=ON)
    first = opened(at, mila, kind="new_logo")
    actions.move_stage(opportunity=first, to="needs_analysis", by=mila, on=ON)
    first.refresh_from_db()
    assert (first.stage, first.probability) == ("needs_analysis", Decimal("0.2500"))


def test_winning_asks_for_a_value(at, mila):
    unknown = opened(at, mila, value=None)
    with pytest.raises(ValidationError, match="won with its value"):
        actions.close(opportunity=unknown, won=True, by=mila, on=ON)
    actions.close(opportunity=unknown, won=True, value=Decimal(700), by=mila, on=ON)
    unknown.refresh_from_db()
    assert (unknown.stage, unknown.value_reporting, unknown.closed_on) == ("won", 700, ON)
    assert unknown.periods.get(valid_to=None).value_reporting == 700


@pytest.mark.parametrize(
    ("closed_on", "words"),
    [(ON + timedelta(days=11), "today or earlier"), (ON - timedelta(days=1), "before the day on which")],
)
def test_a_deal_closes_on_a_day_that_can_be(open_deal, mila, closed_on, words):
    with pytest.raises(ValidationError, match=words):
        actions.close(opportunity=open_deal, won=True, closed_on=closed_on, by=mila, on=ON + timedelta(days=10))
    open_deal.refresh_from_db()
    assert open_deal.stage == "identified"


def test_a_decision_counts_from_the_day_it_was_made(open_deal, mila):
    actions.close(
        opportunity=open_deal, won=True, closed_on=ON + timedelta(days=4), by=mila, on=ON + timedelta(days=10)
    )
    open_deal.refresh_from_db()
    assert open_deal.closed_on == ON + timedelta(days=4)
    assert open_deal.periods.get(stage="won").valid_from == ON + timedelta(days=4)


def test_a_reason_from_the_list_or_in_words(at, mila):
    listed, told = opened(at, mila), opened(at, mila)
    actions.close(opportunity=listed, won=False, because="competitor", reason="Cheaper arm", by=mila, on=ON)
    actions.close(opportunity=told, won=False, reason="They moved", by=mila, on=ON)
    rows = Opportunity.objects.order_by("pk").values_list("lost_because", "lost_reason")
    assert list(rows) == [("competitor", "Cheaper arm"), ("other", "They moved")]
    actions.reopen(opportunity=listed, by=mila, on=ON)
    listed.refresh_from_db()
    assert (listed.lost_because, listed.lost_reason) == ("", "")


def test_the_owner_is_told_unless_they_decided_it(at, mila):
    jon = cast.person("jon")
    own, other = opened(at, mila), opened(at, mila, owner=Owner.objects.of(jon))
    for one in (own, other):
        actions.close(opportunity=one, won=True, by=mila, on=ON)
    actions.close(opportunity=opened(at, mila), won=False, because="price", by=mila, on=ON)
    told = {m.subject_id: m for m in Outbox.objects.filter(kind="opportunity.won")}
    assert (told[own.pk].destination, told[other.pk].destination) == ("events", f"owner:{Owner.objects.of(jon).pk}")
    assert (told[own.pk].payload["value_reporting"], told[own.pk].payload["on"]) == ("1000.00", ON.isoformat())
    assert Outbox.objects.get(kind="opportunity.lost").payload["lost_because"] == "price"


def test_machines_of_a_deal_belong_to_its_account(open_deal, at, mila):
    mine, theirs = cast.asset(at, ON), cast.asset(cast.account("B", owner=mila), ON)
    for wrong, words in (([mine, mine], "stands in a deal once"), ([theirs], "machines of this account")):
        with pytest.raises(ValidationError, match=words):
            actions.change_lines(opportunity=open_deal, lines=[Line(asset_id=a.pk) for a in wrong], by=mila, on=ON)
    actions.change_lines(opportunity=open_deal, lines=[Line(mine.pk, None, Decimal(5))], by=mila, on=ON)
    assert list(open_deal.lines.values_list("asset", "value_reporting")) == [(mine.pk, 5)]
    actions.close(opportunity=open_deal, won=False, reason="x", by=mila, on=ON)
    with pytest.raises(ValidationError, match="decided already"):
        actions.change_lines(opportunity=open_deal, lines=[], by=mila, on=ON)


def test_credit_is_shared_whole_and_goes_with_the_decision(open_deal, mila):
    ruud = cast.person("ruud", Role.TECHNICIAN)
    parts = [Share(mila.pk, "cs", Decimal("0.9")), Share(ruud.pk, "technician", Decimal("0.1"))]
    with pytest.raises(ValidationError, match="that is won"):
        actions.share_credit(opportunity=open_deal, shares=parts, by=mila, on=ON)
    actions.close(opportunity=open_deal, won=True, by=mila, on=ON)
    with pytest.raises(ValidationError, match=r"90\.00 %"):
        actions.share_credit(opportunity=open_deal, shares=parts[:1], by=mila, on=ON)
    with pytest.raises(ValidationError, match="twice"):
        actions.share_credit(opportunity=open_deal, shares=[parts[0], parts[0]], by=mila, on=ON)
    assert not OpportunityCredit.objects.exists()
    actions.share_credit(opportunity=open_deal, shares=parts, by=mila, on=ON)
    assert sum(OpportunityCredit.objects.values_list("share", flat=True)) == 1
    actions.reopen(opportunity=open_deal, by=mila, on=ON)
    assert not OpportunityCredit.objects.exists()


# Pages


def test_the_board_shows_one_pipeline_and_marks_what_stands_still(client, at, mila):
    client.force_login(mila)
    on = today()
    deal(at, ("identified", on - timedelta(days=300)), name="First line")
    deal(at, ("needs_analysis", on - timedelta(days=5)), kind="upgrade", name="Old stage")
    deal(at, ("proposal", on - timedelta(days=3)), kind="upgrade", name="Fresh upgrade")
    new = client.get("/pipeline/").content.decode()
    assert "First line" in new and "stands still" in new and "Fresh upgrade" not in new
    growth = client.get("/pipeline/?pipeline=expansion").content.decode()
    assert "Fresh upgrade" in growth and "stands still" not in growth and "First line" not in growth
    qualify = growth.split('data-stage="qualification"')[1].split("</section>")[0]
    assert "Old stage" in qualify and 'data-stage="needs_analysis"' not in growth


def test_age_finds_what_stands_still_and_what_is_old(client, at, mila):
    client.force_login(mila)
    on = today()
    deal(at, ("identified", on - timedelta(days=200)), ("proposal", on - timedelta(days=2)), name="Old and moving")
    stuck = deal(at, ("proposal", on - timedelta(days=70)), name="Stuck")
    shown = client.get("/pipeline/?age=stalled&view=list").content
    assert b"Stuck" in shown and b"Old and moving" not in shown
    shown = client.get("/pipeline/?age=180").content
    assert b"Old and moving" in shown and b"Stuck" not in shown
    cast.moment(at, on, subject_kind="opportunity", subject_id=stuck.pk)
    assert b"Stuck" not in client.get("/pipeline/?age=stalled").content


def test_the_board_asks_the_same_for_one_deal_and_many(client, at, mila, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(mila)
    deal(at, ("identified", today()))
    client.get("/pipeline/")
    with CaptureQueriesContext(connection) as one:
        client.get("/pipeline/")
    for stage in ("identified", "qualification", "proposal"):
        deal(at, (stage, today()))
    with django_assert_num_queries(len(one)):
        client.get("/pipeline/")


def test_a_column_shows_the_largest_and_links_to_the_rest(client, at, mila):
    from sales.queries import CARDS

    client.force_login(mila)
    for number in range(CARDS + 2):
        deal(at, ("identified", today()), value=1000 + number, name=f"Deal {number:02}")
    shown = client.get("/pipeline/").content.decode()
    assert "Deal 21" in shown and "Deal 01" not in shown and "2 more" in shown


def test_going_back_asks_for_the_reason_on_a_page(client, open_deal, mila):
    client.force_login(mila)
    address = f"/pipeline/{open_deal.pk}/stage/"
    client.post(address, {"stage": "negotiation"})
    asked = client.post(address, {"stage": "qualification", "next": "/pipeline/"})
    assert asked.status_code == 422 and b"Back to Qualify" in asked.content
    open_deal.refresh_from_db()
    assert open_deal.stage == "negotiation"
    assert b"the reason stands" in client.post(address, {"stage": "qualification", "reason": " "}).content
    done = client.post(address, {"stage": "qualification", "reason": "Budget is gone", "next": "/pipeline/"})
    assert (done.status_code, done["Location"]) == (302, "/pipeline/")
    assert b"Budget is gone" in client.get(f"/pipeline/{open_deal.pk}/").content


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"outcome": "won", "value": ""}, b"won with its value"),
        ({"outcome": "won", "value": "5", "closed_on": "2999-01-01"}, b"today or earlier"),
        ({"outcome": "lost"}, b"Say why it was lost"),
        ({"outcome": "lost", "because": "other"}, b"in a few words what it was"),
    ],
)
def test_a_decision_that_lacks_something_says_what(client, at, mila, said, words):
    client.force_login(mila)
    found = opened(at, mila, value=None)
    answer = client.post(f"/pipeline/{found.pk}/close/", said)
    assert answer.status_code == 422 and words in answer.content and b"data-open" in answer.content
    assert Opportunity.objects.get().stage == "identified"


NEW = {"account": "Van Houten", "kind": "upgrade", "name": "Vision kit"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"account": "Nobody"}, "no account of that name"),
        ({"kind": ""}, "This field is required"),
        ({"kind": "dream"}, "Select a valid choice"),
        ({"name": ""}, "This field is required"),
        ({"value": "-1"}, "greater than or equal to 0"),
        ({"value": "much"}, "Enter a number"),
        ({"expected_close_on": "soon"}, "Enter a valid date"),
    ],
)
def test_a_new_opportunity_says_what_is_wrong(client, at, mila, said, words):
    client.force_login(mila)
    answer = client.post("/pipeline/new/", NEW | said)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Opportunity.objects.exists()


def test_a_new_opportunity_with_its_machines(client, at, mila):
    client.force_login(mila)
    first, second = cast.asset(at, date(2015, 1, 1)), cast.asset(at, date(2016, 1, 1))
    address = f"/pipeline/new/?account={at.pk}"
    assert first.serial in client.get(address).content.decode()
    said = NEW | {"account": f"#{at.pk}", "value": "1500.50", "asset": [str(first.pk)], f"value_{first.pk}": "lots"}
    wrong = client.post(address, said)
    assert wrong.status_code == 422 and b"Type an amount of 0 or more" in wrong.content
    assert not Opportunity.objects.exists()
    client.post(address, said | {f"value_{first.pk}": "900", f"value_{second.pk}": "7"})
    made = Opportunity.objects.get()
    assert (made.kind, made.value_reporting, made.stage, made.owner) == (
        "upgrade",
        Decimal("1500.50"),
        "identified",
        Owner.objects.of(mila),
    )
    assert list(made.lines.values_list("asset", "value_reporting")) == [(first.pk, 900)]


def test_machines_are_chosen_later_and_products_stay(client, open_deal, at, mila):
    client.force_login(mila)
    machine = cast.asset(at, date(2015, 1, 1))
    open_deal.lines.create(product=cast.product("Kit"), value_reporting=3)
    client.post(f"/pipeline/{open_deal.pk}/lines/", {"asset": str(machine.pk), f"value_{machine.pk}": ""})
    assert set(open_deal.lines.values_list("asset", "value_reporting")) == {(machine.pk, None), (None, 3)}
    page = client.get(f"/pipeline/{open_deal.pk}/lines/").content.decode()
    assert f'value="{machine.pk}" checked' in page


def test_who_owns_a_deal_works_it_at_a_colleagues_account(client, at, mila):
    team = mila.memberships.get().team
    jon, kim = cast.person("jon", Role.SALES, team=team), cast.person("kim", Role.SALES, team=team)
    found = opened(at, mila, owner=Owner.objects.of(jon))
    for who, status in ((kim, 404), (jon, 302)):
        client.force_login(who)
        assert client.post(f"/pipeline/{found.pk}/stage/", {"stage": "proposal"}).status_code == status
    stranger = cast.person("far", Role.SALES, team=cast.pool("South"))
    theirs = opened(at, mila, owner=Owner.objects.of(stranger))
    client.force_login(stranger)
    assert client.get(f"/pipeline/{theirs.pk}/").status_code == 404


def test_who_may_not_work_opens_nothing(client, at):
    client.force_login(cast.person("chief", Role.EXECUTIVE))
    assert client.get("/pipeline/new/").status_code == 403
    assert b"/pipeline/new/" not in client.get("/pipeline/").content


def credit(**lines):
    head = {"form-TOTAL_FORMS": "4", "form-INITIAL_FORMS": "0"}
    return head | {f"form-{name}": value for name, value in lines.items()}


def test_credit_on_its_page(client, open_deal, mila):
    client.force_login(mila)
    ruud = cast.person("ruud", Role.TECHNICIAN)
    address = f"/pipeline/{open_deal.pk}/credit/"
    assert client.get(address).status_code == 302
    actions.close(opportunity=open_deal, won=True, by=mila, on=today())
    half = {"0-user": mila.pk, "0-role": "cs", "0-share": "60"}
    short = client.post(address, credit(**half))
    assert short.status_code == 422 and b"add up to 60.00 %" in short.content
    torn = client.post(address, credit(**(half | {"1-user": ruud.pk})))
    assert torn.status_code == 422 and b"leave the line empty" in torn.content
    whole = half | {"1-user": ruud.pk, "1-role": "technician", "1-share": "40"}
    assert client.post(address, credit(**whole)).status_code == 302
    shown = client.get(f"/pipeline/{open_deal.pk}/").content.decode()
    assert "Technician, 40%" in shown and "Customer success, 60%" in shown


# API


def test_the_api_opens_a_deal_with_its_lines(at, mila):
    anna = writer(mila)
    machine = cast.asset(at, date(2015, 1, 1), product=cast.product("R"))
    said = {"account_id": at.pk, "kind": "upgrade", "name": "Kit", "value": "10.00"}
    made = anna.post("opportunities/", said | {"lines": [{"asset_id": machine.pk, "value": "4.00"}]})
    assert made.status_code == 201, made.data
    shown = anna.get(f"opportunities/{made.data['id']}/").data
    line = {"asset_id": machine.pk, "serial": machine.serial, "product_id": machine.product_id}
    assert shown["lines"] == [line | {"value_reporting": "4.00"}]
    assert (shown["stage"], shown["credits"], shown["owner_id"]) == ("identified", [], Owner.objects.of(mila).pk)
    elsewhere = cast.asset(cast.account("B", owner=mila), ON)
    problem(anna.post("opportunities/", said | {"lines": [{"asset_id": elsewhere.pk}]}), 409)
    problem(anna.post("opportunities/", said | {"account_id": 987654}), 400, "account_id")
    assert Opportunity.objects.count() == 1


def test_the_api_moves_back_with_a_reason_and_shares_credit(open_deal, mila):
    anna = writer(mila)
    address = f"opportunities/{open_deal.pk}/"
    assert anna.patch(address, {"stage": "proposal"}).status_code == 200
    assert "Say why it goes back" in problem(anna.patch(address, {"stage": "qualification"}), 409)["detail"]
    said = anna.patch(address, {"stage": "qualification", "stage_reason": "No budget"})
    assert said.status_code == 200 and said.data["stage_reason"] == "No budget"
    problem(anna.patch(address, {"stage": "needs_analysis"}), 409)
    shares = [{"user_id": mila.pk, "role": "sales", "share": "1.0000"}]
    problem(anna.post(f"{address}credit/", {"shares": shares}), 409)
    anna.post(f"{address}decision/", {"outcome": "won"})
    assert anna.post(f"{address}credit/", {"shares": shares}).data["credits"] == shares
