"""Machines that just went live, each with a story: promises, training, check-ins, readings, and what goes wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from bowtie.demo.catalogue import MODELS, Catalogue
from bowtie.demo.customers import Customer
from bowtie.demo.people import Staff
from bowtie.demo.store import store
from core.history import keep
from installed_base.models import (
    Asset,
    AssetEvent,
    AssetPeriod,
    Contact,
    ContactMoment,
    ProductFamily,
    Promise,
    RoiRecord,
    Ticket,
    TicketPeriod,
    Training,
    UsageReading,
    Visit,
)
from installed_base.models.service import Severity
from installed_base.rules.returns import Inputs, to_json, worth_of

Kind = ContactMoment.Kind
NOTES = (
    "Runs; the operators ask for a shorter recipe change.",
    "Went along the line with the shift lead.",
    "Jams at the infeed, twice a shift.",
    "Figures of the week sent.",
)
INPUTS = Inputs(
    hours_before=Decimal(160), hours_after=Decimal(70), cost_hour=Decimal(34), output_before=Decimal(42_000),
    output_after=Decimal(51_500), margin_unit=Decimal("0.11"), scrap_before=Decimal("3.1"), scrap_after=Decimal("1.4"),
    cost_unit=Decimal("0.85"), price=Decimal(226_000),
)  # fmt: skip


@dataclass(frozen=True)
class Story:
    """One start, in days back from the day: installed, live (None: not yet), on specification, result realised.

    `operators` are how many were trained of how many; `output` is what was measured of 900 boxes an hour; `spoken` are
    days back on which somebody checked in; `trouble` a ticket that is open since so many days.
    """

    account: str
    model: str
    live: int | None
    installed: int
    promised: int
    operators: tuple[int, int]
    on_spec: int | None = None
    realised: int | None = None
    output: int | None = None
    uptime: str = ""
    spoken: tuple[int, ...] = ()
    trouble: int | None = None
    stands: int = 0
    machines: int = 1


STORIES = (
    # Stuck: it stands still, and half of the operators were never trained.
    Story("Frisse Start Groenten", "VR12", 17, 24, 18, (3, 6), uptime="71", spoken=(16, 15, 13, 10, 5), trouble=4,
          stands=3),
    # Behind: 780 boxes an hour where 900 were promised, and the first month is over.
    Story("Bergmann Automotive", "LP5", 36, 44, 40, (8, 8), output=780, spoken=(35, 34, 32, 29, 22, 15, 8, 2)),
    # Ahead: on specification in five days, all trained.
    Story("Chocolaterie Maes", "VR8C", 9, 12, 6, (4, 4), on_spec=4, output=940, uptime="97.2", spoken=(8, 7, 6, 5, 2)),
    # As it should be, and the result was realised within two months.
    Story("Mleczarnia Podlaska", "PC600", 66, 72, 70, (6, 6), on_spec=50, realised=12, output=915, uptime="96.1",
          spoken=(65, 64, 62, 59, 52, 45, 38, 24, 10)),
    # The first week.
    Story("Verpakkingen De Smet", "CE2", 3, 7, 2, (2, 5), spoken=(2, 1)),
    # Installed, promised for last week, and not live.
    Story("Hoekstra Zuivel", "PC400", None, 20, 6, (0, 4), spoken=(12, 5)),
    # Two cells of one line that went live on one day: one start.
    Story("Ceramica Bellini", "DP1", 24, 31, 20, (5, 6), output=905, spoken=(23, 22, 21, 17, 10, 3), on_spec=8,
          machines=2),
    # Nobody calls.
    Story("Great Lakes Dairy", "VR20", 21, 30, 25, (4, 4), spoken=(20, 18)),
)  # fmt: skip


def begin(catalogue: Catalogue, customers: list[Customer], staff: Staff, on: date) -> None:
    """Write the starts, with the intervals of the families."""
    for family, months in (("Palletisers", 6), ("Pickers", 4), ("Line packers", 3), ("Case erectors", 12)):
        ProductFamily.objects.filter(name=family).update(maintenance_months=months)
    by_name = {c.account.name: c for c in customers}
    for number, story in enumerate(STORIES, 1):
        _Start(story, by_name[story.account], catalogue, staff, on, number).write()


class _Start:
    """One story becoming rows."""

    def __init__(
        self, story: Story, customer: Customer, catalogue: Catalogue, staff: Staff, on: date, number: int
    ) -> None:
        self.story, self.account, self.site, self.on, self.number = (
            story,
            customer.account,
            customer.sites[0],
            on,
            number,
        )
        self.product = catalogue.products[story.model]
        self.price = next(Decimal(m.price) for m in MODELS if m.code == story.model)
        self.by = customer.account.owner.user_id or staff.users["sanne"].pk
        self.people = list(Contact.objects.filter(account=self.account).order_by("pk"))

    def back(self, days: int) -> date:
        return self.on - timedelta(days=days)

    def write(self) -> None:
        machines = [self._machine(n) for n in range(1, self.story.machines + 1)]
        Asset.objects.bulk_create(machines)
        keep(AssetPeriod, [m.pk for m in machines], on=self.back(self.story.installed + 150))
        AssetEvent.objects.bulk_create([event for m in machines for event in self._events(m)])
        for machine in machines:
            store(list(self._promises(machine)))
            store(list(self._trainings(machine)))
            store(list(self._readings(machine)))
        first = machines[0]
        store(list(self._moments(first)))
        store(list(self._results(first)))
        store(list(self._visits(first)))
        tickets = list(self._tickets(first))
        store(tickets)
        keep(TicketPeriod, [t.pk for t in tickets], on=self.on)

    def _machine(self, n: int) -> Asset:
        story, sold = self.story, self.back(self.story.installed + 150)
        return Asset(
            account=self.account,
            site=self.site,
            product=self.product,
            serial=f"{story.model}-N{self.number}{n:02}",
            name=f"new line {n}",
            ordered_on=sold,
            promised_on=self.back(story.promised),
            delivered_on=self.back(story.installed + 6),
            installed_on=self.back(story.installed),
            went_live_on=None if story.live is None else self.back(story.live),
            on_specification_on=None if story.on_spec is None else self.back(story.on_spec),
            warranty_ends_on=self.on + timedelta(days=730 - story.installed),
            first_evidence_on=self.back(story.installed),
            price=self.price,
            currency="EUR",
            price_reporting=self.price,
            source="erp",
            external_id=f"N-{self.number:02}-{n}",
            known_on=sold,
        )

    def _events(self, machine: Asset) -> Iterator[AssetEvent]:
        days = (
            (AssetEvent.Kind.INSTALLED, machine.installed_on),
            (AssetEvent.Kind.WENT_LIVE, machine.went_live_on),
            (AssetEvent.Kind.ON_SPECIFICATION, machine.on_specification_on),
        )
        for kind, day in days:
            if day:
                yield AssetEvent(asset=machine, kind=kind, on=day, known_on=day, by_id=self.by)

    def _promises(self, machine: Asset) -> Iterator[Promise]:
        story, sold = self.story, self.back(self.story.installed + 150)
        shared: dict[str, Any] = {"account": self.account, "asset": machine, "promised_on": sold, "known_on": sold}
        due = self.back(story.live - 28) if story.live is not None else self.on + timedelta(days=28)
        measured = self.back(min(story.live or 0, 2))
        output = None if story.output is None else Decimal(story.output)
        uptime = Decimal(story.uptime) if story.uptime else None
        yield Promise(
            kind="output", text="900 boxes an hour", unit="boxes/h", promised=Decimal(900), origin="quote", due_on=due,
            measured=output, measured_on=measured if output else None,
            met_on=measured if output and output >= 900 else None, **shared,
        )  # fmt: skip
        yield Promise(
            kind="uptime", text="Uptime of 95 per cent", unit="%", promised=Decimal(95), origin="contract",
            due_on=self.back(story.live - 84) if story.live is not None else None, measured=uptime,
            measured_on=measured if uptime else None, met_on=measured if uptime and uptime >= 95 else None, **shared,
        )  # fmt: skip
        yield Promise(
            kind="return", text="Earned back within three years", unit="months", direction="at_most",
            promised=Decimal(36), origin="talk", due_on=self.on + timedelta(days=60), **shared,
        )  # fmt: skip

    def _trainings(self, machine: Asset) -> Iterator[Training]:
        trained, people = self.story.operators
        day = self.back(self.story.live - 1) if self.story.live is not None else None
        shared: dict[str, Any] = {
            "account": self.account,
            "asset": machine,
            "known_on": self.back(self.story.installed),
        }
        for contact in self.people[:1]:
            yield Training(contact=contact, kind="operation", trained_on=day if trained else None, **shared)
        if trained > 1:
            yield Training(people=trained - 1, kind="operation", trained_on=day, **shared)
        if people > max(trained, 1):
            missing = people - max(trained, 1)
            yield Training(people=missing, kind="operation", planned_on=self.on + timedelta(days=4), **shared)

    def _readings(self, machine: Asset) -> Iterator[UsageReading]:
        """A reading a day: output rises, unless it does not."""
        if self.story.live is None:
            return
        goal = self.story.output or 890
        for n in range(self.story.live + 1):
            back = self.story.live - n
            stands = back < self.story.stands
            pace = Decimal(goal) if self.story.output == 780 else Decimal(min(goal, 620 + 14 * n))
            hours = Decimal(0) if stands else Decimal("14.5")
            made = int(hours * pace)
            yield UsageReading(
                asset=machine, on=self.back(back), days=1, run_hours=hours, available_hours=Decimal(16), output=made,
                good_output=int(made * Decimal("0.985")), source="telemetry",
                external_id=f"{machine.external_id}/{self.back(back)}", known_on=self.back(back),
            )  # fmt: skip

    def _moments(self, machine: Asset) -> Iterator[ContactMoment]:
        for n, days in enumerate(self.story.spoken):
            yield ContactMoment(
                account=self.account,
                contact=self.people[n % len(self.people)] if self.people else None,
                by_id=self.by,
                kind=(Kind.CALL, Kind.VISIT, Kind.CALL, Kind.MESSAGE)[n % 4],
                on=self.back(days),
                note=NOTES[n % 4],
                subject_kind="asset",
                subject_id=machine.pk,
                known_on=self.back(days),
            )  # fmt: skip

    def _results(self, machine: Asset) -> Iterator[RoiRecord]:
        if self.story.realised is None:
            return
        agreed, realised = self.back(self.story.installed + 20), self.back(self.story.realised)
        yield RoiRecord(
            account=self.account, asset=machine, goal="Two operators less on the line", unit="operators",
            before=Decimal(5), promised=Decimal(3), realised=Decimal(3), agreed_on=agreed, realised_on=realised,
            realised_by_id=self.by, inputs=to_json(INPUTS), worth_reporting=worth_of(INPUTS).total, known_on=agreed,
        )  # fmt: skip

    def _visits(self, machine: Asset) -> Iterator[Visit]:
        installed = self.back(self.story.installed)
        yield Visit(
            account=self.account, site=self.site, asset=machine, kind=Visit.Kind.INSTALLATION, on=installed,
            hours=Decimal(16), known_on=installed, source="service", external_id=f"{machine.external_id}/installed",
        )  # fmt: skip

    def _tickets(self, machine: Asset) -> Iterator[Ticket]:
        if self.story.trouble is None:
            return
        opened = datetime.combine(self.back(self.story.trouble), time(7, 20), UTC)
        yield Ticket(
            account=self.account, site=self.site, asset=machine, number=f"T-9{self.number:03}",
            title="Servo fault on axis 2",
            kind=Ticket.Kind.BREAKDOWN, severity=Severity.CRITICAL, opened_at=opened,
            first_answer_at=opened + timedelta(hours=2), source="service", external_id=f"T-9{self.number:03}",
            known_on=opened.date(),
        )  # fmt: skip
