"""The machine of an order turns out to be one that is known already: two rows become one, and nothing is lost."""

from datetime import timedelta

import pytest

from core.models import Role, Touched
from installed_base.actions.delivering import finish_step
from installed_base.actions.delivery_plans import DeliveryRefused, begin_deliveries
from installed_base.actions.matching import machines_like, match_machine
from installed_base.actions.ordering import order_machine
from installed_base.models import Asset, AssetEvent, AssetPeriod, MachineOrder, Promise
from installed_base.models.assets import ON_ORDER, Precision
from playbooks.models import Note
from tests import cast
from tests.installed_base.importing import ON

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ORDERED, PROMISED, STANDS = ON - 80 * DAY, ON - 5 * DAY, ON - 9 * DAY


class Twice:
    """A machine that was ordered here, and the row under which another system tells of it."""

    def __init__(self):
        self.mila = cast.person("mila", Role.CS_MANAGER, cast.pool("North"))
        self.account, self.product = cast.account("Van Houten", self.mila), cast.product("VR-8")
        self.order_of(site=None)
        self.machine = self.known(STANDS)

    def order_of(self, **values):
        said = {"ordered_on": ORDERED, "promised_on": PROMISED, "by": self.mila, "on": ORDERED, "number": "SO-1"}
        self.placeholder = order_machine(account=self.account, product=self.product, **said | values)
        self.order = MachineOrder.objects.get(asset=self.placeholder)

    def known(self, installed_on=None, **values):
        said = {"product": self.product, "source": "erp", "external_id": f"M-{Asset.objects.count()}"}
        return cast.asset(self.account, installed_on, **said | values)

    def match(self, machine=None):
        return match_machine(order=self.order, machine=machine or self.machine, by=self.mila, on=ON)


@pytest.fixture
def twice():
    return Twice()


def test_the_order_is_that_of_the_machine_the_source_names(twice):
    twice.match()
    row = Asset.objects.get(account=twice.account)
    assert row.pk == twice.machine.pk and MachineOrder.objects.get().asset == row
    assert (row.source, row.serial) == ("erp", twice.machine.serial)
    assert (row.ordered_on, row.promised_on, row.installed_on) == (ORDERED, PROMISED, STANDS)
    assert row.first_evidence_on == STANDS
    assert Asset.objects.in_service(ON).count() == 1


def test_what_stood_on_it_stands_on_the_machine(twice):
    old = twice.placeholder
    ticket = cast.ticket(twice.account, ON - DAY, asset=old)
    promise = Promise.objects.create(
        account=twice.account, asset=old, kind="uptime", text="97 %", promised_on=ORDERED, known_on=ORDERED
    )
    note = Note.objects.create(
        account=twice.account, subject_kind="asset", subject_id=old.pk, text="By the north gate", by=twice.mila,
        on=ORDERED,
    )  # fmt: skip
    part = cast.asset(twice.account, parent=old)
    term = cast.term(twice.account, ORDERED, None)
    line = cast.cover(term, old)
    event = AssetEvent.objects.create(asset=old, kind="moved", on=ON - DAY, known_on=ON)
    finish_step(order=twice.order, step="production", done_on=ON - 20 * DAY, by=twice.mila, on=ON)
    Touched.objects.all().delete()
    twice.match()
    part.refresh_from_db()
    assert part.parent == twice.machine
    for row in (ticket, promise, line, event):
        row.refresh_from_db()
        assert row.asset == twice.machine, row
    note.refresh_from_db()
    assert (note.subject_kind, note.subject_id) == ("asset", twice.machine.pk)
    assert MachineOrder.objects.get().built_on == ON - 20 * DAY
    told = set(Touched.objects.filter(kind="asset").values_list("subject_id", "since"))
    assert {pk for pk, _since in told} == {old.pk, twice.machine.pk} and max(since for _pk, since in told) <= ORDERED


def test_what_the_machine_does_not_say_itself_it_takes_over(twice):
    site = twice.account.sites.create(name="Hall 2", known_on=ORDERED)
    Asset.objects.filter(pk=twice.placeholder.pk).update(
        site=site, technician=twice.mila, delivered_on=STANDS - DAY, price=10, currency="EUR", price_reporting=10,
        serial="", attributes={"colour": "red", "paint": "matt"},
    )  # fmt: skip
    Asset.objects.filter(pk=twice.machine.pk).update(attributes={"colour": "blue"}, name="Line 2")
    twice.match()
    row = Asset.objects.get()
    assert (row.site, row.technician, row.delivered_on, row.price) == (site, twice.mila, STANDS - DAY, 10)
    assert (row.name, row.attributes) == ("Line 2", {"colour": "blue", "paint": "matt"})
    assert AssetPeriod.objects.get(asset=row, valid_to=None).site == site


