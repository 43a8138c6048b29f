"""Letters to the people of a meeting: the agenda and the summary, sent through the outbox."""

from django.conf import settings
from django.core.mail import EmailMessage

from core import opening
from core.outbox import Delivery
from core.scope import System
from playbooks.models import QbrLetter


def mail_letter(delivery: Delivery) -> None:
    """Send the letter behind "letter:ID" to its receivers, one mail each. A relay that dies between sending and marking
    sends again under the same Message-ID."""
    letter = QbrLetter.objects.visible_to(System("letters")).filter(pk=_id(delivery), sent_at__isnull=False).first()
    if letter is None:
        return
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    reply_to = [letter.sent_by.email] if letter.sent_by and letter.sent_by.email else None
    for number, (_name, address) in enumerate(letter.receivers):
        headers = {"Message-ID": f"<qbr.{letter.pk}.{number}@{domain}>"}
        if opening.ours().name:
            headers["Organization"] = opening.ours().name
        EmailMessage(letter.subject, letter.body, to=[address], reply_to=reply_to, headers=headers).send()


def _id(delivery: Delivery) -> int:
    return int(delivery.destination.partition(":")[2])
