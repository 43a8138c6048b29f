"""The relay: sends what the outbox holds, at least once, with a stable id (firing.md, Runner).

Claim with a lease, send, mark. A relay that dies between sending and marking sends again, under the same id. What one
receiver costs is theirs alone: a failure puts back their messages, and a relay that grows slow gives back what it has
claimed and not begun, before its lease runs out and another would send it too. Channels that make what they send (a
page as PDF) come last and in small bites, so that nothing quick waits behind them.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.display import day
from core.models import Outbox

LEASE = timedelta(minutes=5)
BATCH = 500
# Of the slow channels so many at a time, until the next bell is near.
BITE = 10
# Seconds after the claim at which nothing more of it is begun, and after the bell at which no slow bite is.
ENOUGH, SLOW_ENOUGH = 200.0, 40.0
# From a minute to three days, then dead.
RETRY_AFTER = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440, 4320))

# Picked once, apart: within the update the planner may ask again for each row, and claim more than the limit.
_CLAIM = """
WITH picked AS MATERIALIZED (
    SELECT id FROM core_outbox o
    WHERE state = 'pending' AND next_at <= statement_timestamp()
      AND (split_part(destination, ':', 1) = ANY(%s)) = %s
      AND (leased_until IS NULL OR leased_until < statement_timestamp())
      AND NOT EXISTS (
          SELECT 1 FROM core_outbox before
          WHERE before.subject_kind = o.subject_kind AND before.subject_id = o.subject_id AND before.id < o.id
            AND before.state = 'pending'
            AND (before.next_at > statement_timestamp() OR before.leased_until >= statement_timestamp())
      )
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE core_outbox SET leased_until = statement_timestamp() + %s::interval, attempts = attempts + 1
FROM picked WHERE core_outbox.id = picked.id AND state = 'pending'
RETURNING core_outbox.id
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
    began = time.monotonic()
    sent, _begun = _pass_on(limit, send or hand_over, slow=False)
    while time.monotonic() - began < SLOW_ENOUGH:
        went, begun = _pass_on(min(BITE, limit), send or hand_over, slow=True)
        sent += went
        if not begun:
            break
    return sent


def _pass_on(limit: int, send: Send, *, slow: bool) -> tuple[int, int]:
    """Claim and send: how many messages went out, and how many were begun."""
    began = time.monotonic()
    claimed = _claim(limit, slow=slow)
    sent = begun = 0
    for destination, group in groupby(sorted(claimed, key=_by_receiver), key=lambda m: m.destination):
        messages = list(group)
        if begun and time.monotonic() - began >= ENOUGH:
            _give_back([message.pk for message in claimed if _by_receiver(message) >= _by_receiver(messages[0])])
            break
        sent += _deliver(Delivery(destination, messages), send)
        begun += len(messages)
    return sent, begun


def _give_back(ids: Sequence[int]) -> None:
    """What was claimed and not begun is anybody's again at once, and has not been tried."""
    Outbox.objects.filter(pk__in=ids).update(leased_until=None, attempts=F("attempts") - 1)


def _by_receiver(message: Outbox) -> tuple[str, int]:
    return message.destination, message.pk


def _claim(limit: int, *, slow: bool) -> list[Outbox]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [sorted(_slow), slow, limit, f"{LEASE.total_seconds()} seconds"])
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


# How a message reaches its receiver, by the kind of its destination: "owner" of "owner:12".
_channels: dict[str, Send] = {}
# Those that take a second or more for each message.
_slow: set[str] = set()


def register_channel(kind: str, send: Send, *, slow: bool = False) -> None:
    """Called from a room's apps.py. `slow`: it makes what it sends, and nothing quick is to wait for it."""
    _channels[kind] = send
    if slow:
        _slow.add(kind)


def hand_over(delivery: Delivery) -> None:
    """Give these messages to the channel of their destination; where there is none, nobody waits for them."""
    channel = _channels.get(delivery.destination.partition(":")[0])
    if channel is not None:
        channel(delivery)


def in_words(delivery: Delivery) -> str:
    """The lines of a digest; rooms put what they want said into `payload`."""
    return "\n".join(line_of(message.kind, message.payload) for message in delivery.messages)


