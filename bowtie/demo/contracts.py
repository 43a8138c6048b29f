"""Service contracts with their chains of terms, and the machines they cover."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

from bowtie.demo.catalogue import Catalogue
from bowtie.demo.customers import Customer
from core.calendar import add_months, inclusive_end
from core.history import keep
from installed_base.models import (
    Asset,
    Contract,
    Coverage,
    CoveragePeriod,
    Level,
    Term,
    TermPeriod,
    TermSuccession,
)

# The customers in the story of the queue: days until their present term ends, and its level.
STORIED = {
    "Van Houten Bakkerijen": (58, "premium"),
    "Bergmann Automotive": (27, "premium"),
    "Mleczarnia Podlaska": (15, "premium"),
    "Hoekstra Zuivel": (9, "basic"),
    "Ceramica Bellini": (21, "basic"),
    "Great Lakes Dairy": (40, "full_service"),
    "Laiterie du Jura": (41, "premium"),
    "Chocolaterie Maes": (40, "premium"),
    "Kühne & Rapp Logistik": (24, "premium"),
    "Verpakkingen De Smet": (-21, "premium"),
    "Frisse Start Groenten": (-12, "basic"),
    "Noordhof Groep": (86, "full_service"),
}


OPEN_SINCE = timedelta(weeks=16)


@dataclass(frozen=True)
class Deal:
    """The conditions of one contract: kept from term to term, with a rise in price at each."""

    customer: Customer
    machines: tuple[Asset, ...]
    level: Level
    months: int
    notice_months: int
    tacit: bool
    last_end: date
    terms: int
    lost: bool


def sign(rng: Random, catalogue: Catalogue, customers: list[Customer], machines: list[Asset], on: date) -> list[Term]:
    """Write every contract with its terms, successions, coverage lines and periods."""
    by_account: dict[int, list[Asset]] = {}
    for machine in machines:
        by_account.setdefault(machine.account_id, []).append(machine)
    deals = [d for c in customers for d in _deals(rng, catalogue, c, by_account.get(c.account.pk, []), on)]
    chains = [_chain(rng, number, deal, on) for number, deal in enumerate(deals, 20301)]
    Contract.objects.bulk_create([chain[0].contract for chain in chains])
    terms = [term for chain in chains for term in chain]
    Term.objects.bulk_create(terms)
    _link(chains)
    _cover(deals, chains)
    keep(TermPeriod, [t.pk for t in terms], on=on)
    return terms


def left(terms: list[Term], on: date) -> set[int]:
    """The accounts with a contract whose last term ended, with nothing after it."""
    last = {term.contract_id: term for term in sorted(terms, key=lambda t: t.number)}
    return {t.contract.account_id for t in last.values() if t.ends_on and t.ends_on < on - OPEN_SINCE}


def _deals(rng: Random, catalogue: Catalogue, customer: Customer, machines: list[Asset], on: date) -> list[Deal]:
    """One to three contracts that share the machines of a customer; some machines stay without."""
    storied = STORIED.get(customer.account.name)
    if not machines or (not storied and rng.random() < 0.12):
        return []
    covered = [m for m in machines if m.installed_on and not m.taken_out_on and (storied or rng.random() < 0.86)]
    parts = 1 if len(covered) < 6 or storied else rng.choice((1, 2))
    groups = [covered[i::parts] for i in range(parts)]
    return [
        _deal(rng, catalogue, customer, tuple(g), on, storied if i == 0 else None) for i, g in enumerate(groups) if g
    ]


def _deal(
    rng: Random,
    catalogue: Catalogue,
    customer: Customer,
    machines: tuple[Asset, ...],
    on: date,
    storied: tuple[int, str] | None,
) -> Deal:
    months = 12 if storied else rng.choices((12, 24, 36), (62, 14, 24))[0]
    days = storied[0] if storied else rng.randint(1, months * 30)
    key = storied[1] if storied else rng.choices(("basic", "premium", "full_service"), (46, 38, 16))[0]
    lost = not storied and rng.random() < 0.09
    return Deal(
        customer=customer,
        machines=machines,
        level=catalogue.levels[key],
        months=months,
        notice_months=rng.choice((1, 2, 3)) if not storied else 1,
        tacit=not storied and rng.random() < 0.4,
        last_end=on + timedelta(days=days) if not lost else on - timedelta(days=rng.randint(130, 700)),
        terms=rng.randint(1, 5),
        lost=lost,
    )


def _chain(rng: Random, number: int, deal: Deal, on: date) -> list[Term]:
    """The terms of a contract, oldest first, each following the one before it without a gap."""
    contract = Contract(
        account=deal.customer.account,
        number=f"SC-{number}",
        title=f"Service, {len(deal.machines)} machines",
        kind="maintenance",
        source="erp",
        external_id=f"SC-{number}",
        known_on=deal.customer.since,
    )
    starts = [add_months(deal.last_end + timedelta(days=1), -deal.months * back) for back in range(deal.terms, 0, -1)]
    starts = [s for s in starts if s > deal.customer.since] or starts[-1:]
    if starts[-1] > on - OPEN_SINCE and starts[1:]:
        starts.pop()  # signed in the weeks that are lived through
    price = Decimal(deal.level.list_price or 0) * len(deal.machines) * rng.randint(82, 104) / 100
    chain = []
    for index, start in enumerate(starts):
        chain.append(_term(contract, deal, index + 1, start, price.quantize(Decimal(1))))
        price *= Decimal(rng.randint(1010, 1048)) / 1000
    return chain


def _term(contract: Contract, deal: Deal, number: int, starts_on: date, annual: Decimal) -> Term:
    signed = starts_on - timedelta(days=24)
    return Term(
        contract=contract,
        number=number,
        level=deal.level,
        starts_on=starts_on,
        ends_on=inclusive_end(starts_on, deal.months),
        notice_months=deal.notice_months,
        tacit_months=12 if deal.tacit else None,
        signed_on=signed,
        total_value=annual * deal.months / 12,
        annual_value=annual,
        currency="EUR",
        total_value_reporting=annual * deal.months / 12,
        annual_value_reporting=annual,
        source="erp",
        external_id=f"{contract.number}/{number}",
        known_on=signed,
    )


def _link(chains: list[list[Term]]) -> None:
    TermSuccession.objects.bulk_create(
        TermSuccession(term=old, successor=new, known_on=new.known_on)
        for chain in chains
        for old, new in pairwise(chain)
    )


def _cover(deals: list[Deal], chains: list[list[Term]]) -> None:
    lines = [
        _line(term, machine, machine.installed_on, len(deal.machines))
        for deal, chain in zip(deals, chains, strict=True)
        for term in chain
        for machine in deal.machines
        if machine.installed_on and term.ends_on and machine.installed_on <= term.ends_on
    ]
    Coverage.objects.bulk_create(lines)
    keep(CoveragePeriod, [line.pk for line in lines], on=lines[0].starts_on)


def _line(term: Term, machine: Asset, installed_on: date, machines: int) -> Coverage:
    share = (term.annual_value or Decimal(0)) / machines
    return Coverage(
        term=term,
        asset=machine,
        starts_on=max(term.starts_on, installed_on),
        ends_on=term.ends_on,
        annual_value=share.quantize(Decimal("0.01")),
        currency="EUR",
        annual_value_reporting=share.quantize(Decimal("0.01")),
        known_on=term.known_on,
    )
