"""What sales hear and see at Voss Robotics: events, a successor, parts that wear, a problem that keeps coming back."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from bowtie.demo.catalogue import FOUNDED
from bowtie.demo.customers import Customer
from bowtie.demo.people import Staff
from bowtie.demo.store import store
from core.history import keep
from core.models import User
from installed_base.models import Account, AccountEvent, Asset, PartsOrderLine, Product, Ticket, TicketPeriod
from installed_base.models.service import Severity

Kind, Heard = AccountEvent.Kind, AccountEvent.Heard
# Customer (by its place among those with machines) -> what, where it was heard, how many days ago, in whose words.
EVENTS = (
    (Kind.NEW_PLANT, Heard.PRESS, 12, "daniel", "Regional paper: second plant opens next autumn, two lines."),
    (Kind.LARGE_ORDER, Heard.CONTACT, 5, "marloes", "Won the private label of a supermarket; three shifts from March."),
    (Kind.GROWTH, Heard.LINKEDIN, 33, "daniel", "Forty vacancies in production at once."),
    (Kind.NEW_PRODUCT, Heard.CONTACT, 20, "jonas", "Trays beside boxes from summer on; asked whether we do trays."),
    (Kind.NEW_MANAGEMENT, Heard.LINKEDIN, 9, "sanne", "New operations director, came from a competitor's customer."),
    (Kind.MERGER, Heard.PRESS, 41, "daniel", "Bought their neighbour; two fleets, two service contracts."),
    (Kind.COMPETITOR_COMPLAINT, Heard.VISIT, 16, "jonas", "The Rotex cell stood still for a week; they are fed up."),
    (Kind.NEW_STRATEGY, Heard.CONTACT, 60, "tomasz", "Goes into pharmaceutical packaging; wants validation papers."),
    (Kind.BOTTLENECK, Heard.VISIT, 7, "marloes", "The palletiser holds up the whole line in the morning."),
    (Kind.UNUSED_FEATURES, Heard.READINGS, 25, "sanne", "The vision kit has not been switched on since spring."),
)
DOWNTIME_COST = Decimal(500)
WORN_AFTER, PADS = Decimal(9000), "Gripper pads"


def seen(customers: list[Customer], machines: list[Asset], staff: Staff, on: date) -> None:
    """Write what was heard, told and announced; the triggers find it when the days are run."""
    fleets = _fleets(machines)
    known = sorted((c for c in customers if fleets.get(c.account.pk)), key=lambda c: -len(fleets[c.account.pk]))
    _hear(known, fleets, staff.users, on)
    _announce(on)
    _wear_out()
    _tell_costs(known)
    _come_back(fleets[known[3].account.pk][0], on)


def _fleets(machines: list[Asset]) -> dict[int, list[Asset]]:
    found: dict[int, list[Asset]] = {}
    for machine in machines:
        if machine.installed_on and not machine.taken_out_on:
            found.setdefault(machine.account_id, []).append(machine)
    return found


def _hear(known: list[Customer], fleets: dict[int, list[Asset]], users: dict[str, User], on: date) -> None:
    events = []
    for customer, (kind, heard, ago, by, note) in zip(known, EVENTS, strict=False):
        day = on - timedelta(days=ago)
        about = fleets[customer.account.pk][0] if kind in (Kind.BOTTLENECK, Kind.UNUSED_FEATURES) else None
        events.append(
            AccountEvent(
                account=customer.account, asset=about, kind=kind, heard=heard, on=day, known_on=day, by=users[by],
                note=note,
            )
        )  # fmt: skip
    store(events)


def _announce(on: date) -> None:
    """The oldest picker has a successor since two months."""
    after = Product.objects.get(code="PC600")
    Product.objects.filter(code="PC200").update(successor=after, successor_from=on - timedelta(days=60))


def _wear_out() -> None:
    """Gripper pads are a product of their own, and worn after some two years of running."""
    pads = Product.objects.create(
        code="GP", name=PADS, kind=Product.Kind.PART, counts_as_machine=False, wear_hours=WORN_AFTER, list_price=240,
        currency="EUR", known_on=FOUNDED, source="erp", external_id="GP",
    )  # fmt: skip
    PartsOrderLine.objects.filter(description=PADS).update(product=pads)


def _tell_costs(known: list[Customer]) -> None:
    """Every third customer said what an hour of standstill costs."""
    told = [c.account.pk for c in known[::3]]
    Account.objects.filter(pk__in=told).update(downtime_cost_hour=DOWNTIME_COST)


def _come_back(machine: Asset, on: date) -> None:
    """The same jam three times within two months, the last one a day and a half long."""
    tickets = []
    for number, (ago, hours) in enumerate(((58, 3), (31, 5), (11, 36)), 1):
        opened = datetime.combine(on - timedelta(days=ago), time(8, 10), UTC)
        tickets.append(
            Ticket(
                account_id=machine.account_id, site_id=machine.site_id, asset=machine, number=f"T-9900{number}",
                external_id=f"T-9900{number}", title="Tray jams at the outfeed", kind=Ticket.Kind.BREAKDOWN,
                severity=Severity.CRITICAL, opened_at=opened, first_answer_at=opened + timedelta(hours=1),
                resolved_at=opened + timedelta(hours=hours), downtime_hours=Decimal(hours), source="service",
                known_on=opened.date(),
            )
        )  # fmt: skip
    store(tickets)
    keep(TicketPeriod, [t.pk for t in tickets], on=on)
