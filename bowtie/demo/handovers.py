"""Deals that go from hand to hand: to Sales with context, back to CS with promises; one ordered machine, one case."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from bowtie.demo.people import Staff
from core.models import Owner, User
from installed_base.actions.planning import Instalment
from installed_base.models import Account, Contact, Product
from sales.actions.business_case import save_case
from sales.actions.handoff import Promised, Told, accept_handoff, give_handoff, return_handoff
from sales.actions.winning import Order, Winning, win
from sales.models import DealKind, Direction, Handoff, Opportunity, Stage
from sales.queries.business_case import on_record
from sales.rules import OPEN_STAGES
from sales.rules.business_case import ESTIMATED, Inputs
from sales.rules.winning import WinningPolicy, schedule

EXPANSION = (DealKind.ADDITIONAL_MACHINE, DealKind.UPGRADE, DealKind.REPLACEMENT, DealKind.CONTRACT_UPSELL)
# What CS saw: the chance, the history, how they like it, what to be careful with, days ago, and what became of it.
SEEN = (
    (
        "Line 2 runs in three shifts and still sends lorries away half full. The plant manager asked what a second cell"
        " would bring.",
        "Customer since nine years, two lines. The last offer was lost on delivery time, not on price.",
        "Figures first, no slides. Decides with his controller.",
        "Do not mention the breakdown of last spring before service closed it.",
        9,
        "accepted",
    ),
    (
        "Their oldest robot needs parts that are no longer made. They plan the budget of next year now.",
        "Loyal, slow payers. Knows our service people by name.",
        "Visits, no calls.",
        "The maintenance chief fears for his job when the old machine goes.",
        8,
        "late",
    ),
    (
        "They win a contract with a retailer and need a second shape of box from summer on.",
        "Bought once, four years ago, and was content.",
        "",
        "",
        3,
        "returned",
    ),
    (
        "Quality complains of labels that sit askew; the vision kit would end it.",
        "Two reviews a year, always open about their figures.",
        "A demonstration at a neighbour convinces them more than a quote.",
        "",
        1,
        "waiting",
    ),
)
PROMISES = (
    ("output", "1,400 boxes an hour with the large format", 120),
    ("date", "Installed in the week of the summer stop", 75),
    ("uptime", "97 % in the first three months after going live", 160),
)
_FULL: dict[str, Any] = {
    "what": "One machine with the gripper for both formats, installation and the first service visit.",
    "operator": "Two shifts, three operators each; the leads know the predecessor.",
    "training": "Two days on site before going live, half a day after a month.",
    "risks": "The floor under line 2 has to be levelled before delivery; the customer does that.",
}


def hand_over(staff: Staff, on: date) -> list[Handoff]:
    """Let CS and Sales hand deals over; answer most of them."""
    daniel = staff.users["daniel"]
    ordered = _order(staff, on)
    open_deals = [d for d in _deals(on, stage__in=OPEN_STAGES[1:]) if d.kind != DealKind.CONTRACT_UPSELL]
    rows = [_to_sales(deal, *seen, staff, on) for deal, seen in zip(open_deals, SEEN, strict=False)]
    won = _deals(on, stage=Stage.WON, closed_on__gt=on - timedelta(days=360), closed_on__lt=on - timedelta(days=7))
    settled = [deal for deal in won if deal != ordered]
    rows += [_done(deal, number, daniel, staff, on) for number, deal in enumerate(settled) if number % 7 != 6]
    if ordered is not None:
        rows.append(_to_cs(ordered, daniel, staff, on - timedelta(days=2), full=True))
    _keep_or_replace(staff, on)
    return rows


def _deals(on: date, **asked: Any) -> list[Opportunity]:
    rows = Opportunity.objects.filter(kind__in=EXPANSION, identified_on__lt=on - timedelta(days=12), **asked)
    return list(rows.select_related("account__owner__user").order_by("identified_on", "pk"))


def _keeper(deal: Opportunity, staff: Staff) -> tuple[User, Owner]:
    """Who looks after the account, in person: one of CS where it belongs to a pool or to Sales."""
    assert deal.account is not None
    user = deal.account.owner.user
    if user is None or user.username == "daniel":
        user = staff.users[("marloes", "sanne", "jonas")[deal.pk % 3]]
    return user, Owner.objects.of(user)


def _person(account: Account) -> Contact | None:
    return Contact.objects.filter(account=account, left_on__isnull=True).order_by("pk").first()


def _to_sales(
    deal: Opportunity, what: str, history: str, wishes: str, care: str, days: int, end: str, staff: Staff, on: date
) -> Handoff:
    assert deal.account is not None
    day = on - timedelta(days=days)
    giver, _owner = _keeper(deal, staff)
    told = Told(what, history, wishes, care, _person(deal.account), day if end != "returned" else None)
    row = give_handoff(
        opportunity=deal, direction=Direction.TO_SALES, to=staff.owners["daniel"], told=told, by=giver, on=day
    )
    if end == "accepted":
        return accept_handoff(handoff=row, by=staff.users["daniel"], on=day + timedelta(days=2))
    if end == "returned":
        reason = "Who decides there, and does he know that I am going to call?"
        return return_handoff(handoff=row, reason=reason, by=staff.users["daniel"], on=day + timedelta(days=1))
    return row


def _to_cs(deal: Opportunity, by: User, staff: Staff, day: date, *, full: bool) -> Handoff:
    assert deal.account is not None
    _user, owner = _keeper(deal, staff)
    person = _person(deal.account)
    said = _FULL if full else _FULL | {"training": "", "risks": ""}
    told = Told(**said, installs_on=day + timedelta(days=75), trainees=6 if full else None)
    promises = [Promised(kind, text, person, day + timedelta(days=days)) for kind, text, days in PROMISES]
    return give_handoff(
        opportunity=deal, direction=Direction.TO_CS, to=owner, told=told, promises=promises if full else promises[:1],
        by=by, on=day,
    )  # fmt: skip


def _done(deal: Opportunity, number: int, daniel: User, staff: Staff, on: date) -> Handoff:
    """Handed back some days after it was won; every fifth lacked something."""
    day = (deal.closed_on or on) + timedelta(days=2 + number % 4)
    row = _to_cs(deal, daniel, staff, day, full=number % 5 != 4)
    user, _owner = _keeper(deal, staff)
    taken = accept_handoff(handoff=row, by=user, on=day + timedelta(days=1))
    for order in deal.handoffs.filter(direction=Direction.TO_OPERATIONS):
        _answer_order(order, number, staff, day + timedelta(days=2))
    return taken


def _answer_order(order: Handoff, number: int, staff: Staff, day: date) -> None:
    """Operations takes nearly all; now and then something cannot be planned as it was sold."""
    ilse = staff.users["ilse"]
    if number % 6 == 5:
        reason = "The large gripper takes twelve weeks, and eight were promised. Which of the two do they want?"
        return_handoff(handoff=order, reason=reason, by=ilse, on=day)
    else:
        accept_handoff(handoff=order, by=ilse, on=day)


def _order(staff: Staff, on: date) -> Opportunity | None:
    """A machine was won three weeks ago and is on order, best in the place of an old one that goes out for it."""
    day = on - timedelta(days=21)
    deals = Opportunity.objects.filter(
        kind__in=(DealKind.REPLACEMENT, DealKind.ADDITIONAL_MACHINE), stage__in=OPEN_STAGES, identified_on__lt=day,
        value_reporting__gt=0, handoffs=None, tips=None,
    )  # fmt: skip
    for deal in deals.select_related("account__owner__user").order_by("-kind", "-value_reporting", "pk"):
        old = deal.account.assets.in_service(on).filter(product__isnull=False, installed_on__isnull=False)
        machine = old.select_related("product__successor", "site").order_by("installed_on", "pk").first()
        if machine is None:
            continue
        product: Product = machine.product.successor or machine.product
        promised_on = on + timedelta(days=54)
        old_one = machine if deal.kind == DealKind.REPLACEMENT else None
        order = Order(product, promised_on, deal.value_reporting, machine.site, old_one)
        parts = schedule(deal.value_reporting, day, promised_on, WinningPolicy().shares)
        winning = Winning(deal.value_reporting, day, [order], None, [Instalment(*part) for part in parts])
        return win(opportunity=deal, winning=winning, by=staff.users["daniel"], on=day)
    return None


def _keep_or_replace(staff: Staff, on: date) -> None:
    """The replacement that a technician's tip began: what is on record, what they said, what we reckon."""
    deal = (
        Opportunity.objects.filter(kind=DealKind.REPLACEMENT, lines__asset__isnull=False, stage__in=OPEN_STAGES)
        .select_related("account")
        .order_by("-identified_on", "pk")
        .first()
    )
    if deal is None:
        return
    known = on_record(deal, staff.users["thijs"], on)
    reckoned: dict[str, Any] = {
        "maintenance": 48_500, "new_downtime_hours": 9, "new_maintenance": 6_000, "trade_in": 8_000, "life_years": 12,
        "interest": Decimal("5.5"), "finance_months": 60, "lease_monthly": 3_650, "lease_months": 60,
    }  # fmt: skip
    values = {name: Decimal(value) for name, value in reckoned.items()} | known.values
    sources = dict.fromkeys(reckoned, ESTIMATED) | known.sources
    save_case(
        opportunity=deal, inputs=Inputs(**values), sources=sources, capex_year=on.year + 1,
        note="What it makes less than a new one is still to be asked: the production manager has the figures.",
        by=staff.users["daniel"], on=on,
    )  # fmt: skip
