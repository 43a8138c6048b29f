"""Planning meetings with the customer: made by hand, agreed, moved with a reason, called off, and who comes."""

from collections.abc import Iterable
from datetime import date, time
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.actions import touch
from core.audit import audited
from core.models import Owner, User
from core.policies import policy_on
from installed_base.models import Account
from playbooks.models import Play, Qbr, QbrAttendee, QbrMove, QbrPart, Seat, Side, Task
from playbooks.models.qbr import OURS
from playbooks.qbr.candidates import anchor_of
from playbooks.qbr.refusal import QbrRefused
from playbooks.qbr.rules import PARTS, QbrPolicy, slot_near
from playbooks.queries import working_days
from playbooks.rules import task_due_on

CALLED_OFF = gettext_noop("The QBR was called off")


def schedule(
    *, account: Account, planned_on: date, by: User, on: date, after: Qbr | None = None, owner: Owner | None = None
) -> Qbr:
    """Put a meeting into the plan for a day that was agreed with the customer.

    It stands for the date of the rhythm next to that day. Where a meeting for that date stands in the plan already and
    nobody agreed it, that one is agreed. QbrRefused for a day that has passed, and while another meeting is ahead.
    """
    if planned_on < on:
        raise QbrRefused(_("A QBR is planned for today or later."))
    with audited(by=by, why="playbooks.qbr.schedule"):
        Account._base_manager.select_for_update().get(pk=account.pk)
        ahead = Qbr.objects.open().filter(account=account, planned_on__gte=on).order_by("planned_on")
        open_ = ahead.select_related("account").first()
        if open_ is not None:
            return _take_over(open_, planned_on, by=by, on=on, after=after)
        last = Qbr._base_manager.filter(account=account).order_by("-slot_on").first()
        anchor = last.anchor_on if last else anchor_of(account.pk)
        months = policy_on(QbrPolicy, on).values.months_of(account.segment)
        made = Qbr.objects.create(
            account=account,
            owner=owner or account.owner,
            owner_chosen=owner is not None,
            anchor_on=anchor,
            slot_on=slot_near(anchor, months, planned_on, last.slot_on if last else None),
            first_planned_on=planned_on,
            planned_on=planned_on,
            known_on=on,
            agreed_on=on,
            agreed_by=by,
            after=after,
        )
        touch("qbr", [made.pk], since=on, account_of={made.pk: account.pk})
    return made


def _take_over(open_: Qbr, planned_on: date, *, by: User, on: date, after: Qbr | None) -> Qbr:
    if open_.agreed_on:
        raise QbrRefused(
            _("A QBR with this customer is agreed for %(day)s already. Move that one.") % {"day": open_.planned_on}
        )
    agree(qbr=open_, planned_on=planned_on, by=by, on=on)
    if after is not None:
        Qbr.objects.filter(pk=open_.pk).update(after=after)
    return Qbr._base_manager.get(pk=open_.pk)


def agree(
    *, qbr: Qbr, planned_on: date, by: User, on: date, starts_at: time | None = None, place: str = "", reason: str = ""
) -> None:
    """Write down when and where it is. Another day than the one agreed before needs a reason; the first planned date
    stays. Open steps move with it. QbrRefused for what is over, a day that has passed, a move without a reason."""
    _still_ahead(qbr)
    if planned_on < on:
        raise QbrRefused(_("A QBR is planned for today or later."))
    moved = planned_on != qbr.planned_on
    if moved and qbr.agreed_on and not reason.strip():
        raise QbrRefused(_("Say why the date moves."))
    with audited(by=by, why="playbooks.qbr.agree"):
        if moved and qbr.agreed_on:
            QbrMove.objects.create(
                qbr=qbr, from_on=qbr.planned_on, to_on=planned_on, reason=reason.strip(), by=by, on=on
            )
        if moved:
            _shift(qbr, planned_on, on)
        if not qbr.agreed_on:
            do_step(qbr, "plan", by, on)
        qbr.planned_on, qbr.starts_at, qbr.place = planned_on, starts_at, place.strip()
        qbr.agreed_on, qbr.agreed_by = qbr.agreed_on or on, qbr.agreed_by or by
        qbr.save(update_fields=["planned_on", "starts_at", "place", "agreed_on", "agreed_by"])
        Play.objects.filter(subject_kind="qbr", subject_id=qbr.pk).update(anchor_on=planned_on)
        touch("qbr", [qbr.pk], since=on, account_of={qbr.pk: qbr.account_id})


def _still_ahead(qbr: Qbr) -> None:
    if qbr.held_at:
        raise QbrRefused(_("This QBR was held; what was said of its plan stays."))
    if qbr.cancelled_on:
        raise QbrRefused(_("This QBR was called off."))


