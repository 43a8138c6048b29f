"""Writes of deals: created, moved through the stages, won or lost. Each keeps its history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.history import keep
from core.models import Organisation, Owner, User
from core.policies import policy_on
from installed_base.models import Account
from sales.models import Opportunity, OpportunityLine, OpportunityPeriod, Stage
from sales.rules import OPEN_STAGES, PipelinePolicy, may_move


@dataclass(frozen=True)
class Line:
    """One machine (or product) of a deal, with its value in the reporting currency if it is known."""

    asset_id: int | None = None
    product_id: int | None = None
    value: Decimal | None = None


def create_opportunity(
    *,
    account: Account,
    kind: str,
    name: str,
    owner: Owner,
    by: User,
    on: date,
    value: Decimal | None = None,
    lines: Iterable[Line] = (),
    expected_close_on: date | None = None,
    note: str = "",
) -> Opportunity:
    """Open a deal at its first stage. `value` is in the reporting currency; unknown stays unknown."""
    with audited(by=by, why="sales.create_opportunity"):
        deal = Opportunity.objects.create(
            account=account,
            kind=kind,
            name=name.strip(),
            owner=owner,
            stage=Stage.IDENTIFIED,
            probability=policy_on(PipelinePolicy, on).values.probability(Stage.IDENTIFIED),
            value=value,
            value_reporting=value,
            currency=Organisation.objects.ours().reporting_currency,
            identified_on=on,
            expected_close_on=expected_close_on,
            note=note.strip(),
            known_on=on,
        )
        OpportunityLine.objects.bulk_create(
            OpportunityLine(
                opportunity=deal, asset_id=line.asset_id, product_id=line.product_id, value_reporting=line.value
            )
            for line in lines
        )
        _kept(deal, on)
        return deal


def move_stage(*, opportunity: Opportunity, to: str, by: User, on: date) -> None:
    """Move an open deal to another open stage; its probability follows the policy."""
    with audited(by=by, why="sales.move_stage"):
        deal = _locked(opportunity)
        if deal.stage == to:
            return
        if not may_move(deal.stage, to):
            raise ValidationError(_("This deal is decided; its stage no longer moves."))
        deal.stage = to
        deal.probability = policy_on(PipelinePolicy, on).values.probability(to)
        deal.save(update_fields=["stage", "probability"])
        _kept(deal, on)


def change_opportunity(
    *, opportunity: Opportunity, name: str, value: Decimal | None, expected_close_on: date | None, by: User, on: date
) -> None:
    """Change what is expected of an open deal."""
    with audited(by=by, why="sales.change_opportunity"):
        deal = _open(opportunity)
        if value != deal.value_reporting:
            deal.value = deal.value_reporting = value
            deal.currency = Organisation.objects.ours().reporting_currency
        deal.name, deal.expected_close_on = name.strip(), expected_close_on
        deal.save(update_fields=["name", "value", "value_reporting", "currency", "expected_close_on"])
        _kept(deal, on)


def close(*, opportunity: Opportunity, won: bool, by: User, on: date, reason: str = "") -> None:
    """Decide a deal, once. Losing asks for the reason."""
    if not won and not reason.strip():
        raise ValidationError(_("Say why it was lost."))
    with audited(by=by, why="sales.close"):
        deal = _open(opportunity)
        deal.stage = Stage.WON if won else Stage.LOST
        deal.probability = Decimal(int(won))
        deal.closed_on, deal.closed_by = on, by
        deal.lost_reason = "" if won else reason.strip()
        deal.save(update_fields=["stage", "probability", "closed_on", "closed_by", "lost_reason"])
        _kept(deal, on)


def reopen(*, opportunity: Opportunity, by: User, on: date) -> None:
    """Take back a decision: the deal stands in negotiation again."""
    with audited(by=by, why="sales.reopen"):
        deal = _locked(opportunity)
        if deal.stage in OPEN_STAGES:
            return
        deal.stage = Stage.NEGOTIATION
        deal.probability = policy_on(PipelinePolicy, on).values.probability(Stage.NEGOTIATION)
        deal.closed_on = deal.closed_by = None
        deal.lost_reason = ""
        deal.save(update_fields=["stage", "probability", "closed_on", "closed_by", "lost_reason"])
        _kept(deal, on)


def _locked(opportunity: Opportunity) -> Opportunity:
    found: Opportunity = Opportunity.objects.select_for_update().get(pk=opportunity.pk)
    return found


def _open(opportunity: Opportunity) -> Opportunity:
    deal = _locked(opportunity)
    if deal.stage not in OPEN_STAGES:
        raise ValidationError(_("This deal was decided already."))
    return deal


def _kept(deal: Opportunity, on: date) -> None:
    keep(OpportunityPeriod, [deal.pk], on=on)
    touch("opportunity", [deal.pk], since=on, account_of={deal.pk: deal.account_id} if deal.account_id else None)
