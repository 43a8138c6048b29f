"""What is written down of a meeting: that it was held, notes, what is for us alone, actions, and the next date."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.actions import touch
from core.audit import audited
from core.holidays import our_holidays
from core.models import Owner, User
from core.policies import policy_on
from installed_base.actions.contacts import log_contact
from installed_base.models import Contact, ContactMoment
from playbooks.actions.tasks import add_task, complete_task, reopen_task
from playbooks.library import QBR, playbook
from playbooks.models import Qbr, QbrAction, QbrAttendee, QbrPart, Task
from playbooks.qbr.actions.planning import schedule
from playbooks.qbr.actions.preparing import plays_of
from playbooks.qbr.refusal import QbrRefused
from playbooks.qbr.rules import PARTS, QbrPolicy, summary_due

HELD = gettext_noop("The QBR was held")


def hold(*, qbr: Qbr, held_at: datetime, came: Iterable[QbrAttendee], by: User, at: datetime, on: date) -> None:
    """It took place, and these of the people asked came. From now on the clock of the summary runs.

    What was still open to prepare falls away; the summary becomes a task, and the meeting a contact with the customer.
    QbrRefused for a moment that has not come, and for what was called off or held already.
    """
    if qbr.held_at:
        raise QbrRefused(_("That this QBR was held is written down already."))
    if qbr.cancelled_on:
        raise QbrRefused(_("This QBR was called off."))
    if held_at > at:
        raise QbrRefused(_("A QBR that was held lies behind us; choose a moment that has passed."))
    there = list(came)
    local = held_at.astimezone(ZoneInfo(settings.ORGANISATION_TIME_ZONE))
    with audited(by=by, why="playbooks.qbr.hold"):
        due = summary_due(local, policy_on(QbrPolicy, local.date()).values, our_holidays())
        qbr.held_at, qbr.held_by, qbr.summary_due_at = held_at, by, due
        qbr.agreed_on, qbr.agreed_by = qbr.agreed_on or on, qbr.agreed_by or by
        qbr.save(update_fields=["held_at", "held_by", "summary_due_at", "agreed_on", "agreed_by"])
        QbrAttendee.objects.filter(qbr=qbr).update(came=False)
        QbrAttendee.objects.filter(qbr=qbr, pk__in=[a.pk for a in there]).update(came=True)
        Task.objects.filter(subject_kind="qbr", subject_id=qbr.pk, play__playbook=QBR).open().update(
            closed_on=on, closed_reason=HELD
        )
        _ask_for_summary(qbr, by, on)
        _log(qbr, there, by, local.date(), on)
        touch("qbr", [qbr.pk], since=local.date(), account_of={qbr.pk: qbr.account_id})


def _ask_for_summary(qbr: Qbr, by: User, on: date) -> None:
    """The step of the summary as a task of the play, due on the working day on or before which it is in time."""
    assert qbr.summary_due_at is not None
    plays, _made = plays_of([qbr], on)
    step = next(s for s in playbook(QBR, on).steps if s.key == "summary")
    due_on = qbr.summary_due_at.astimezone(ZoneInfo(settings.ORGANISATION_TIME_ZONE)).date()
    Task.objects.update_or_create(
        play_id=plays[qbr.pk],
        step=step.key,
        defaults={
            "account_id": qbr.account_id,
            "subject_kind": "qbr",
            "subject_id": qbr.pk,
            "title": step.title,
            "note": step.guide,
            "owner_id": qbr.owner_id,
            "milestone_on": due_on,
            "due_on": max(due_on, on),
            "created_on": on,
            "created_by": by,
            "closed_on": None,
            "closed_reason": "",
        },
    )


def _log(qbr: Qbr, there: list[QbrAttendee], by: User, held_on: date, on: date) -> None:
    """A contact with each of theirs who came; with nobody in particular where none is named."""
    people: list[Contact | None] = [a.contact for a in there if a.contact]
    for contact in people or [None]:
        log_contact(
            account=qbr.account,
            kind=ContactMoment.Kind.MEETING,
            happened_on=held_on,
            by=by,
            on=on,
            contact=contact,
            about=("qbr", qbr.pk),
        )


def take_notes(*, qbr: Qbr, notes: dict[str, str], by: User, on: date) -> None:
    """What was said in each part: it may go into the summary."""
    minutes = dict(zip(PARTS, policy_on(QbrPolicy, on).values.minutes, strict=True))
    with audited(by=by, why="playbooks.qbr.take_notes"):
        for key, text in notes.items():
            if key not in minutes:
                raise QbrRefused(_("There is no such part of the agenda."))
            part, _made = QbrPart.objects.get_or_create(qbr=qbr, key=key, defaults={"minutes": minutes[key]})
            QbrPart.objects.filter(pk=part.pk).update(notes=text.strip())


def note_for_us(*, qbr: Qbr, health: str, chances: str, risks: str, by: User) -> None:
    """What is for us alone (QB-06): how healthy the account is, chances, signs of risk. No customer ever gets it."""
    with audited(by=by, why="playbooks.qbr.note_for_us"):
        qbr.health_note, qbr.chances_note, qbr.risks_note = health.strip(), chances.strip(), risks.strip()
        qbr.save(update_fields=["health_note", "chances_note", "risks_note"])


def agree_action(
    *,
    qbr: Qbr,
    title: str,
    due_on: date,
    by: User,
    on: date,
    owner: Owner | None = None,
    contact: Contact | None = None,
) -> QbrAction:
    """Somebody does something by a day: with an owner it is ours and becomes a task, else it is the customer's.

    QbrRefused without words, and for a person of another account.
    """
    if not title.strip():
        raise QbrRefused(_("Say what is to be done."))
    if contact is not None and contact.account_id != qbr.account_id:
        raise QbrRefused(_("%(person)s does not belong to this account.") % {"person": contact})
    with audited(by=by, why="playbooks.qbr.agree_action"):
        task = None
        if owner is not None:
            subject = ("qbr", qbr.pk)
            task = add_task(account=qbr.account, title=title, due_on=due_on, by=by, on=on, owner=owner, subject=subject)
        return QbrAction.objects.create(
            qbr=qbr,
            title=title.strip(),
            due_on=due_on,
            task=task,
            contact=contact if owner is None else None,
            ours=owner is not None,
            created_on=on,
            created_by=by,
        )


def finish_action(*, action: QbrAction, by: User, on: date) -> None:
    """It was done. Of ours the task is done with it; doing it twice leaves the first date standing."""
    with audited(by=by, why="playbooks.qbr.finish_action"):
        if action.task is not None:
            complete_task(task=action.task, by=by, on=on)
        else:
            QbrAction.objects.filter(pk=action.pk, done_on__isnull=True).update(done_on=on)


def reopen_action(*, action: QbrAction, by: User) -> None:
    """Take back a "done"."""
    with audited(by=by, why="playbooks.qbr.reopen_action"):
        if action.task is not None:
            reopen_task(task=action.task, by=by)
        else:
            QbrAction.objects.filter(pk=action.pk).update(done_on=None)


def set_next(*, qbr: Qbr, planned_on: date, by: User, on: date) -> Qbr:
    """Agree on the next meeting at the end of this one. QbrRefused while this one is still ahead, and for a day not
    later than it."""
    if not qbr.held_at:
        raise QbrRefused(_("The next QBR is agreed when this one was held."))
    if planned_on <= qbr.planned_on:
        raise QbrRefused(_("Choose a day after this QBR."))
    return schedule(account=qbr.account, planned_on=planned_on, by=by, on=on, after=qbr)