def test_a_machine_that_does_not_stand_yet_is_on_order(twice):
    found = twice.known(serial="VR8-1")
    twice.match(found)
    found.refresh_from_db()
    assert found.first_evidence_on == ON_ORDER
    assert not Asset.objects.in_service(ON).filter(pk=found.pk).exists()


def test_the_machine_it_replaces_goes_out_on_the_day_it_was_installed(twice):
    worn = cast.asset(twice.account, ON - 5000 * DAY, product=twice.product)
    twice.order_of(replaces=worn)
    assert worn not in machines_like(twice.order)
    twice.match()
    worn.refresh_from_db()
    assert (worn.taken_out_on, worn.succession.successor) == (STANDS, twice.machine)


def test_installed_here_and_there_on_one_day_is_one_event(twice):
    for step, day in (("production", 20), ("shipping", 12), ("installation", 9)):
        finish_step(order=twice.order, step=step, done_on=ON - day * DAY, by=twice.mila, on=ON)
    AssetEvent.objects.create(asset=twice.machine, kind="installed", on=STANDS, known_on=ON)
    twice.match()
    assert list(AssetEvent.objects.values_list("asset", "kind", "on")) == [(twice.machine.pk, "installed", STANDS)]
    assert Asset.objects.get().delivered_on == ON - 12 * DAY


def test_a_rough_day_gives_way_to_an_exact_one(twice):
    for step, day in (("production", 20), ("shipping", 12), ("installation", 9)):
        finish_step(order=twice.order, step=step, done_on=ON - day * DAY, by=twice.mila, on=ON)
    rough = twice.known(ORDERED.replace(month=1, day=1), installed_precision=Precision.YEAR)
    assert rough in machines_like(twice.order)
    twice.match(rough)
    rough.refresh_from_db()
    assert (rough.installed_on, rough.installed_precision) == (STANDS, Precision.DAY)


def refused(twice, machine=None):
    facts = Asset.objects.count(), MachineOrder.objects.get(pk=twice.order.pk).asset_id, AssetEvent.objects.count()
    with pytest.raises(DeliveryRefused) as said:
        twice.match(machine)
    row = MachineOrder.objects.get(pk=twice.order.pk)
    assert (Asset.objects.count(), row.asset_id, AssetEvent.objects.count()) == facts
    return str(said.value)


def test_a_machine_that_it_cannot_be(twice):
    assert "the order itself" in refused(twice, twice.placeholder)
    assert "another account or product" in refused(twice, cast.asset(cast.account(), product=twice.product))
    assert "another account or product" in refused(twice, twice.known(product=cast.product("VR-2")))
    assert "no longer in service" in refused(twice, twice.known(STANDS, taken_out_on=ON))
    assert "not one of our machines" in refused(twice, twice.known(standing="competitor"))
    early = twice.known(ORDERED - DAY)
    assert "Installation on" in refused(twice, early) and early not in machines_like(twice.order)
    other = twice.known(STANDS)
    begin_deliveries(assets=[other], by=twice.mila, on=ON)
    assert "an order of its own" in refused(twice, other)
    assert list(machines_like(twice.order)) == [twice.machine]


def test_an_order_that_a_source_named_and_another_serial(twice):
    Asset.objects.filter(pk=twice.placeholder.pk).update(serial="VR8-9")
    assert "the ordered one has the serial VR8-9" in refused(twice)
    Asset.objects.filter(pk=twice.placeholder.pk).update(serial="", source="mes", external_id="7")
    assert "that mes told of already" in refused(twice)


def test_days_that_contradict_each_other(twice):
    finish_step(order=twice.order, step="production", done_on=STANDS + DAY, by=twice.mila, on=ON)
    said = refused(twice)
    assert "Installation on" in said and "does not go with Production on" in said


def test_what_may_stand_once_is_refused_with_its_name(twice):
    term = cast.term(twice.account, ORDERED, None)
    cast.cover(term, twice.machine)
    cast.cover(term, twice.placeholder)
    assert "a line of a contract that the ordered one has too" in refused(twice)


def test_it_is_kept_who_did_it(twice):
    twice.match()
    last = MachineOrder.objects.get().audit_events.order_by("-pgh_id").first()
    assert last.asset_id == twice.machine.pk
    assert last.pgh_context.metadata == {"user": twice.mila.pk, "why": "installed_base.match_machine"}