_SAID = {
    "health.fell": gettext_lazy("A customer's health fell to a lower tier."),
    "survey.answered": gettext_lazy("A customer answered a survey."),
    "survey.low": gettext_lazy("A customer gave a low score: somebody should call."),
    "onboarding.started": gettext_lazy("A machine went live: its onboarding begins."),
    "renewal.won": gettext_lazy("A renewal of yours was won."),
    "renewal.lost": gettext_lazy("A renewal of yours was lost."),
    "renewal.let_go": gettext_lazy("A renewal of yours is given up on purpose."),
    "renewal.closed": gettext_lazy("A renewal of yours closed: its contract was ended or no longer comes up."),
    "renewal.reopened": gettext_lazy("A decision on a renewal of yours was taken back: it is open again."),
    "handoff.given": gettext_lazy("A deal was handed over to you: accept it, or return it with what is missing."),
    "handoff.completed": gettext_lazy("A deal that you handed over was accepted."),
    "handoff.accepted": gettext_lazy("A deal that you handed over was accepted by one side; the other still answers."),
    "handoff.returned": gettext_lazy("A deal that you handed over came back: something is missing."),
    "tip.left": gettext_lazy("A technician left you a tip. He waits for your answer, at most 48 hours."),
    "tip.late": gettext_lazy("A tip still waits for your answer, longer than 48 hours."),
    "tip.answered": gettext_lazy("Your tip was followed up: read what became of it."),
    "tip.won": gettext_lazy("Your tip became a deal."),
    "opportunity.won": gettext_lazy("A deal of yours was won."),
    "opportunity.lost": gettext_lazy("A deal of yours was lost."),
    "lead.created": gettext_lazy("A lead came in for you: call them."),
    "lead.handed_over": gettext_lazy("A lead was handed over to you: call them."),
    "lead.with_dealer": gettext_lazy("A lead of yours was handed to a dealer: keep watch."),
    "lead.taken_back": gettext_lazy("A lead of yours was taken back from a dealer: call them."),
    "lead.conversion_undone": gettext_lazy("A deal of yours is a lead again: it was made too early."),
    "lead.converted": gettext_lazy("A lead of yours became a deal."),
    "referral.late": gettext_lazy("Somebody gave you a referral and still waits for your thanks."),
    "referral.won": gettext_lazy("A referral became a deal: tell who gave it."),
    "renewal.escalated": gettext_lazy("A renewal was escalated to you."),
    "qbr.plan": gettext_lazy("A QBR is two weeks ahead: plan it."),
    "qbr.agenda": gettext_lazy("A QBR is a week ahead: its agenda has to go out."),
    "qbr.summary_late": gettext_lazy("The summary of a QBR is late and was escalated to you."),
}


def line_of(kind: str, payload: dict[str, Any]) -> str:
    """What happened, in a sentence that names nobody."""
    if kind == "signals.raised":
        return _("New signals: %(n)d") % {"n": sum(payload.values())}
    if kind == "renewal.opened":
        return _("A renewal was opened; decide by %(day)s.") % {"day": day(date.fromisoformat(payload["decides_on"]))}
    if kind == "milestone.missed":
        return _("A milestone had been missed and fires late: %(name)s.") % {"name": payload["milestone"]}
    if kind == "milestone.fired" and payload["milestone"] == "gate":
        return _("A customer is not green half a year before the contract ends: fix first.")
    if kind == "milestone.fired":
        return _("A renewal reached %(name)s.") % {"name": payload["milestone"]}
    if kind == "quote.sent":
        return _("A renewal quote went to the customer: version %(n)s.") % {"n": payload["version"]}
    if kind == "quote.accepted":
        return _("A customer accepted a renewal quote: version %(n)s.") % {"n": payload["version"]}
    if kind == "import.digest":
        count = int(payload.get("accounts", 0))
        said = ngettext("An import changed %(n)d of your accounts.", "An import changed %(n)d of your accounts.", count)
        return said % {"n": count}
    return str(_SAID.get(kind, kind))


__all__ = ["Delivery", "hand_over", "line_of", "register_channel", "relay", "replay"]
