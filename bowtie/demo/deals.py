"""Deals of the past two years: new customers and expansion, won, lost and open."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from bowtie.demo.customers import Customer
from bowtie.demo.people import Staff
from core.calendar import add_months
from core.history import keep
from core.models.facts import BEGINNING
from installed_base.models import Account, AccountPeriod, Asset
from sales.models import (
    CreditRole,
    DealKind,
    LostReason,
    Opportunity,
    OpportunityCredit,
    OpportunityLine,
    OpportunityPeriod,
    Stage,
)
from sales.rules import pipeline_of, standing_stage

PROSPECTS = (
    "Alpina Käserei",
    "De Heus & Zonen",
    "Nordsee Fisch",
    "Panificio Aurora",
    "Brasserie Vauban",
    "Lubelska Mleczarnia",
)
OPEN = (Stage.QUALIFICATION, Stage.NEEDS_ANALYSIS, Stage.PROPOSAL, Stage.NEGOTIATION)
PROBABILITIES = {
    Stage.QUALIFICATION: "0.20",
    Stage.NEEDS_ANALYSIS: "0.35",
    Stage.PROPOSAL: "0.50",
    Stage.NEGOTIATION: "0.75",
    Stage.WON: "1",
    Stage.LOST: "0",
}
WHY = {
    "price": LostReason.PRICE,
    "no decision": LostReason.NO_DECISION,
    "competitor": LostReason.COMPETITOR,
}
# Kinds that are about machines that stand there: how many of them a deal names at most, and how old they are at least.
ABOUT = {DealKind.UPGRADE: (2, 4), DealKind.REPLACEMENT: (2, 8), DealKind.CROSS_SELL: (1, 0)}
# Every so manyth deal that was won has its credit shared, and of these every third with a technician.
SHARED_EACH, WITH_TECHNICIAN_EACH = 2, 3
KINDS = (
    (DealKind.ADDITIONAL_MACHINE, 30, (90, 420), "Another line for {place}"),
    (DealKind.UPGRADE, 26, (12, 60), "Vision kit for {place}"),
    (DealKind.CROSS_SELL, 18, (6, 40), "Operator training, {place}"),
    (DealKind.REPLACEMENT, 14, (120, 520), "Replacement of the oldest machines in {place}"),
    (DealKind.CONTRACT_UPSELL, 12, (4, 30), "From basic to premium, {place}"),
)


def work(rng: Random, customers: list[Customer], staff: Staff, on: date) -> list[Opportunity]:
    """Write the deals and the course of their stages."""
    prospects = _prospects(staff, on)
    deals = [_expansion(rng, rng.choice(customers), staff, on) for _ in range(64)]
    deals += [_new_logo(rng, rng.choice(prospects), staff, on) for _ in range(11)]
    Opportunity.objects.bulk_create(deals)
    _remember(rng, deals, on)
    _name_machines(deals)
    _share(deals, staff)
    return deals


def new_logos(rng: Random, accounts: list[Account], number: int, staff: Staff, on: date) -> list[Opportunity]:
    """Write so many more deals with companies that are no customers yet."""
    rows = [_new_logo(rng, accounts[place % len(accounts)], staff, on, won=34, reach=460) for place in range(number)]
    Opportunity.objects.bulk_create(rows)
    _remember(rng, rows, on)
    return rows


def _prospects(staff: Staff, on: date) -> list[Account]:
    rows = [
        Account(
            name=name,
            owner=staff.owners["daniel"],
            country="Germany",
            source="crm",
            external_id=f"P{number}",
            known_on=on - timedelta(days=500),
        )
        for number, name in enumerate(PROSPECTS, 1)
    ]
    Account.objects.bulk_create(rows)
    keep(AccountPeriod, [row.pk for row in rows], on=on)
    return rows


def _expansion(rng: Random, customer: Customer, staff: Staff, on: date) -> Opportunity:
    kind, _, (low, high), name = rng.choices(KINDS, [k[1] for k in KINDS])[0]
    place = rng.choice(customer.sites).name
    return _deal(rng, customer.account, kind, name.format(place=place), rng.randint(low, high) * 1000, staff, on)


def _new_logo(rng: Random, account: Account, staff: Staff, on: date, won: int = 56, reach: int = 640) -> Opportunity:
    value = rng.randint(200, 900) * 1000
    return _deal(rng, account, DealKind.NEW_LOGO, f"First line for {account.name}", value, staff, on, won, reach)


def _deal(
    rng: Random,
    account: Account,
    kind: str,
    name: str,
    value: int,
    staff: Staff,
    on: date,
    won: int = 56,
    reach: int = 640,
) -> Opportunity:
    identified = on - timedelta(days=rng.randint(10, reach))
    closes = identified + timedelta(days=rng.randint(70, 240))
    stage = Stage(standing_stage(_stage(rng, closes <= on, won), pipeline_of(kind)))
    closed = closes if stage in (Stage.WON, Stage.LOST) else None
    return Opportunity(
        account=account,
        kind=kind,
        name=name,
        stage=stage,
        owner=staff.owners["daniel"],
        probability=Decimal(PROBABILITIES[stage]),
        value=Decimal(value),
        currency="EUR",
        value_reporting=Decimal(value),
        identified_on=identified,
        expected_close_on=closed or max(closes, on + timedelta(days=rng.randint(12, 150))),
        closed_on=closed,
        lost_because=WHY[rng.choice(tuple(WHY))] if stage == Stage.LOST else "",
        known_on=identified,
    )


def _stage(rng: Random, over: bool, won: int) -> Stage:
    return rng.choices((Stage.WON, Stage.LOST), (won, 100 - won))[0] if over else rng.choice(OPEN)


def _remember(rng: Random, deals: list[Opportunity], on: date) -> None:
    """The stages each deal passed through, evenly spread until its last one."""
    periods = [p for deal in deals for p in _course(deal, on)]
    OpportunityPeriod.objects.bulk_create(periods)
    keep(OpportunityPeriod, [d.pk for d in deals], on=on)


def _course(deal: Opportunity, on: date) -> list[OpportunityPeriod]:
    last = OPEN.index(Stage(deal.stage)) if deal.stage in OPEN else len(OPEN)
    before = dict.fromkeys(Stage(standing_stage(stage, pipeline_of(deal.kind))) for stage in OPEN[:last])
    stages = [*before, Stage(deal.stage)]
    start = deal.identified_on or on
    span = ((deal.closed_on or on) - start).days
    days = [start + timedelta(days=span * i // len(stages)) for i in range(len(stages))]
    days[-1] = deal.closed_on or days[-1]
    starts = [BEGINNING, *days[1:]]
    return [_period(deal, s, a, b) for s, a, b in zip(stages, starts, [*starts[1:], None], strict=True) if a != b]


def _period(deal: Opportunity, stage: Stage, since: date, until: date | None) -> OpportunityPeriod:
    return OpportunityPeriod(
        opportunity=deal,
        stage=stage,
        value_reporting=deal.value_reporting,
        probability=Decimal(PROBABILITIES[stage]),
        expected_close_on=deal.expected_close_on,
        owner=deal.owner,
        valid_from=since,
        valid_to=until,
    )


def _name_machines(deals: list[Opportunity]) -> None:
    """The oldest machines of the account are the lines of a deal about machines; they share its value."""
    about = [deal for deal in deals if deal.kind in ABOUT]
    standing: dict[int, list[Asset]] = {}
    rows = Asset.objects.filter(account__in={deal.account_id for deal in about}, taken_out_on__isnull=True)
    for asset in rows.filter(installed_on__isnull=False).order_by("installed_on", "pk"):
        standing.setdefault(asset.account_id, []).append(asset)
    lines = []
    for deal in about:
        most, years = ABOUT[DealKind(deal.kind)]
        old = add_months(deal.known_on, -12 * years)
        named = [a for a in standing.get(deal.account_id or 0, ()) if a.installed_on and a.installed_on < old][:most]
        for asset in named:
            part = deal.value_reporting and (deal.value_reporting / len(named)).quantize(Decimal("0.01"))
            lines.append(
                OpportunityLine(opportunity=deal, asset=asset, product_id=asset.product_id, value_reporting=part)
            )
    OpportunityLine.objects.bulk_create(lines)


def _share(deals: list[Opportunity], staff: Staff) -> None:
    """Daniel sold it; customer success brought him in, and now and then a technician saw it first."""
    won = [deal for deal in deals if deal.stage == Stage.WON and deal.kind != DealKind.NEW_LOGO]
    credits = []
    for place, deal in enumerate(won[::SHARED_EACH]):
        parts = [("daniel", CreditRole.SALES, "0.60"), ("marloes", CreditRole.CS, "0.40")]
        if place % WITH_TECHNICIAN_EACH == 0:
            parts = [*parts[:1], ("marloes", CreditRole.CS, "0.30"), ("ruud", CreditRole.TECHNICIAN, "0.10")]
        credits += [
            OpportunityCredit(opportunity=deal, user=staff.users[name], role=role, share=Decimal(share))
            for name, role, share in parts
        ]
    OpportunityCredit.objects.bulk_create(credits)
