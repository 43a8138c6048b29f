"""A deal is won: what was sold goes into the installed base, in one transaction; and is taken back while untouched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.audit import audited
from core.models import User
from installed_base.actions.contracting import Agreement, sign_agreement, why_term_stays, withdraw_agreement
from installed_base.actions.ordering import OrderRefused, order_machine, why_not_withdrawn, withdraw_order
from installed_base.actions.planning import Instalment, PlanRefused, plan_instalments, withdraw_plan
from installed_base.actions.terms import TermRefused
from installed_base.models import Asset, LedgerEntry, Product, Site
from installed_base.models.orders import Stream
from sales.actions.handoff import recall_handoff
from sales.actions.opportunity import close, reopen
from sales.models import DealKind, Delivery, Direction, Handoff, Opportunity, Stage

REFUSALS = (OrderRefused, TermRefused, PlanRefused)
_STREAMS = {
    DealKind.UPGRADE: Stream.UPGRADE,
    DealKind.REPLACEMENT: Stream.REPLACEMENT,
    DealKind.CROSS_SELL: Stream.OTHER,
    DealKind.CONTRACT_UPSELL: Stream.SERVICE_CONTRACT,
}


@dataclass(frozen=True)
class Order:
    """One machine that was sold; `replaces` is the old one that goes out when it is installed."""

    product: Product
    promised_on: date
    price: Decimal | None = None
    site: Site | None = None
    replaces: Asset | None = None
    number: str = ""


@dataclass(frozen=True)
class Winning:
    """What the customer signed. Only value and day must be known; the rest is written where it is given."""

    value: Decimal | None
    won_on: date | None
    orders: Sequence[Order] = ()
    agreement: Agreement | None = None
    instalments: Sequence[Instalment] = ()


def plan_key(deal: Opportunity) -> str:
    """The key of the invoice schedule of a deal."""
    return f"deal-{deal.pk}"


def win(*, opportunity: Opportunity, winning: Winning, by: User, on: date) -> Opportunity:
    """Close a deal as won and write what was sold: machines on order, the contract, the invoices to come.

    Raises ValidationError with a sentence, and then nothing was written.
    """
    if winning.value is None or winning.won_on is None:
        raise ValidationError(_("A deal is won for an amount, on a day: give both."))
    if winning.won_on > on:
        raise ValidationError(_("The day on which it was won has not come yet; choose today or earlier."))
    with audited(by=by, why="sales.win"):
        deal = Opportunity.objects.select_for_update(of=("self",)).select_related("account").get(pk=opportunity.pk)
        if deal.identified_on and winning.won_on < deal.identified_on:
            raise ValidationError(_("It cannot be won before it was seen."))
        close(opportunity=deal, won=True, value=winning.value, closed_on=winning.won_on, by=by, on=on)
        try:
            _write(deal, winning, by, on)
        except REFUSALS as refused:
            raise ValidationError(str(refused)) from refused
    opportunity.refresh_from_db()
    return opportunity


def _write(deal: Opportunity, winning: Winning, by: User, on: date) -> None:
    if not (winning.orders or winning.agreement or winning.instalments):
        return
    if deal.account is None or winning.won_on is None:
        raise ValidationError(_("Nobody knows whose deal this is. Give it an account first."))
    machines = [_order(deal, order, winning.won_on, by, on) for order in winning.orders]
    rows = [Delivery(opportunity=deal, asset=machine, written_on=on, written_by=by) for machine in machines]
    if winning.agreement is not None:
        signed = sign_agreement(
            account=deal.account, agreement=winning.agreement, signed_on=winning.won_on, by=by, on=on
        )
        rows.append(
            Delivery(
                opportunity=deal, term=signed, renewed=winning.agreement.follows, written_on=on, written_by=by
            )
        )  # fmt: skip
    Delivery.objects.bulk_create(rows)
    plan_instalments(
        account=deal.account,
        key=plan_key(deal),
        stream=_STREAMS.get(DealKind(deal.kind), Stream.MACHINE),
        instalments=winning.instalments,
        asset=machines[0] if len(machines) == 1 else None,
        by=by,
        on=on,
    )


def _order(deal: Opportunity, order: Order, won_on: date, by: User, on: date) -> Asset:
    assert deal.account is not None
    return order_machine(
        account=deal.account,
        product=order.product,
        ordered_on=won_on,
        promised_on=order.promised_on,
        price=order.price,
        site=order.site,
        replaces=order.replaces,
        number=order.number,
        by=by,
        on=on,
    )


def why_won_stays(opportunity: Opportunity, on: date) -> list[str]:
    """Why a win can no longer be taken back, in sentences; none while everything it wrote is untouched."""
    found = []
    accepted = set(opportunity.handoffs.filter(accepted_on__isnull=False).values_list("direction", flat=True))
    if Direction.TO_CS in accepted:
        found.append(_("CS has taken it over: what was promised stands in the base."))
    if Direction.TO_OPERATIONS in accepted:
        found.append(_("Operations has accepted the order: it is being planned."))
    for row in opportunity.deliveries.select_related("asset__product", "term__contract"):
        found.append(why_not_withdrawn(row.asset) if row.asset else why_term_stays(row.term, on))
    if (
        opportunity.account_id
        and LedgerEntry.objects.filter(
            account=opportunity.account_id,
            plan_key__startswith=f"{plan_key(opportunity)}/",
            state=LedgerEntry.State.POSTED,
        ).exists()
    ):
        found.append(_("A part of it was invoiced already."))
    return [sentence for sentence in found if sentence]


def take_back(*, opportunity: Opportunity, by: User, on: date) -> None:
    """Open a decided deal again. What winning wrote goes, as long as nobody has built on it; else ValidationError says
    why it cannot, and nothing is touched."""
    with audited(by=by, why="sales.take_back"):
        deal = Opportunity.objects.select_for_update(of=("self",)).select_related("account").get(pk=opportunity.pk)
        if deal.stage == Stage.WON:
            if reasons := why_won_stays(deal, on):
                raise ValidationError([_("This deal cannot be opened again."), *reasons])
            try:
                _withdraw(deal, by, on)
            except REFUSALS as refused:
                raise ValidationError(str(refused)) from refused
        reopen(opportunity=deal, by=by, on=on)


def _withdraw(deal: Opportunity, by: User, on: date) -> None:
    waiting = Handoff.objects.filter(opportunity=deal).exclude(direction=Direction.TO_SALES).waiting()
    for row in waiting:
        recall_handoff(handoff=row, by=by, on=on)
    if deal.account is not None:
        withdraw_plan(account=deal.account, key=plan_key(deal), by=by, on=on)
    for delivery in deal.deliveries.select_related("asset", "term", "renewed"):
        if delivery.asset is not None:
            withdraw_order(asset=delivery.asset, by=by, on=on)
        elif delivery.term is not None:
            withdraw_agreement(term=delivery.term, renewed=delivery.renewed, by=by, on=on)
