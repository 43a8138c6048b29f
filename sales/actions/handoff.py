"""Handing a deal over: given with what is needed, accepted, or returned with what is missing (EX-28, CV-05)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.actions import post, touch
from core.audit import audited
from core.history import keep
from core.models import Outbox, Owner, User
from core.reach import reach_of
from installed_base.actions.delivery_plans import planner
from installed_base.actions.members import join_account
from installed_base.models import Account, Asset, Contact
from playbooks.actions.plays import open_play
from playbooks.actions.tasks import add_task
from playbooks.keys import HANDOFF_CS, HANDOFF_OPERATIONS, HANDOFF_SALES
from playbooks.models import Play, Task
from sales.actions.taking_over import take_over
from sales.models import Direction, Handoff, HandoffPromise, Opportunity, OpportunityPeriod, Stage
from sales.queries.handoff import brings_machine
from sales.rules import OPEN_STAGES

SUBJECT = "handoff"
COMPLETE_IT = "complete-handoff"
# Why the play closed. English; translated when shown.
ACCEPTED = gettext_noop("The handoff was accepted")
RETURNED = gettext_noop("The handoff was returned")
# Why it was returned, where who gave it took it back. English; translated when shown.
RECALLED = gettext_noop("Taken back by who gave it")
_BOOKS = {
    Direction.TO_SALES: HANDOFF_SALES,
    Direction.TO_CS: HANDOFF_CS,
    Direction.TO_OPERATIONS: HANDOFF_OPERATIONS,
}
_OF_A_WON_DEAL = (Direction.TO_CS, Direction.TO_OPERATIONS)


@dataclass(frozen=True)
class Told:
    """What the giver knows; items that do not belong to the direction stay empty."""

    what: str
    history: str = ""
    preferences: str = ""
    sensitivities: str = ""
    contact: Contact | None = None
    introduced_on: date | None = None
    promised: str = ""
    operator: str = ""
    training: str = ""
    trainees: int | None = None
    risks: str = ""
    installs_on: date | None = None


@dataclass(frozen=True)
class Promised:
    """One thing that was promised: what, to whom, by when, about which machine."""

    kind: str
    text: str
    to: Contact | None = None
    due_on: date | None = None
    asset: Asset | None = None


def give_handoff(
    *,
    opportunity: Opportunity,
    direction: str,
    to: Owner,
    told: Told,
    by: User,
    on: date,
    promises: Sequence[Promised] = (),
    operations: Owner | None = None,
) -> Handoff:
    """Give a deal to the other side, with a play for who receives it. One that was returned is given again so.

    The receiver joins the account team where the account is not theirs. A deal that brings a machine goes to operations
    with it: to `operations`, else to whom plans deliveries; both accept it, or return it, each for their own part.
    Raises ValidationError with a sentence.
    """
    with audited(by=by, why="sales.give_handoff"):
        deal = Opportunity.objects.select_for_update(of=("self",)).select_related("account").get(pk=opportunity.pk)
        account = _check(deal, direction, to, told, promises, by, on)
        earlier = list(deal.handoffs.filter(direction=direction).order_by("-number"))
        if earlier and earlier[0].returned_on is None:
            raise ValidationError(_("This deal was handed over already; it waits for an answer or was accepted."))
        row = Handoff.objects.create(
            opportunity=deal,
            account=account,
            direction=direction,
            number=earlier[0].number + 1 if earlier else 1,
            given_on=on,
            given_by=by,
            to=to,
            **_clean(told),
        )
        _write_promises(row, promises)
        if direction != Direction.TO_OPERATIONS:
            _let_in(account, to.user, by)
        _tick_off(earlier, by, on)
        Owner.objects.of(by)
        book = _BOOKS[Direction(direction)]
        open_play(
            key=book, account=account, subject=(SUBJECT, row.pk), owner=to, by=by, on=on, value=deal.value_reporting
        )
        _tell(row, "handoff.given", to)
        _touch(row, on)
        if direction == Direction.TO_CS:
            _give_to_operations(row, operations, told, promises, by, on)
    return row


def _give_to_operations(
    row: Handoff, to: Owner | None, told: Told, promises: Sequence[Promised], by: User, on: date
) -> None:
    """The order that a won deal brought is given to who plans it, unless it was given before or nobody does."""
    deal = row.opportunity
    if deal.handoffs.filter(direction=Direction.TO_OPERATIONS).exists() or not brings_machine(deal):
        return
    receiver = to or planner()
    if receiver is None or receiver.user_id == by.pk:
        return
    said = "\n".join([told.promised.strip(), *(p.text.strip() for p in promises)]).strip()
    order = Told(told.what, promised=said, operator=told.operator, risks=told.risks, installs_on=told.installs_on)
    give_handoff(opportunity=deal, direction=Direction.TO_OPERATIONS, to=receiver, told=order, by=by, on=on)


def _write_promises(row: Handoff, promises: Sequence[Promised]) -> None:
    HandoffPromise.objects.bulk_create(
        HandoffPromise(handoff=row, kind=p.kind, text=p.text.strip(), to=p.to, due_on=p.due_on, asset=p.asset)
        for p in promises
    )


def _check(
    deal: Opportunity, direction: str, to: Owner, told: Told, promises: Sequence[Promised], by: User, on: date
) -> Account:
    if deal.account is None:
        raise ValidationError(_("Nobody knows whose deal this is. Give it an account first."))
    if direction == Direction.TO_SALES and deal.stage not in OPEN_STAGES:
        raise ValidationError(_("This deal is decided: there is nothing left to explore."))
    if direction in _OF_A_WON_DEAL and deal.stage != Stage.WON:
        raise ValidationError(_("A deal goes to CS once it is won."))
    if to.user_id == by.pk:
        raise ValidationError(_("This is you: choose who takes it over."))
    _check_receiver(direction, to)
    if not told.what.strip():
        raise ValidationError(_("Say in a few words what it is about."))
    if told.introduced_on and told.introduced_on > on:
        raise ValidationError(_("The introduction has not happened yet; choose today or earlier, or leave it empty."))
    _check_places(deal, told, promises)
    return deal.account


def _check_receiver(direction: str, to: Owner) -> None:
    if to.user is None:
        return
    if direction == Direction.TO_OPERATIONS and not (to.user.is_active and reach_of(to.user).delivers):
        raise ValidationError(_("%(name)s plans no deliveries; choose somebody of operations.") % {"name": to})
    if direction != Direction.TO_OPERATIONS and not (to.user.is_active and reach_of(to.user).works):
        raise ValidationError(_("%(name)s works no deals; choose somebody of CS or Sales.") % {"name": to})


def _check_places(deal: Opportunity, told: Told, promises: Sequence[Promised]) -> None:
    people = [told.contact, *(p.to for p in promises)]
    if any(person is not None and person.account_id != deal.account_id for person in people):
        raise ValidationError(_("One of these people does not belong to this account."))
    if any(p.asset is not None and p.asset.account_id != deal.account_id for p in promises):
        raise ValidationError(_("One of these machines does not stand at this account."))
    if any(not p.text.strip() for p in promises):
        raise ValidationError(_("Say what was promised, or leave the line out."))


def _clean(told: Told) -> dict[str, Any]:
    values = {f.name: getattr(told, f.name) for f in fields(told)}
    return {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}


def _let_in(account: Account, user: User | None, by: User) -> None:
    """Who takes over works at the account from now on."""
    if user is not None and not Account.objects.changeable_by(user).filter(pk=account.pk).exists():
        join_account(account=account, user=user, by=by)


def _tick_off(earlier: Sequence[Handoff], by: User, on: date) -> None:
    """What was missing is there: the task that asked for it is done."""
    asked = Task.objects.filter(subject_kind=SUBJECT, subject_id__in=[row.pk for row in earlier], step=COMPLETE_IT)
    asked.filter(done_on__isnull=True, closed_on__isnull=True).update(done_on=on, done_by=by)


def accept_handoff(*, handoff: Handoff, by: User, on: date) -> Handoff:
    """Take it over. A deal given to Sales is the receiver's from now on; what was promised at a sale becomes promises
    of the base, with the day of the installation and the training. Only who it was given to, or their lead, may.

    A deal that CS and operations both answer is completed by the second of them."""
    with audited(by=by, why="sales.accept_handoff"):
        row = _waiting(handoff, by, on)
        row.accepted_on, row.accepted_by = on, by
        row.save(update_fields=["accepted_on", "accepted_by"])
        if row.direction == Direction.TO_SALES:
            _change_owner(row, by, on)
        elif row.direction == Direction.TO_CS:
            take_over(handoff=row, by=by, on=on)
        if row.direction != Direction.TO_OPERATIONS:
            _let_in(row.account, row.to.user or by, by)
        _close_play(row, ACCEPTED, by, on)
        _tell_accepted(row)
        _touch(row, on)
    return row


def _tell_accepted(row: Handoff) -> None:
    """The deal is over there; or one side has accepted it, and the other still answers."""
    giver = Owner.objects.of(row.given_by)
    other = [direction for direction in _OF_A_WON_DEAL if direction != row.direction]
    sides = row.opportunity.handoffs.filter(direction__in=other).order_by("-number")[:1]
    waits = row.direction in _OF_A_WON_DEAL and any(side.accepted_on is None for side in sides)
    _tell(row, "handoff.accepted" if waits else "handoff.completed", giver)


def return_handoff(*, handoff: Handoff, reason: str, by: User, on: date) -> Handoff:
    """Give it back, saying what is missing; who gave it gets a task to complete it."""
    if not reason.strip():
        raise ValidationError(_("Say what is missing, so that it can be completed."))
    with audited(by=by, why="sales.return_handoff"):
        row = _waiting(handoff, by, on)
        row.returned_on, row.returned_by, row.returned_reason = on, by, reason.strip()[:400]
        row.save(update_fields=["returned_on", "returned_by", "returned_reason"])
        _close_play(row, RETURNED, by, on)
        giver = Owner.objects.of(row.given_by)
        add_task(
            account=row.account,
            title=gettext_noop("Complete the handoff and give it again"),
            note=row.returned_reason,
            due_on=on,
            by=by,
            on=on,
            owner=giver,
            subject=(SUBJECT, row.pk),
            step=COMPLETE_IT,
        )
        _tell(row, "handoff.returned", giver)
        _touch(row, on)
    return row


def recall_handoff(*, handoff: Handoff, by: User, on: date) -> Handoff:
    """Take back what was given, as long as nobody has answered; it can be given again."""
    with audited(by=by, why="sales.recall_handoff"):
        row: Handoff = Handoff.objects.select_for_update(of=("self",)).get(pk=handoff.pk)
        if not row.is_waiting:
            raise ValidationError(_("This handoff was answered already."))
        row.returned_on, row.returned_by, row.returned_reason = max(on, row.given_on), by, RECALLED
        row.save(update_fields=["returned_on", "returned_by", "returned_reason"])
        _close_play(row, RECALLED, by, on)
        _touch(row, on)
    return row


def may_answer(handoff: Handoff, user: User) -> bool:
    """Who it was given to, in person or by their team; and those who work for the whole team."""
    reach = reach_of(user)
    leads = not reach.writes_own_only and handoff.given_by_id != user.pk
    able = reach.delivers if handoff.direction == Direction.TO_OPERATIONS else reach.works
    return able and (handoff.to_id in reach.own or leads)


def _waiting(handoff: Handoff, by: User, on: date) -> Handoff:
    rows = Handoff.objects.select_for_update(of=("self",)).select_related("account", "opportunity", "to__user")
    row: Handoff = rows.get(pk=handoff.pk)
    if not row.is_waiting:
        raise ValidationError(_("This handoff was answered already."))
    if not may_answer(row, by):
        raise ValidationError(_("It was given to %(name)s, who answers it.") % {"name": row.to})
    if on < row.given_on:
        raise ValidationError(_("It was given later than that day."))
    return row


def _change_owner(row: Handoff, by: User, on: date) -> None:
    deal = row.opportunity
    deal.owner = row.to if row.to.user_id else Owner.objects.of(by)
    deal.save(update_fields=["owner"])
    keep(OpportunityPeriod, [deal.pk], on=on)
    touch("opportunity", [deal.pk], since=on, account_of={deal.pk: row.account_id})


def _close_play(row: Handoff, reason: str, by: User, on: date) -> None:
    """Answering is what the play was for: its tasks are done, and it closes."""
    plays = Play.objects.filter(subject_kind=SUBJECT, subject_id=row.pk, closed_on__isnull=True)
    open_tasks = Task.objects.filter(play__in=plays, done_on__isnull=True, closed_on__isnull=True)
    open_tasks.update(done_on=on, done_by=by)
    plays.update(closed_on=on, closed_by=by, closed_reason=reason)


def _tell(row: Handoff, kind: str, owner: Owner) -> None:
    payload = {
        "account": row.account_id,
        "handoff": row.pk,
        "opportunity": row.opportunity_id,
        "direction": row.direction,
    }
    post(
        [
            Outbox(
                dedupe_key=f"{kind}:{SUBJECT}:{row.pk}",
                kind=kind,
                subject_kind=SUBJECT,
                subject_id=row.pk,
                destination=f"owner:{owner.pk}",
                payload=payload,
            )
        ]
    )


def _touch(row: Handoff, on: date) -> None:
    touch(SUBJECT, [row.pk], since=on, account_of={row.pk: row.account_id})
