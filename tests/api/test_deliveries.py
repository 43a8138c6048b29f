"""Deliveries through the API: read as of a date, a step done and moved, and who may."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.clock import today
from core.models import Organisation, Owner, Role
from installed_base.models import Asset, MachineOrder
from sales import actions
from sales.actions.winning import Order, Winning
from tests import cast
from tests.api.conftest import caller, writer
from tests.api.test_problems import problem
from tests.sales.selling import Sale

pytestmark = pytest.mark.django_db
NOW = today()
DAY = timedelta(days=1)
ORDERED = NOW - 60 * DAY
BUILT, SHIPPED, STANDS, LIVE = (ORDERED + n * DAY for n in (56, 63, 70, 84))


@pytest.fixture
def sale():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    made = Sale(on=NOW - 90 * DAY)
    made.ilse = cast.person("ilse", Role.OPERATIONS)
    order = Order(made.new, STANDS, Decimal(185_000), number="SO-1")
    winning = Winning(Decimal(185_000), ORDERED, [order])
    actions.win(opportunity=made.deal, winning=winning, by=made.mila, on=ORDERED)
    made.order = MachineOrder.objects.select_related("asset").get()
    return made


def test_where_it_stands_and_what_is_late(sale):
    told = caller(sale.mila).get("deliveries/").data["results"]
    assert [(row["id"], row["number"], row["account_name"], row["opportunity_id"], row["value"]) for row in told] == [
        (sale.order.pk, "SO-1", "Van Houten", sale.deal.pk, "185000.00")
    ]
    row = told[0]
    assert (row["step"], row["planned_on"], row["late_days"], row["over_days"]) == (
        "production", BUILT.isoformat(), 4, 4,
    )  # fmt: skip
    assert (row["owner_id"], row["next_owner_id"]) == (Owner.objects.of(sale.ilse).pk,) * 2
    assert [(step["step"], step["planned_on"], step["late_days"]) for step in row["steps"]] == [
        ("production", BUILT.isoformat(), 4), ("shipping", SHIPPED.isoformat(), -3),
        ("installation", STANDS.isoformat(), -10), ("commissioning", LIVE.isoformat(), -24),
    ]  # fmt: skip


def test_operations_does_and_moves_steps_and_sees_no_price(sale):
    ilse = writer(sale.ilse)
    address = f"deliveries/{sale.order.pk}/"
    assert "value" not in ilse.get(address).data
    done = ilse.post(f"{address}done/", {"step": "production", "done_on": BUILT.isoformat(), "serial": "VR8-1"})
    assert (done.status_code, done.data["step"], done.data["serial"]) == (200, "shipping", "VR8-1")
    later = (SHIPPED + 9 * DAY).isoformat()
    moved = ilse.post(f"{address}replan/", {"step": "shipping", "planned_on": later, "reason": "No lorry"})
    assert (moved.data["planned_on"], moved.data["stands_on"]) == (later, (STANDS + 9 * DAY).isoformat())
    assert [(row["step"], row["now"], row["reason"]) for row in moved.data["replannings"]][-1] == (
        "shipping", later, "No lorry",
    )  # fmt: skip
    assert ilse.post(f"{address}skip/", {"step": "shipping", "reason": "Collected"}).data["step"] == "installation"
    assert ilse.post(f"{address}take-back/", {"step": "shipping"}).data["step"] == "shipping"
    told = ilse.post(f"{address}describe/", {"number": "SO-7", "owner_id": sale.mila_owner.pk})
    assert (told.data["number"], told.data["owner_id"]) == ("SO-7", sale.mila_owner.pk)
    problem(ilse.post(f"{address}done/", {"step": "commissioning"}), 409)
    ilse.post(f"{address}done/", {"step": "shipping"})
    standing = ilse.post(f"{address}done/", {"step": "installation"})
    assert (standing.data["step"], standing.data["stands_on"]) == ("commissioning", NOW.isoformat())
    assert ilse.post(f"{address}done/", {"step": "commissioning"}).data["step"] is None
    assert Asset.objects.get(pk=sale.order.asset_id).went_live_on == NOW


def test_a_past_day_tells_what_was_true_then(sale):
    ilse = writer(sale.ilse)
    address = f"deliveries/{sale.order.pk}/"
    ilse.post(f"{address}replan/", {"step": "production", "planned_on": NOW.isoformat(), "reason": "Late"})
    ilse.post(f"{address}done/", {"step": "production"})
    then = ilse.get(f"{address}?as_of={(NOW - DAY).isoformat()}").data
    assert (then["step"], then["planned_on"], then["late_days"], then["replannings"]) == (
        "production", BUILT.isoformat(), 3, [],
    )  # fmt: skip


def test_filters(sale):
    mila = caller(sale.mila)
    for query in (
        f"account={sale.account.pk}", f"asset={sale.order.asset_id}", f"opportunity={sale.deal.pk}", "open=true",
        "number=SO-1", f"owner={sale.order.owner_id}",
    ):  # fmt: skip
        assert mila.ids(f"deliveries/?{query}") == [sale.order.pk], query
    for query in ("open=false", "number=SO-2", f"account={cast.account().pk}"):
        assert mila.ids(f"deliveries/?{query}") == [], query


def test_others_neither_see_nor_change_it(sale):
    other = writer(cast.person("other", Role.CS_MANAGER, cast.pool("South")))
    address = f"deliveries/{sale.order.pk}/"
    assert other.get(address).status_code == 404
    elke = writer(cast.person("elke", Role.EXECUTIVE))
    assert elke.get(address).status_code == 200
    problem(elke.post(f"{address}done/", {"step": "production"}), 403)


def test_reading_many_asks_no_more(sale, django_assert_num_queries, django_assert_max_num_queries):
    mila = caller(sale.mila)
    with django_assert_max_num_queries(12) as first:
        mila.get("deliveries/")
    for number in range(3):
        asset = cast.asset(sale.account, product=sale.new, ordered_on=ORDERED)
        order = MachineOrder.objects.create(asset=asset, number=f"N{number}", owner=sale.mila_owner, known_on=NOW)
        for step in ("production", "shipping", "installation", "commissioning"):
            order.steps.create(step=step, planned_on=NOW, known_on=NOW)
    with django_assert_num_queries(len(first.captured_queries)):
        assert len(mila.get("deliveries/").data["results"]) == 4


def test_a_handoff_tells_when_everybody_had_accepted(sale):
    daniel, mila, ilse = writer(sale.daniel), writer(sale.mila), writer(sale.ilse)
    sale.account.members.create(user=sale.daniel)
    body = {
        "opportunity_id": sale.deal.pk, "direction": "to_cs", "to_id": sale.mila_owner.pk, "what": "One VR-8",
        "operations_id": Owner.objects.of(sale.ilse).pk,
    }  # fmt: skip
    made = daniel.post("handoffs/", body)
    assert (made.status_code, made.data["completed_on"]) == (201, None)
    order = ilse.ids("handoffs/", direction="to_ops", waiting="true")
    assert mila.post(f"handoffs/{made.data['id']}/accept/").data["completed_on"] is None
    problem(mila.post(f"handoffs/{order[0]}/accept/"), 409)
    told = ilse.post(f"handoffs/{order[0]}/accept/").data
    assert (told["completed_on"], told["direction"]) == (NOW.isoformat(), "to_ops")


def test_its_machine_is_one_that_is_known_already(sale):
    ilse = writer(sale.ilse)
    address = f"deliveries/{sale.order.pk}/match/"
    known = cast.asset(sale.account, NOW - DAY, product=sale.new, serial="VR8-77", source="erp", external_id="M-1")
    problem(ilse.post(address, {}), 400, "asset_id")
    problem(ilse.post(address, {"asset_id": 10**9}), 400, "asset_id")
    elsewhere = cast.asset(cast.account(), NOW - DAY, product=sale.new)
    assert "another account or product" in problem(ilse.post(address, {"asset_id": elsewhere.pk}), 409)["detail"]
    other = writer(cast.person("other", Role.CS_MANAGER, cast.pool("South")))
    problem(other.post(address, {"asset_id": known.pk}), 404)
    elke = writer(cast.person("elke", Role.EXECUTIVE))
    problem(elke.post(address, {"asset_id": known.pk}), 403)
    told = ilse.post(address, {"asset_id": known.pk})
    assert (told.status_code, told.data["asset_id"], told.data["serial"]) == (200, known.pk, "VR8-77")
    assert (told.data["opportunity_id"], told.data["step"]) == (sale.deal.pk, "commissioning")
    assert not Asset.objects.filter(pk=sale.order.asset_id).exists()
    problem(ilse.post(address, {"asset_id": known.pk}), 409)


def test_a_machine_out_of_reach_answers_like_one_that_is_not_there(sale):
    theirs = cast.asset(cast.account(owner=cast.person("other", Role.CS_MANAGER, cast.pool("South"))), NOW - DAY)
    problem(writer(sale.mila).post(f"deliveries/{sale.order.pk}/match/", {"asset_id": theirs.pk}), 400, "asset_id")
