"""About 1,100 machines sold over eighteen years, with what happened to them."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from bowtie.demo.catalogue import MODELS, Catalogue, Model
from bowtie.demo.customers import Customer
from bowtie.demo.people import Staff
from core.calendar import add_months
from core.history import keep
from installed_base.models import Asset, AssetEvent, AssetPeriod

STATIONS = ("east", "west", "line 2", "line 3", "hall A", "hall B")
# The year in which one product sold far more than usual: its replacement comes in 2028.
WAVE_YEAR, WAVE_MODEL = 2016, "VR6"


def build(rng: Random, catalogue: Catalogue, customers: list[Customer], staff: Staff, on: date) -> list[Asset]:
    """Write the machines of every customer, with their events and periods."""
    machines = [
        _machine(rng, catalogue, customer, number, staff, on)
        for customer in customers
        for number in range(customer.machines)
    ]
    Asset.objects.bulk_create(machines)
    _leave_traces(rng, machines, customers, on)
    keep(AssetPeriod, [m.pk for m in machines], on=on)
    return machines


# How many days after a machine goes live it was promised for; nearly one in five comes too late.
_EARLY = (*(0, 2, 3, 5, 6, 8, 10, 12, 14), -4, -11)


def _machine(rng: Random, catalogue: Catalogue, customer: Customer, number: int, staff: Staff, on: date) -> Asset:
    sold = _sold_on(rng, customer, number, on)
    model = _model(rng, sold)
    delivered = sold + timedelta(days=rng.randint(90, 170))
    installed = delivered + timedelta(days=rng.randint(4, 20))
    price = Decimal(model.price) * rng.randint(92, 108) / 100
    known = installed <= on
    live = installed + timedelta(days=rng.randint(5, 30))
    return Asset(
        account=customer.account,
        site=rng.choice(customer.sites),
        product=catalogue.products[model.code],
        technician=staff.users["ruud"] if customer.country.name in {"Netherlands", "Belgium"} else None,
        serial=f"{model.code}-{sold:%y}{customer.account.external_id[1:]}{number:02}",
        name=rng.choice(STATIONS),
        configuration={"controller": rng.choice(["C3", "C5"]), "grippers": rng.randint(1, 4)},
        ordered_on=sold,
        promised_on=live + timedelta(days=_EARLY[(number + int(customer.account.external_id[-3:])) % len(_EARLY)]),
        delivered_on=delivered if delivered <= on else None,
        installed_on=installed if known and rng.random() > 0.012 else None,
        went_live_on=live if live <= on else None,
        on_specification_on=live + timedelta(days=16) if live + timedelta(days=16) <= on else None,
        warranty_ends_on=add_months(installed, 24) if known else None,
        first_evidence_on=delivered if delivered <= on else sold,
        price=price,
        currency="EUR",
        price_reporting=price,
        source="erp",
        external_id=f"M-{customer.account.external_id}-{number:02}",
        known_on=sold,
    )


def _sold_on(rng: Random, customer: Customer, number: int, on: date) -> date:
    """The first machine when they became a customer, the others over the years since; some in the year of the wave."""
    if number == 0:
        return customer.since
    if customer.since.year <= WAVE_YEAR and rng.random() < 0.10:
        return date(WAVE_YEAR - 1, rng.randint(8, 12), rng.randint(1, 28))
    days = max((on - customer.since).days - 150, 30)
    return customer.since + timedelta(days=20 + int(days * rng.random() ** 1.6))


def _model(rng: Random, sold: date) -> Model:
    if sold.year == WAVE_YEAR - 1 and sold.month > 7:
        return next(m for m in MODELS if m.code == WAVE_MODEL)
    offered = [m for m in MODELS if m.sold_from <= sold.year <= m.sold_to]
    return rng.choices(offered, [m.weight for m in offered])[0]


def _leave_traces(rng: Random, machines: list[Asset], customers: list[Customer], on: date) -> None:
    """Events: installed, some upgraded after years, a few taken out; a competitor's machine at one customer."""
    events = [_event(m, AssetEvent.Kind.INSTALLED, m.installed_on) for m in machines if m.installed_on]
    for machine in machines:
        upgraded = machine.installed_on and add_months(machine.installed_on, rng.randint(40, 110))
        if upgraded and upgraded <= on and rng.random() < 0.16:
            events.append(_event(machine, AssetEvent.Kind.UPGRADED, upgraded, "Vision kit"))
        old = machine.installed_on and add_months(machine.installed_on, rng.randint(150, 200))
        if old and old <= on and rng.random() < 0.55:
            machine.taken_out_on, machine.taken_out_reason = old, "scrapped"
            events.append(_event(machine, AssetEvent.Kind.TAKEN_OUT, old, "Scrapped by the customer"))
    AssetEvent.objects.bulk_create(events)
    Asset.objects.bulk_update([m for m in machines if m.taken_out_on], ["taken_out_on", "taken_out_reason"])
    _place_competitor(next(c for c in customers if c.account.name == "Hoekstra Zuivel"), on)


def _event(machine: Asset, kind: str, on: date | None, note: str = "") -> AssetEvent:
    assert on is not None
    return AssetEvent(asset=machine, kind=kind, on=on, note=note, known_on=on)


def _place_competitor(customer: Customer, on: date) -> None:
    Asset.objects.create(
        account=customer.account,
        site=customer.sites[0],
        standing=Asset.Standing.COMPETITOR,
        name="Rotex gripper cell",
        first_evidence_on=on - timedelta(days=23),
        known_on=on - timedelta(days=23),
    )
