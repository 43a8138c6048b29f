"""Writes of deals: created, moved through the stages, won or lost (EX-20, PL-01). Each keeps its history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.actions import post, touch
from core.audit import audited
from core.history import keep
from core.models import Organisation, Outbox, Owner, User
from core.policies import policy_on
from installed_base.models import Account, Asset
from sales.actions.dealer_clock import follow_deal, start_anew
from sales.models import LostReason, Opportunity, OpportunityCredit, OpportunityLine, OpportunityPeriod, Stage
from sales.rules import OPEN_STAGES, PipelinePolicy, is_back, may_move, pipeline_of

# Nobody is written to: the message is there for whoever listens to the events of the house.
EVENTS = "events"


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
    partner: Account | None = None,
) -> Opportunity:
    """Open a deal at its first stage. `value` is in the reporting currency; unknown stays unknown. `partner` is the
    dealer who works it."""
    with audited(by=by, why="sales.create_opportunity"):
        deal = Opportunity.objects.create(
            account=account,
            kind=kind,
            name=name.strip(),
            owner=owner,
            partner=partner,
            stage=Stage.IDENTIFIED,
            probability=_chance(kind, Stage.IDENTIFIED, on),
            value=value,
            value_reporting=value,
            currency=Organisation.objects.ours().reporting_currency,
            identified_on=on,
            expected_close_on=expected_close_on,
            note=note.strip(),
            known_on=on,
        )
        _add_lines(deal, lines)
        follow_deal(deal, by=by, on=on)
        _kept(deal, on)
        return deal


def move_stage(*, opportunity: Opportunity, to: str, by: User, on: date, reason: str = "") -> None:
    """Move an open deal to another open stage of its kind; its probability follows the policy.

    Going back asks why: the reason stands in its history.
    """
    with audited(by=by, why="sales.move_stage"):
        deal = _locked(opportunity)
        if deal.stage == to:
            return
        if deal.stage not in OPEN_STAGES:
            raise ValidationError(_("This deal is decided; its stage no longer moves."))
        if not may_move(deal.stage, to, deal.kind):
            raise ValidationError(_("A deal of this kind has no such stage. Choose one of those on its page."))
        back = is_back(deal.stage, to)
        if back and not reason.strip():
            raise ValidationError(_("Say why it goes back to an earlier stage: the reason stands in its history."))
        deal.stage, deal.stage_reason = to, reason.strip() if back else ""
        deal.probability = _chance(deal.kind, to, on)
        deal.save(update_fields=["stage", "stage_reason", "probability"])
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


def close(
    *,
    opportunity: Opportunity,
    won: bool,
    by: User,
    on: date,
    reason: str = "",
    because: str = "",
    value: Decimal | None = None,
    closed_on: date | None = None,
    demands_value: bool = True,
) -> None:
    """Decide a deal, once, on `closed_on` (else today, `on`). Winning asks for its value, losing for the reason.

    `value`, in the reporting currency, replaces what was expected. `because` is one of LostReason, `reason` its note:
    words alone are an "other" reason. A deal that another paper decides (a renewal quote) may be won without a value.
    """
    if not won and not (reason.strip() or because):
        raise ValidationError(_("Say why it was lost."))
    with audited(by=by, why="sales.close"):
        deal = _open(opportunity)
        day = _closing_day(deal, closed_on, on)
        if won and value is not None and value != deal.value_reporting:
            deal.value = deal.value_reporting = value
            deal.currency = Organisation.objects.ours().reporting_currency
        if won and demands_value and deal.value_reporting is None:
            raise ValidationError(_("Say what it is worth: a deal is won with its value."))
        deal.stage, deal.stage_reason = (Stage.WON if won else Stage.LOST), ""
        deal.probability = Decimal(int(won))
        deal.closed_on, deal.closed_by = day, by
        deal.lost_reason = "" if won else reason.strip()
        deal.lost_because = "" if won else (because or LostReason.OTHER)
        deal.save(update_fields=[*_DECISION, "value", "value_reporting", "currency"])
        _kept(deal, day)
        _tell(deal, by)


def _closing_day(deal: Opportunity, closed_on: date | None, on: date) -> date:
    day = closed_on or on
    if day > on:
        raise ValidationError(_("A deal closes on a day that has come; choose today or earlier."))
    if deal.identified_on and day < deal.identified_on:
        raise ValidationError(_("It cannot have closed before the day on which it was identified."))
    return day


def reopen(*, opportunity: Opportunity, by: User, on: date) -> None:
    """Take back a decision: the deal stands in negotiation again, and nobody has credit for it."""
    with audited(by=by, why="sales.reopen"):
        deal = _locked(opportunity)
        if deal.stage in OPEN_STAGES:
            return
        deal.stage, deal.stage_reason = Stage.NEGOTIATION, ""
        deal.probability = _chance(deal.kind, Stage.NEGOTIATION, on)
        deal.closed_on = deal.closed_by = None
        deal.lost_reason = deal.lost_because = ""
        deal.save(update_fields=_DECISION)
        OpportunityCredit.objects.filter(opportunity=deal).delete()
        start_anew(deal, on)
        _kept(deal, on)


_DECISION = (
    *("stage", "stage_reason", "probability", "closed_on", "closed_by"),
    *("lost_reason", "lost_because"),
)  # fmt: skip


def change_lines(*, opportunity: Opportunity, lines: Iterable[Line], by: User, on: date) -> None:
    """Say anew what an open deal is about: these lines and no others. A machine stands in a deal once, and belongs to
    the customer of the deal."""
    wanted = list(lines)
    with audited(by=by, why="sales.change_lines"):
        deal = _open(opportunity)
        refuse_lines(wanted, deal.account)
        OpportunityLine.objects.filter(opportunity=deal).delete()
        _add_lines(deal, wanted)
        touch("opportunity", [deal.pk], since=on, account_of={deal.pk: deal.account_id} if deal.account_id else None)


def refuse_lines(lines: Iterable[Line], account: Account | None) -> None:
    """Raise ValidationError for lines that cannot stand together in a deal of this account."""
    assets = [line.asset_id for line in lines if line.asset_id]
    if len(set(assets)) < len(assets):
        raise ValidationError(_("A machine stands in a deal once; leave the second line out."))
    if assets and (account is None or Asset._base_manager.filter(pk__in=assets).exclude(account=account).exists()):
        raise ValidationError(_("Choose machines of this account; one of these stands elsewhere."))


def _add_lines(deal: Opportunity, lines: Iterable[Line]) -> None:
    OpportunityLine.objects.bulk_create(
        OpportunityLine(
            opportunity=deal, asset_id=line.asset_id, product_id=line.product_id, value_reporting=line.value
        )
        for line in lines
    )


def _chance(kind: str, stage: str, on: date) -> Decimal:
    return policy_on(PipelinePolicy, on).values.probability(stage, pipeline_of(kind))


def _tell(deal: Opportunity, by: User) -> None:
    """opportunity.won or opportunity.lost: to its owner, unless they decided it themselves."""
    kind = "opportunity.won" if deal.stage == Stage.WON else "opportunity.lost"
    worth = deal.value_reporting
    payload = {
        "opportunity": deal.pk,
        "account": deal.account_id,
        "owner": deal.owner_id,
        "kind": deal.kind,
        "value_reporting": None if worth is None else str(worth),
        "lost_because": deal.lost_because,
        "on": deal.closed_on.isoformat() if deal.closed_on else None,
        "by": by.pk,
    }
    post(
        [
            Outbox(
                dedupe_key=f"{kind}:{deal.pk}:{payload['on']}",
                kind=kind,
                subject_kind="opportunity",
                subject_id=deal.pk,
                destination=EVENTS if deal.owner.user_id == by.pk else f"owner:{deal.owner_id}",
                payload=payload,
            )
        ]
    )


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
