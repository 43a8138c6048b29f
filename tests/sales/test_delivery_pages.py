"""Pages of deliveries: what they show, do, refuse, and to whom."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import today
from core.models import Organisation, Owner, Role
from installed_base.actions.delivering import finish_step
from installed_base.models import Asset, DeliveryStep, MachineOrder, Replanning
from sales import actions
from sales.actions.handoff import accept_handoff, give_handoff, return_handoff
from sales.actions.winning import Order, Winning
from sales.models import Handoff
from tests import cast
from tests.sales.selling import FULL, Sale
from tests.sales.test_deal_pages import promise_data, text

pytestmark = pytest.mark.django_db
NOW = today()
DAY = timedelta(days=1)
ORDERED = NOW - 60 * DAY
BUILT = ORDERED + 56 * DAY


def ordered():
    """A sale that was won: its machine is on order, and Ilse of operations sees to it."""
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    made = Sale(on=NOW - 90 * DAY)
    made.ilse = cast.person("ilse", Role.OPERATIONS)
    order = Order(made.new, NOW + 9 * DAY, Decimal(185_000), number="SO-1")
    winning = Winning(Decimal(185_000), ORDERED, [order])
    actions.win(opportunity=made.deal, winning=winning, by=made.mila, on=ORDERED)
    made.order = MachineOrder.objects.select_related("asset").get()
    made.address = f"/deliveries/{made.order.pk}/"
    return made


@pytest.fixture
def sale():
    return ordered()


def another(sale, number="SO-2", built_on=None):
    """A second machine on order, on plan."""
    days = {"ordered_on": NOW - DAY, "promised_on": NOW + 90 * DAY}
    asset = cast.asset(sale.account, product=sale.new, price_reporting=Decimal(90_000), **days)
    order = MachineOrder.objects.create(
        asset=asset, number=number, owner=sale.mila_owner, known_on=NOW, built_on=built_on
    )  # fmt: skip
    DeliveryStep.objects.bulk_create(
        DeliveryStep(order=order, step=step, planned_on=NOW + 40 * DAY, known_on=NOW)
        for step in ("production", "shipping", "installation", "commissioning")
    )
    return order


def test_the_board_says_what_is_late_by_how_much_and_what_it_is_worth(client, sale):
    another(sale)
    client.force_login(sale.mila)
    page = text(client.get("/deliveries/"))
    assert "2 machines are on their way. 1 is late. 1 will not stand on the promised day." in page
    assert page.index("4 days late") < page.index("on plan")
    assert "185,000" in page and "€275k" in page and "SO-2" in page
    assert "5 days after the promise" in page
    client.force_login(sale.ilse)
    page = text(client.get("/deliveries/"))
    assert "4 days late" in page and "185,000" not in page and "€" not in page


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("late=late", ["SO-1"]),
        ("late=danger", ["SO-1"]),
        ("step=production", ["SO-1", "SO-2"]),
        ("step=shipping", []),
        ("q=SO-2", ["SO-2"]),
        ("q=nobody", []),
        ("step=nonsense&late=nonsense&owner=x", ["SO-1", "SO-2"]),
    ],
)
def test_its_filters(client, sale, asked, shown):
    another(sale)
    client.force_login(sale.ilse)
    page = text(client.get(f"/deliveries/?{asked}"))
    assert [number for number in ("SO-1", "SO-2") if f">{number}<" in page] == shown
    assert ("No delivery answers to these filters" in page) == (not shown)


def test_by_who_sees_to_it_and_by_account(client, sale):
    another(sale)
    client.force_login(sale.ilse)
    assert "SO-1" not in text(client.get(f"/deliveries/?owner={sale.mila_owner.pk}"))
    page = text(client.get(f"/deliveries/?account={sale.account.pk}"))
    assert "Take away: Van Houten" in page and "SO-1" in page
    assert "SO-1" not in text(client.get(f"/deliveries/?account={cast.account().pk}"))


def test_nothing_on_order(client, sale):
    MachineOrder.objects.all().delete()
    client.force_login(sale.ilse)
    assert "No machine is on order" in text(client.get("/deliveries/"))


def test_a_past_day_is_read_only_and_shows_what_was_true_then(client, sale):
    finish_step(order=sale.order, step="production", done_on=NOW, by=sale.ilse, on=NOW)
    client.force_login(sale.ilse)
    then = f"?as_of={(NOW - DAY).isoformat()}"
    page = text(client.get(f"/deliveries/{then}"))
    assert "3 days late" in page and 'name="pick"' not in page and "Their step is done" not in page
    page = text(client.get(f"{sale.address}{then}"))
    assert "Production is next, and 3 days late." in page and "/done/" not in page
    assert "Shipping is next." in text(client.get(sale.address))


def test_several_steps_are_done_at_once_or_none(client, sale):
    second = another(sale)
    client.force_login(sale.ilse)
    chosen = [f"{sale.order.pk}:production", f"{second.pk}:production"]
    answer = client.post("/deliveries/done/", {"pick": chosen, "done_on": (NOW - 2 * DAY).isoformat()}, follow=True)
    assert "Nothing was written." in text(answer) and "was ordered on" in text(answer)
    assert not MachineOrder.objects.filter(built_on__isnull=False).exists()
    answer = client.post("/deliveries/done/", {"pick": chosen, "done_on": NOW.isoformat()}, follow=True)
    assert "2 steps are done." in text(answer)
    assert MachineOrder.objects.filter(built_on=NOW).count() == 2
    # The page was an older one: what it says of the step is no longer so.
    answer = client.post("/deliveries/done/", {"pick": chosen[:1], "done_on": NOW.isoformat()}, follow=True)
    assert "lies behind it already" in text(answer)
    for data in ({"pick": chosen}, {"done_on": NOW.isoformat()}, {"pick": "x:y", "done_on": NOW.isoformat()}):
        assert client.post("/deliveries/done/", data).status_code == 302


def test_the_page_of_one_and_what_is_done_on_it(client, sale):
    client.force_login(sale.ilse)
    page = text(client.get(sale.address))
    assert "Production is next, and 4 days late. At the pace of the plan it stands on" in page
    assert "It stands as it was made when the machine was ordered." in page
    form = client.get(f"{sale.address}production/done/")
    assert "Serial number" in text(form)
    answer = client.post(f"{sale.address}production/done/", {"done_on": BUILT.isoformat(), "serial": "VR8-7"})
    assert (answer.status_code, answer["Location"]) == (302, sale.address)
    assert Asset.objects.get(pk=sale.order.asset_id).serial == "VR8-7"
    assert "Serial number" not in text(client.get(f"{sale.address}shipping/done/"))
    wrong = client.post(f"{sale.address}shipping/done/", {"done_on": (BUILT - DAY).isoformat()})
    assert wrong.status_code == 422 and "Production was done on" in text(wrong)
    assert client.post(f"{sale.address}shipping/skip/", {"reason": "Collected"}).status_code == 302
    assert "skipped" in text(client.get(sale.address))
    assert client.post(f"{sale.address}shipping/back/").status_code == 302
    assert DeliveryStep.objects.get(step="shipping").skipped_on is None


def test_the_plan_is_moved_given_and_noted(client, sale):
    client.force_login(sale.ilse)
    address, day = f"{sale.address}shipping/plan/", NOW + 20 * DAY
    said = {"planned_on": day.isoformat(), "along": "on", "owner": sale.mila_owner.pk, "note": "By boat"}
    wrong = client.post(address, said)
    assert wrong.status_code == 422 and "Say why the day moves" in text(wrong)
    assert client.post(address, said | {"reason": "No lorry"}).status_code == 302
    row = DeliveryStep.objects.get(step="shipping")
    assert (row.planned_on, row.owner, row.note) == (day, sale.mila_owner, "By boat")
    assert set(Replanning.objects.values_list("reason", flat=True)) == {"No lorry"}
    page = text(client.get(sale.address))
    assert page.count("No lorry") == 1 and "ilse" in page and "By boat" in page
    # Without another day, only who and what: no reason is asked for.
    assert client.post(address, {"planned_on": day.isoformat(), "note": "By lorry"}).status_code == 302
    assert Replanning.objects.filter(step=row).count() == 1
    answer = client.post(f"{sale.address}order/", {"number": "SO-8", "owner": Owner.objects.of(sale.ilse).pk})
    assert (answer.status_code, MachineOrder.objects.get().number) == (302, "SO-8")


def test_what_was_promised_is_agreed_anew_by_who_works_for_the_customer(client, sale):
    address, day = f"{sale.address}promise/", NOW + 30 * DAY
    client.force_login(sale.ilse)
    assert client.get(address).status_code == 404
    client.force_login(sale.mila)
    assert client.post(address, {"promised_on": day.isoformat()}).status_code == 302
    assert Asset.objects.get(pk=sale.order.asset_id).promised_on == day


def test_others_neither_see_nor_change_it(client, sale):
    client.force_login(cast.person("other", Role.CS_MANAGER, cast.pool("South")))
    assert client.get(sale.address).status_code == 404
    assert "SO-1" not in text(client.get("/deliveries/"))
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    page = text(client.get(sale.address))
    assert "SO-1" in page and "/production/done/" not in page
    assert client.post(f"{sale.address}production/done/", {"done_on": NOW.isoformat()}).status_code == 404
    answer = client.post("/deliveries/done/", {"pick": f"{sale.order.pk}:production", "done_on": NOW.isoformat()})
    assert (answer.status_code, MachineOrder.objects.get().built_on) == (302, None)
    assert client.get(f"{sale.address}nonsense/plan/").status_code == 404


def test_machine_account_and_deal_tell_of_it(client, sale):
    client.force_login(sale.mila)
    page = text(client.get(reverse("dashboards:asset", args=[sale.order.asset_id])))
    assert "Delivery: Production, 4 days late" in page and sale.address in page
    page = text(client.get(f"/accounts/{sale.account.pk}/"))
    assert "One machine is on its way" in page and sale.address in page
    page = text(client.get(f"/pipeline/{sale.deal.pk}/"))
    assert sale.address in page and "4 days late" in page


def test_lists_ask_no_more_with_more_rows(client, sale):
    client.force_login(sale.mila)
    client.get("/deliveries/")
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get("/deliveries/")
    for number in range(2, 5):
        another(sale, f"SO-{number}", built_on=NOW)
    with CaptureQueriesContext(connection) as more:
        client.get("/deliveries/")
    assert len(more) == len(one)


def test_operations_answers_on_the_page_and_sales_gives_it_again(client, sale):
    sale.account.members.create(user=sale.daniel)
    client.force_login(sale.daniel)
    address = f"/pipeline/{sale.deal.pk}/handoff/"
    assert "Who plans the delivery" in text(client.get(address))
    ilse = Owner.objects.of(sale.ilse)
    said = {"to": sale.mila_owner.pk, "operations": ilse.pk, "what": "One VR-8", "installs_on": NOW.isoformat()}
    assert client.post(address, said | promise_data(text="97 % uptime")).status_code == 302
    client.force_login(sale.ilse)
    listed = text(client.get("/handoffs/"))
    assert "1 handoff waits for you." in listed and "Sales to operations" in listed
    order = Handoff.objects.get(direction="to_ops")
    page = text(client.get(f"/handoffs/{order.pk}/"))
    assert "97 % uptime" in page and "Who operates it" not in page
    assert client.post(f"/handoffs/{order.pk}/return/", {"reason": "Which gripper?"}).status_code == 302
    client.force_login(sale.daniel)
    page = text(client.get(f"/pipeline/{sale.deal.pk}/"))
    assert "?to=to_ops" in page and "Hand over to operations" in page
    page = text(client.get(f"{address}?to=to_ops"))
    assert "Which gripper?" in page and "so that it can be planned" in page
    said = {"to": ilse.pk, "what": "One VR-8 with the large gripper", "installs_on": NOW.isoformat()}
    assert client.post(f"{address}?to=to_ops", said).status_code == 302
    again = Handoff.objects.get(direction="to_ops", number=2)
    client.force_login(sale.ilse)
    assert client.post(f"/handoffs/{again.pk}/accept/").status_code == 302
    again.refresh_from_db()
    assert again.accepted_by == sale.ilse


def test_who_gave_it_again_finds_no_second_button(client, sale):
    row = give_handoff(
        opportunity=sale.deal, direction="to_cs", to=sale.mila_owner, told=FULL, by=sale.daniel, on=NOW
    )  # fmt: skip
    order = Handoff.objects.get(direction="to_ops")
    return_handoff(handoff=order, reason="No", by=sale.ilse, on=NOW)
    accept_handoff(handoff=row, by=sale.mila, on=NOW)
    client.force_login(sale.mila)
    assert "?to=to_ops" in text(client.get(f"/pipeline/{sale.deal.pk}/"))
    give_handoff(
        opportunity=sale.deal, direction="to_ops", to=Owner.objects.of(sale.ilse), told=FULL, by=sale.mila, on=NOW
    )  # fmt: skip
    assert "?to=to_ops" not in text(client.get(f"/pipeline/{sale.deal.pk}/"))


def test_the_machine_of_the_order_is_one_that_is_known_already(client, sale):
    client.force_login(sale.ilse)
    assert "This is the same machine" not in text(client.get(sale.address))
    hall = sale.account.sites.create(name="Hall 2", known_on=NOW)
    known = cast.asset(sale.account, NOW - DAY, product=sale.new, serial="VR8-77", source="erp", site=hall)
    early = cast.asset(sale.account, ORDERED - DAY, product=sale.new, serial="VR8-11")
    page = text(client.get(sale.address))
    assert "This is the same machine" in page and f"{sale.address}match/" in page
    # Of a past day nothing is changed.
    assert f"{sale.address}match/" not in text(client.get(f"{sale.address}?as_of={NOW - DAY}"))
    form = text(client.get(f"{sale.address}match/"))
    assert "VR8-77" in form and "Hall 2 · installed" in form and "VR8-11" not in form
    for wrong in ({"machine": ""}, {"machine": "x"}, {"machine": early.pk}, {"machine": sale.order.asset_id}):
        answer = client.post(f"{sale.address}match/", wrong)
        assert answer.status_code == 422 and 'class="field-error"' in answer.content.decode(), wrong
    placeholder = sale.order.asset_id
    answer = client.post(f"{sale.address}match/", {"machine": known.pk}, follow=True)
    assert "The order and VR8-77 are one machine now." in text(answer)
    sale.order.refresh_from_db()
    assert sale.order.asset == known and not Asset.objects.filter(pk=placeholder).exists()
    # The deal that brought it, and the old machine that it replaces, know it under its name.
    assert "VR8-77" in text(client.get(sale.address)) and sale.machines().get() == known
    sale.machine.refresh_from_db()
    assert "This is the same machine" not in text(client.get(sale.address))


def test_a_machine_that_it_cannot_be_comes_back_with_a_sentence(client, sale):
    known = cast.asset(sale.account, NOW - DAY, product=sale.new, serial="VR8-77")
    Asset.objects.filter(pk=sale.order.asset_id).update(serial="VR8-78")
    client.force_login(sale.mila)
    answer = client.post(f"{sale.address}match/", {"machine": known.pk})
    assert answer.status_code == 422
    assert "VR8-77 cannot be it: the ordered one has the serial VR8-78." in text(answer)
    assert MachineOrder.objects.get().asset_id == sale.order.asset_id


def test_among_many_machines_the_one_is_found_by_serial_name_or_place(client, sale, django_assert_max_num_queries):
    """At most twenty are listed; the words of `q` narrow them, and a plain form does it without scripts."""
    client.force_login(sale.ilse)
    north, south = (
        sale.account.sites.create(name=name, city=city, known_on=NOW)
        for name, city in (("Hall North", "Breda"), ("Hall South", "Gent"))
    )
    made = [
        cast.asset(sale.account, NOW - DAY, product=sale.new, serial=f"VR8-{n:03}", site=north) for n in range(100, 130)
    ]
    other = cast.asset(sale.account, NOW - DAY, product=sale.new, serial="ZX-9", name="Old Bertha", site=south)
    elsewhere = cast.asset(cast.account("Other", sale.mila), NOW - DAY, product=sale.new, serial="VR8-999")

    def found(q=""):
        return client.get(f"{sale.address}match/", {"q": q} if q else {}).context["machines"]

    everything = client.get(f"{sale.address}match/")
    assert len(everything.context["machines"]) == 20 and everything.content.count(b'type="radio"') == 20
    assert "The first 20 are shown" in text(everything) and 'name="q"' in text(everything)
    assert found("vr8-117") == [made[17]] and found("BERTHA") == [other]
    assert found("south") == found("gent zx") == [other]
    assert set(found("VR8-12 breda")) == set(made[20:])
    assert found("gent VR8") == [] and found("VR8-999") == [] and elsewhere.pk
    assert "No machine that it may be is found with “&lt;b&gt;”." in text(client.get(f"{sale.address}match/?q=<b>"))
    assert len(found("%")) == 0 and len(found("\x00")) == 20

    def asked(q):
        with django_assert_max_num_queries(60) as queries:
            found(q)
        return len(queries.captured_queries)

    asked("vr8")
    assert asked("vr8") == asked("vr8-117")
    # Narrowed or not, one that the page did not list can be named; what comes back keeps the search.
    refused = client.post(f"{sale.address}match/?q=gent", {"machine": ""})
    assert refused.status_code == 422 and "Choose the machine that it is." in text(refused)
    assert 'value="gent"' in text(refused) and refused.context["machines"] == [other]
    answer = client.post(f"{sale.address}match/?q=gent", {"machine": other.pk}, follow=True)
    assert "are one machine now" in text(answer)


def test_others_make_nothing_one(client, sale):
    known = cast.asset(sale.account, NOW - DAY, product=sale.new)
    for user in (cast.person("other", Role.CS_MANAGER, cast.pool("South")), cast.person("elke", Role.EXECUTIVE)):
        client.force_login(user)
        assert client.get(f"{sale.address}match/").status_code == 404
        assert client.post(f"{sale.address}match/", {"machine": known.pk}).status_code == 404
    assert "This is the same machine" not in text(client.get(sale.address))
    assert MachineOrder.objects.get().asset_id == sale.order.asset_id
