"""What the day tells about tips: that one is late, to who should answer; that one became a deal, to who gave it."""

from collections import Counter
from collections.abc import Sequence

from expansion.actions.tipping import SUBJECT
from expansion.rules.tip import LATE, TipFacts
from playbooks.actions.releasing import Message, announce
from playbooks.triggers import Fired, Moment


def tell_news(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """One message for each firing, in its transaction."""
    announce([_message(row, moment) for row in fired])
    return Counter(messages=len(fired))


def _message(row: Fired, moment: Moment) -> Message:
    tip: TipFacts = row.facts
    rung = row.occurrence.rung
    late = rung.rule == LATE
    payload = {
        "firing": row.firing_id,
        "account": tip.account_id,
        "tip": tip.id,
        "on": moment.on.isoformat(),
        "value": None if late or tip.value is None else str(tip.value),
    }
    receiver = tip.owner_id if late else tip.giver_id
    return Message(f"{rung.rule}:tip:{tip.id}:{rung.key}", rung.rule, receiver, SUBJECT, tip.id, payload)
