"""The relay: sends what the outbox holds, at least once, with a stable id (firing.md, Runner).

Claim with a lease, send, mark. A relay that dies between sending and marking sends again, under the same id.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.models import Outbox, Owner, User

LEASE = timedelta(minutes=5)
BATCH = 500
# From a minute to three days, then dead.
RETRY_AFTER = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440, 4320))

_CLAIM = """
UPDATE core_outbox SET leased_until = statement_timestamp() + %s::interval, attempts = attempts + 1
WHERE id IN (
    SELECT id FROM core_outbox o
    WHERE state = 'pending' AND next_at <= statement_timestamp()
      AND (leased_until IS NULL OR leased_until < statement_timestamp())
      AND NOT EXISTS (
          SELECT 1 FROM core_outbox before
          WHERE before.subject_kind = o.subject_kind AND before.subject_id = o.subject_id AND before.id < o.id
            AND before.state = 'pending'
            AND (before.next_at > statement_timestamp() OR before.leased_until >= statement_timestamp())
      )
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
)
AND state = 'pending'
RETURNING id
"""


@dataclass(frozen=True)
class Delivery:
    """What goes to one receiver in one go: several messages become one digest."""

    destination: str
    messages: Sequence[Outbox]


Send = Callable[[Delivery], None]


def relay(send: Send | None = None, limit: int = BATCH) -> int:
    """Send what is due and answer how many messages went out. Several relays at once share the work.

    Messages about one subject keep their order: while an earlier one waits or is being sent, later ones wait too.
    """
    claimed = _claim(limit)
    sent = 0
    for destination, messages in groupby(sorted(claimed, key=_by_receiver), key=lambda m: m.destination):
        sent += _deliver(Delivery(destination, list(messages)), send or by_mail)
    return sent


def _by_receiver(message: Outbox) -> tuple[str, int]:
    return message.destination, message.pk


def _claim(limit: int) -> list[Outbox]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [f"{LEASE.total_seconds()} seconds", limit])
        ids = [row[0] for row in cursor.fetchall()]
    return list(Outbox.objects.filter(pk__in=ids).order_by("id"))


def _deliver(delivery: Delivery, send: Send) -> int:
    ids = [message.pk for message in delivery.messages]
    try:
        send(delivery)
    except Exception as error:
        _put_back(delivery.messages, str(error))
        return 0
    return Outbox.objects.filter(pk__in=ids).update(state=Outbox.State.SENT, sent_at=Now(), leased_until=None, error="")


def _put_back(messages: Sequence[Outbox], error: str) -> None:
    """Try again later, counted from the claim, a little later each time; after the last try it is dead."""
    for message in messages:
        tries = message.attempts
        row = Outbox.objects.filter(pk=message.pk)
        if tries > len(RETRY_AFTER):
            row.update(state=Outbox.State.DEAD, leased_until=None, error=error[:2000])
        else:
            row.update(
                next_at=F("leased_until") + RETRY_AFTER[tries - 1] - LEASE, leased_until=None, error=error[:2000]
            )


def replay(ids: Sequence[int]) -> int:
    """Give dead messages another life; answers how many."""
    return Outbox.objects.filter(pk__in=list(ids), state=Outbox.State.DEAD).update(
        state=Outbox.State.PENDING, attempts=0, next_at=Now(), error=""
    )


def by_mail(delivery: Delivery) -> None:
    """One mail per owner with everything that waits for them. The ids of the messages stand in a header."""
    receivers = addresses(delivery.destination)
    if not receivers:
        return
    count = len(delivery.messages)
    subject = ngettext("%(n)d new thing to do in Bowtie", "%(n)d new things to do in Bowtie", count) % {"n": count}
    ids = ",".join(str(message.pk) for message in delivery.messages)
    EmailMessage(subject, in_words(delivery), to=receivers, headers={"X-Bowtie-Messages": ids}).send()


def addresses(destination: str) -> list[str]:
    """The mail addresses behind "owner:ID": the person's, or those of the team's members."""
    kind, _colon, key = destination.partition(":")
    if kind != "owner":
        return []
    owner = Owner.objects.filter(pk=int(key)).first()
    if owner is None:
        return []
    users = User.objects.filter(is_active=True).exclude(email="")
    mine = users.filter(pk=owner.user_id) if owner.user_id else users.filter(memberships__team=owner.team_id)
    return sorted(mine.values_list("email", flat=True))


def in_words(delivery: Delivery) -> str:
    """The lines of a digest; rooms put what they want said into `payload`."""
    return "\n".join(_line(message.kind, message.payload) for message in delivery.messages)


_SAID = {
    "health.fell": gettext_lazy("A customer's health fell to a lower tier."),
    "renewal.won": gettext_lazy("A renewal of yours was won."),
    "renewal.lost": gettext_lazy("A renewal of yours was lost."),
    "renewal.let_go": gettext_lazy("A renewal of yours is given up on purpose."),
    "renewal.closed": gettext_lazy("A renewal of yours closed: its contract was ended or no longer comes up."),
    "renewal.reopened": gettext_lazy("A decision on a renewal of yours was taken back: it is open again."),
    "renewal.escalated": gettext_lazy("A renewal was escalated to you."),
}


def _line(kind: str, payload: dict[str, Any]) -> str:
    if kind == "signals.raised":
        return _("New signals: %(n)d") % {"n": sum(payload.values())}
    if kind == "renewal.opened":
        return _("A renewal was opened; decide by %(day)s.") % {"day": payload["decides_on"]}
    if kind == "milestone.missed":
        return _("A milestone had been missed and fires late: %(name)s.") % {"name": payload["milestone"]}
    if kind == "milestone.fired":
        return _("A renewal reached %(name)s.") % {"name": payload["milestone"]}
    return str(_SAID.get(kind, kind))


__all__ = ["Delivery", "by_mail", "relay", "replay"]