def _shift(qbr: Qbr, planned_on: date, on: date) -> None:
    """Open steps of the agenda follow the new date; planning stays where it was."""
    by_days, days = planned_on - qbr.planned_on, working_days(on)
    rows = Task.objects.filter(
        subject_kind="qbr", subject_id=qbr.pk, release__milestone="agenda", milestone_on__isnull=False
    )
    for task in rows.open():
        assert task.milestone_on is not None
        after = (task.due_on - task.milestone_on).days
        task.milestone_on += by_days
        task.due_on = days.on_or_after(task_due_on(task.milestone_on, after, on), qbr.account.country)
        task.save(update_fields=["milestone_on", "due_on"])


def do_step(qbr: Qbr, step: str, by: User, on: date) -> None:
    """The step of the playbook that an act is: done by whoever did it."""
    rows = Task.objects.filter(Q(step=step) | Q(step__startswith=f"{step}@"), subject_kind="qbr", subject_id=qbr.pk)
    rows.filter(play__isnull=False).open().update(done_on=on, done_by=by)


def cancel(*, qbr: Qbr, side: str, reason: str, by: User, on: date) -> None:
    """Call it off: by whom and why. What was open for it falls away. QbrRefused once it was held."""
    _still_ahead(qbr)
    if not reason.strip():
        raise QbrRefused(_("Say why it is called off."))
    with audited(by=by, why="playbooks.qbr.cancel"):
        qbr.cancelled_on, qbr.cancelled_by = on, by
        qbr.cancelled_side, qbr.cancel_reason = Side(side).value, reason.strip()
        qbr.save(update_fields=["cancelled_on", "cancelled_by", "cancelled_side", "cancel_reason"])
        close_work(qbr, CALLED_OFF, by=by, on=on)
        touch("qbr", [qbr.pk], since=on, account_of={qbr.pk: qbr.account_id})


def close_work(qbr: Qbr, reason: str, *, by: User | None, on: date) -> None:
    """The play and its open steps end, with the reason. Actions that were agreed stay."""
    plays = Play.objects.filter(subject_kind="qbr", subject_id=qbr.pk, closed_on__isnull=True)
    Task.objects.filter(play__in=plays).open().update(closed_on=on, closed_reason=reason)
    plays.update(closed_on=on, closed_by=by, closed_reason=reason)


def lead(*, qbr: Qbr, owner: Owner, by: User, on: date) -> None:
    """Who leads it from now on: the meeting and its open steps go to them."""
    with audited(by=by, why="playbooks.qbr.lead"):
        before = qbr.owner_id
        qbr.owner, qbr.owner_chosen = owner, True
        qbr.save(update_fields=["owner", "owner_chosen"])
        Play.objects.filter(subject_kind="qbr", subject_id=qbr.pk, closed_on__isnull=True).update(owner=owner)
        steps = Task.objects.filter(subject_kind="qbr", subject_id=qbr.pk, owner=before, play__isnull=False)
        steps.open().update(owner=owner)


def invite(*, qbr: Qbr, seats: Iterable[tuple[Any, str]], by: User, on: date) -> None:
    """Who is asked to come, as (user or contact, seat): it replaces the list. QbrRefused for a person of another
    account, and once the meeting was held."""
    _still_ahead(qbr)
    rows = [_attendee(qbr, who, seat) for who, seat in seats]
    with audited(by=by, why="playbooks.qbr.invite"):
        QbrAttendee.objects.filter(qbr=qbr).delete()
        QbrAttendee.objects.bulk_create(rows)


def _attendee(qbr: Qbr, who: Any, seat: str) -> QbrAttendee:
    if isinstance(who, User):
        if seat not in OURS:
            raise QbrRefused(_("%(person)s is one of ours; choose a seat of ours.") % {"person": who})
        return QbrAttendee(qbr=qbr, user=who, seat=seat)
    if who.account_id != qbr.account_id:
        raise QbrRefused(_("%(person)s does not belong to this account.") % {"person": who})
    if seat in OURS:
        raise QbrRefused(_("%(person)s is the customer's; choose a seat of theirs.") % {"person": who})
    return QbrAttendee(qbr=qbr, contact=who, seat=Seat(seat).value)


def set_agenda(*, qbr: Qbr, parts: dict[str, tuple[int, str]], by: User) -> None:
    """Minutes of each part, and what we say in it. Parts that are not named stay as they are."""
    with audited(by=by, why="playbooks.qbr.set_agenda"):
        for key, (minutes, words) in parts.items():
            if key not in PARTS:
                raise QbrRefused(_("There is no such part of the agenda."))
            values = {"minutes": minutes, "words": words.strip()}
            QbrPart.objects.update_or_create(qbr=qbr, key=key, defaults=values)
