"""Six years of revenue: machines sold, contracts invoiced by the quarter, parts, upgrades and training."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from bowtie.demo.customers import Customer
from bowtie.demo.moods import RESCUED, Mood
from bowtie.demo.store import store
from bowtie.demo.voices import settle
from core.calendar import add_months
from installed_base.models import Asset, AssetEvent, LedgerEntry, PartsOrder, PartsOrderLine, Term
from installed_base.models.orders import Stream

YEARS = 6
PARTS = (
    ("Gripper pads", 240),
    ("Drive belt", 310),
    ("Suction cups, 50", 190),
    ("Servo motor", 1460),
    ("Seal kit", 520),
)
# Ordered nothing for ten months.
SILENT = "Noordhof Groep"


def invoice(
    rng: Random,
    customers: list[Customer],
    machines: list[Asset],
    terms: list[Term],
    moods: dict[int, Mood],
    on: date,
) -> None:
    """Write the ledger and the parts orders, from the start of its history until `on`."""
    since = add_months(on, -12 * YEARS).replace(month=1, day=1)
    fleets = _fleets(machines)
    loyal = {term.contract.account_id for term in terms}
    orders = [
        o for c in customers for o in _orders(rng, c, fleets[c.account.pk], _last_order(rng, c, loyal, on), since)
    ]
    lines = [line for order in orders for line in _lines(rng, order, fleets[order.account_id])]
    orders, lines = _declined(orders, lines, next(c for c in customers if c.account.name == RESCUED), on)
    store(orders)
    for line in lines:
        line.order_id = line.order.pk
    store(lines)
    rows = [
        *_sales(machines, since, on),
        *(row for term in terms for row in _quarters(term, since, on)),
        *_parts(orders),
        *_upgrades(since, on),
        *_trainings(rng, machines, since, on),
    ]
    settle(rows, moods, on)
    store(rows)


def _declined(
    orders: list[PartsOrder], lines: list[PartsOrderLine], customer: Customer, on: date
) -> tuple[list[PartsOrder], list[PartsOrderLine]]:
    """The customer that is being rescued bought 31 per cent less in the last year than in the one before."""
    year, before = add_months(on, -12), add_months(on, -24)
    theirs = [o for o in orders if o.account.pk == customer.account.pk]
    earlier = sum((o.amount or Decimal(0) for o in theirs if before < o.ordered_on <= year), Decimal(0))
    recent = [o for o in theirs if o.ordered_on > year]
    kept = Decimal(0)
    goal, gone = earlier * Decimal("0.69"), set()
    for order in recent:
        if kept + (order.amount or 0) > goal:
            gone.add(order.number)
        else:
            kept += order.amount or 0
    return [o for o in orders if o.number not in gone], [n for n in lines if n.order.number not in gone]


def _fleets(machines: list[Asset]) -> defaultdict[int, list[Asset]]:
    fleets: defaultdict[int, list[Asset]] = defaultdict(list)
    for machine in machines:
        fleets[machine.account_id].append(machine)
    return fleets


def _last_order(rng: Random, customer: Customer, loyal: set[int], on: date) -> date:
    """One customer fell silent; some without a contract left for good more than a year ago."""
    if customer.account.name == SILENT:
        return on - timedelta(days=304)
    left = customer.account.pk not in loyal and customer.machines < 4 and rng.random() < 0.5
    return on - timedelta(days=rng.randint(420, 600)) if left else on


def _row(account_id: int, stream: str, on: date, amount: Decimal, key: str, **values: object) -> LedgerEntry:
    return LedgerEntry(
        account_id=account_id,
        stream=stream,
        on=on,
        amount=amount,
        currency="EUR",
        amount_reporting=amount,
        source="erp",
        external_id=key,
        known_on=on,
        **values,
    )


def _sales(machines: list[Asset], since: date, on: date) -> Iterator[LedgerEntry]:
    for m in machines:
        if m.delivered_on and since <= m.delivered_on <= on and m.price:
            yield _row(m.account_id, Stream.MACHINE, m.delivered_on, m.price, f"INV-{m.external_id}", asset=m)


def _quarters(term: Term, since: date, on: date) -> Iterator[LedgerEntry]:
    """A quarter of the annual value in advance, with the quarter as its period."""
    amount = ((term.annual_value or Decimal(0)) / 4).quantize(Decimal("0.01"))
    for quarter in range(40):
        start = add_months(term.starts_on, 3 * quarter)
        if start > min(on, term.ends_on or on):
            return
        if start >= since:
            end = add_months(term.starts_on, 3 * quarter + 3) - timedelta(days=1)
            key = f"INV-{term.external_id}-{quarter}"
            account = term.contract.account_id
            yield _row(
                account, Stream.SERVICE_CONTRACT, start, amount, key, term=term, period_from=start, period_to=end
            )


def _orders(rng: Random, customer: Customer, machines: list[Asset], stop: date, since: date) -> Iterator[PartsOrder]:
    """Orders in the customer's own rhythm; a few buy less and less."""
    if not machines or rng.random() < 0.06:
        return
    pace = max(16, 400 // len(machines)) * rng.randint(70, 130) // 100
    drift = rng.choices((1.0, 0.94, 1.12), (62, 22, 16))[0]
    day, number, gap = max(since, customer.since) + timedelta(days=rng.randint(1, pace)), 0, float(pace)
    while day <= stop:
        number += 1
        yield PartsOrder(
            account=customer.account,
            number=f"PO-{customer.account.external_id}-{number:03}",
            ordered_on=day,
            currency="EUR",
            source="erp",
            external_id=f"PO-{customer.account.external_id}-{number:03}",
            known_on=day,
        )
        gap = min(gap * (drift ** (pace / 365)), 400)
        day += timedelta(days=max(4, int(gap * rng.uniform(0.6, 1.4))))


def _lines(rng: Random, order: PartsOrder, fleet: list[Asset]) -> list[PartsOrderLine]:
    chosen = rng.sample(PARTS, rng.randint(1, 3))
    present: list[Asset | None] = [m for m in fleet if m.delivered_on and m.delivered_on <= order.ordered_on]
    lines = [_line(rng, order, name, price, rng.choice(present or [None])) for name, price in chosen]
    order.amount = order.amount_reporting = sum((line.amount or Decimal(0) for line in lines), Decimal(0))
    return lines


def _line(rng: Random, order: PartsOrder, name: str, price: int, machine: Asset | None) -> PartsOrderLine:
    quantity = rng.randint(1, 9)
    amount = Decimal(price * quantity)
    return PartsOrderLine(
        order=order,
        asset=machine,
        description=name,
        quantity=quantity,
        amount=amount,
        amount_reporting=amount,
        cost_reporting=(amount * Decimal("0.58")).quantize(Decimal("0.01")),
        source="erp",
        external_id=f"{order.external_id}-{name}",
        known_on=order.ordered_on,
    )


def _parts(orders: list[PartsOrder]) -> Iterator[LedgerEntry]:
    """One invoice per order; the order's amount is the sum of its lines."""
    for order in orders:
        key, amount = f"INV-{order.number}", order.amount or Decimal(0)
        yield _row(order.account_id, Stream.PARTS, order.ordered_on, amount, key, order_reference=order.number)


def _upgrades(since: date, on: date) -> Iterator[LedgerEntry]:
    done = AssetEvent.objects.filter(kind=AssetEvent.Kind.UPGRADED, on__range=(since, on)).select_related("asset")
    for event in done:
        amount = ((event.asset.price or Decimal(0)) * Decimal("0.14")).quantize(Decimal(1))
        key = f"INV-U-{event.asset.external_id}"
        yield _row(event.asset.account_id, Stream.UPGRADE, event.on, amount, key, asset=event.asset)


def _trainings(rng: Random, machines: list[Asset], since: date, on: date) -> Iterator[LedgerEntry]:
    for m in machines:
        if m.went_live_on and since <= m.went_live_on <= on and rng.random() < 0.6:
            amount = Decimal(rng.randint(18, 46) * 100)
            yield _row(m.account_id, Stream.TRAINING, m.went_live_on, amount, f"INV-T-{m.external_id}", asset=m)
