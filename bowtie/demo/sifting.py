"""What Sales made of the signals at Voss Robotics: most were decided on, one in eight nobody looked at.

That is the story of its largest leak: renewals hold, and what the machines in the field ask for is not offered.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby

from bowtie.demo.people import Staff
from core.models import User
from expansion.actions.deciding import dismiss_signals, snooze_signals
from expansion.models import AccountPlan, Signal

# One in so many waits since the day it was raised.
LEFT_LYING = 8
# Days from a signal to the talk about it, and for how long it is put off.
TALK, LATER = timedelta(days=12), timedelta(days=75)
NO = (
    "Asked them: no budget this year.",
    "They run this machine until it stops.",
    "The line moves to another plant.",
)
NOT_NOW = "In their budget of spring."


def sift(staff: Staff, on: date) -> None:
    """Decide on what was raised up to some weeks ago; accounts with a plan are worked through their plan."""
    planned = AccountPlan.objects.values("account_id")
    rows = Signal.objects.open().filter(raised_on__lte=on - 2 * TALK).exclude(account__in=planned)
    found = list(rows.order_by("raised_on", "pk").values_list("raised_on", "pk"))
    seen = [(raised, pk) for place, (raised, pk) in enumerate(found) if place % LEFT_LYING]
    for raised, day in groupby(seen, key=lambda row: row[0]):
        _sit_down([pk for _raised, pk in day], staff.users["sanne"], raised + TALK, on)


def _sit_down(signals: list[int], by: User, day: date, on: date) -> None:
    """A morning with the list: a third is put off, the rest is answered with one of three reasons."""
    snooze_signals(signals=_every(signals, 0, 3), until=on + LATER, reason=NOT_NOW, by=by, on=day)
    answered = [*_every(signals, 1, 3), *_every(signals, 2, 3)]
    for place, reason in enumerate(NO):
        dismiss_signals(signals=_every(answered, place, len(NO)), reason=reason, by=by, on=day)


def _every(signals: list[int], first: int, step: int) -> Iterable[int]:
    return signals[first::step]
