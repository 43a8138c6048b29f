"""Leaving a tip, and answering it: routed to the owner, told back to who gave it (ST-02, ST-03)."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.actions import post, touch
from core.audit import audited
from core.models import Outbox, Owner, User
from expansion.models import Tip, TipPhoto
from installed_base.models import Account, Asset
from playbooks.actions.plays import open_play
from playbooks.library import CAPACITY, CROSS_SELL, HIGHER_LEVEL, REPLACEMENT, TIP, UPGRADE
from playbooks.models import Play, Task
from sales.actions import Line, create_opportunity
from sales.models import DealKind, Opportunity

SUBJECT = "tip"
# Why the play closed. English; translated when shown.
ANSWERED = gettext_noop("The technician was answered")


def leave_tip(
    *,
    account: Account,
    kind: str,
    note: str,
    by: User,
    on: date,
    at: datetime,
    asset: Asset | None = None,
    photo: bytes | None = None,
) -> Tip:
    """Write a tip down, give the owner of the account a task for it, and say so. `photo` is a JPEG.

    Raises ValidationError for a tip without words, and for a machine of another account.
    """
    if not note.strip():
        raise ValidationError(_("Say in a few words what you saw or heard."))
    if asset is not None and asset.account_id != account.pk:
        raise ValidationError(_("This machine does not stand at that account."))
    with audited(by=by, why="expansion.leave_tip"):
        Owner.objects.of(by)
        tip = Tip.objects.create(
            account=account, asset=asset, kind=kind, note=note.strip(), given_by=by, given_at=at, known_on=on
        )
        if photo:
            TipPhoto.objects.create(tip=tip, jpeg=photo)
        owner = account.owner
        open_play(key=TIP, account=account, subject=(SUBJECT, tip.pk), owner=owner, by=by, on=on)
        _tell(tip, "tip.left", owner, {"kind": kind})
        touch(SUBJECT, [tip.pk], since=on, account_of={tip.pk: account.pk})
    return tip


def answer_tip(
    *,
    tip: Tip,
    outcome: str,
    answer: str,
    by: User,
    on: date,
    at: datetime,
    deal_kind: str = "",
    deal_name: str = "",
    value: Any = None,
) -> Tip:
    """Follow a tip up, once: with words for who gave it, and with an opportunity where it became one.

    `value` is in the reporting currency. Raises ValidationError for a second answer and for one without words.
    """
    if not answer.strip():
        raise ValidationError(_("Tell the technician what you did with it: without an answer the next tip stays away."))
    with audited(by=by, why="expansion.answer_tip"):
        row = Tip.objects.select_for_update().select_related("account").get(pk=tip.pk)
        if row.answered_at is not None:
            raise ValidationError(_("This tip was answered already."))
        if outcome == Tip.Outcome.OPPORTUNITY:
            row.opportunity = _opportunity(row, deal_kind, deal_name, value, by, on)
        row.outcome, row.answer, row.answered_at, row.answered_by = outcome, answer.strip(), at, by
        row.save(update_fields=["outcome", "answer", "answered_at", "answered_by", "opportunity"])
        _close_play(row, by, on)
        _tell(row, "tip.answered", Owner.objects.of(row.given_by), {"outcome": outcome})
        touch(SUBJECT, [row.pk], since=on, account_of={row.pk: row.account_id})
    return row


# How a deal of each kind is worked; the others begin with a lead.
_BOOKS: dict[str, str] = {
    DealKind.ADDITIONAL_MACHINE: CAPACITY,
    DealKind.UPGRADE: UPGRADE,
    DealKind.CROSS_SELL: CROSS_SELL,
    DealKind.REPLACEMENT: REPLACEMENT,
    DealKind.CONTRACT_UPSELL: HIGHER_LEVEL,
}


def _opportunity(tip: Tip, kind: str, name: str, value: Any, by: User, on: date) -> Opportunity:
    if not kind:
        raise ValidationError(_("Choose which kind of deal it is."))
    owner = Owner.objects.of(by)
    deal = create_opportunity(
        account=tip.account,
        kind=kind,
        name=name.strip() or str(tip.get_kind_display()),
        owner=owner,
        by=by,
        on=on,
        value=value,
        lines=[Line(asset_id=tip.asset_id, value=value)] if tip.asset_id else (),
    )
    if book := _BOOKS.get(kind):
        subject = ("opportunity", deal.pk)
        open_play(key=book, account=tip.account, subject=subject, owner=owner, by=by, on=on, value=value)
    return deal


def _close_play(tip: Tip, by: User, on: date) -> None:
    """Answering is what the play was for: its tasks are done, and it closes."""
    plays = Play.objects.filter(subject_kind=SUBJECT, subject_id=tip.pk, closed_on__isnull=True)
    open_tasks = Task.objects.filter(play__in=plays, done_on__isnull=True, closed_on__isnull=True)
    open_tasks.update(done_on=on, done_by=by)
    plays.update(closed_on=on, closed_reason=ANSWERED)


def _tell(tip: Tip, kind: str, owner: Owner, said: dict[str, Any]) -> None:
    payload = {"account": tip.account_id, "tip": tip.pk, **said}
    key = f"{kind}:{SUBJECT}:{tip.pk}"
    post(
        [
            Outbox(
                dedupe_key=key,
                kind=kind,
                subject_kind=SUBJECT,
                subject_id=tip.pk,
                destination=f"owner:{owner.pk}",
                payload=payload,
            )
        ]
    )
