"""Letters of a meeting: kept as a draft, and sent. With the summary its clock stops (QB-05)."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.actions import post, touch
from core.audit import audited
from core.models import Outbox, User
from installed_base.models import Contact
from playbooks.models import Qbr, QbrLetter
from playbooks.qbr.actions.planning import close_work, do_step
from playbooks.qbr.refusal import QbrRefused

Kind = QbrLetter.Kind
SENT = gettext_noop("The summary was sent")


def keep_draft(*, qbr: Qbr, kind: str, subject: str, body: str, by: User) -> QbrLetter:
    """Keep what was written so far. One draft of each kind."""
    with audited(by=by, why="playbooks.qbr.keep_draft"):
        values = {"subject": subject.strip(), "body": body.strip()}
        letter, _made = QbrLetter.objects.update_or_create(
            qbr=qbr, kind=Kind(kind).value, sent_at__isnull=True, defaults=values
        )
        return letter


def send_letter(
    *, qbr: Qbr, kind: str, subject: str, body: str, to: Iterable[Contact], by: User, at: datetime, on: date
) -> QbrLetter:
    """Send the agenda or the summary to people of the customer, through the outbox.

    QbrRefused without receivers or words, for a person without an address, of another account or gone, and for a
    summary before the meeting was held or a second time.
    """
    people = list(to)
    _check(qbr, kind, subject, body, people)
    with audited(by=by, why="playbooks.qbr.send_letter"):
        letter = keep_draft(qbr=qbr, kind=kind, subject=subject, body=body, by=by)
        letter.receivers = [[person.name, person.email] for person in people]
        letter.sent_at, letter.sent_by = at, by
        letter.save(update_fields=["receivers", "sent_at", "sent_by"])
        post([_message(letter, on)])
        do_step(qbr, kind, by, on)
        if kind == Kind.SUMMARY:
            qbr.summary_sent_at = at
            qbr.save(update_fields=["summary_sent_at"])
            close_work(qbr, SENT, by=by, on=on)
            touch("qbr", [qbr.pk], since=on, account_of={qbr.pk: qbr.account_id})
    return letter


def _check(qbr: Qbr, kind: str, subject: str, body: str, people: list[Contact]) -> None:
    if not people:
        raise QbrRefused(_("Choose at least one person to send it to."))
    if not subject.strip() or not body.strip():
        raise QbrRefused(_("A letter has a subject and words."))
    for person in people:
        if person.account_id != qbr.account_id:
            raise QbrRefused(_("%(person)s does not belong to this account.") % {"person": person})
        if not person.email or person.left_on:
            raise QbrRefused(_("%(person)s has no address that can be written to.") % {"person": person})
    if qbr.cancelled_on:
        raise QbrRefused(_("This QBR was called off."))
    if kind == Kind.SUMMARY and not qbr.held_at:
        raise QbrRefused(_("A summary is sent when the QBR was held."))
    if kind == Kind.SUMMARY and qbr.summary_sent_at:
        raise QbrRefused(_("The summary of this QBR was sent already."))
    if kind == Kind.AGENDA and qbr.held_at:
        raise QbrRefused(_("An agenda is sent before the QBR."))


def _message(letter: QbrLetter, on: date) -> Outbox:
    """The payload names nobody: the receivers stand with the letter."""
    return Outbox(
        dedupe_key=f"qbr.{letter.kind}_sent:{letter.pk}",
        kind=f"qbr.{letter.kind}_sent",
        subject_kind="qbr",
        subject_id=letter.qbr_id,
        destination=f"letter:{letter.pk}",
        payload={
            "qbr": letter.qbr_id,
            "account": letter.qbr.account_id,
            "letter": letter.pk,
            "receivers": len(letter.receivers),
            "on": on.isoformat(),
        },
    )
