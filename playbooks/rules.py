"""When a rule fires: due, once, the newest alone (firing.md). Pure."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

# What releases steps and is no date before T: the last day to decide passed without a signature; a step lies too long.
UNSIGNED, OVERDUE = "unsigned", "overdue"


class State(StrEnum):
    """What became of an occurrence. A withdrawn one may still fire, when its subject comes back to life."""

    FIRED = "fired"
    SUPERSEDED = "superseded"
    BASELINE = "baseline"
    WITHDRAWN = "withdrawn"


# What is on record of one subject: (rule, occurrence key) -> state.
Recorded = Mapping[tuple[str, str], str]


class Rung(NamedTuple):
    """A date on which something falls due. `anchor_on` is what it counts from; `about` is the rule's own business."""

    rule: str
    key: str
    due_on: date
    anchor_on: date
    milestone: str
    about: Any = None


class Occurrence(NamedTuple):
    """A rung with what becomes of it now."""

    rung: Rung
    state: State


@dataclass(frozen=True)
class DayPolicy:
    """How far the day looks back and how long a silence it makes good by itself, in days; and the rolling of tasks.

    Tasks fall due on working days of the organisation's country; with `tasks_keep_their_holidays`, on days on which
    nobody has a holiday in the account's country either (G-14).
    """

    policy_name: ClassVar[str] = "playbooks.day"

    look_back_days: int = 7
    longest_gap_days: int = 45
    tasks_on_working_days: bool = True
    tasks_keep_their_holidays: bool = True


class GapTooLong(Exception):
    """More dates are missing than the day makes good without an operator."""

    def __init__(self, completed: date, on: date) -> None:
        self.completed, self.on = completed, on
        super().__init__(f"{(on - completed).days} days")


def climb(
    ladder: Iterable[Rung],
    recorded: Recorded,
    on: date,
    *,
    counts_from: date,
    baseline_before: date | None = None,
    withdrawn: bool = False,
) -> list[Occurrence]:
    """What is new on a ladder, lowest rung first: the highest rung reached fires, those below it are superseded.

    Rungs due before `counts_from` (the first day of the policy's version) or `baseline_before` (the day we learned of
    a subject that had ended) are baseline. On a withdrawn subject nothing fires.
    """
    reached = [rung for rung in ladder if rung.due_on <= on]
    fresh = [rung for rung in reached if recorded.get((rung.rule, rung.key), State.WITHDRAWN) == State.WITHDRAWN]
    silent_before = max(counts_from, baseline_before or counts_from)
    found = []
    for rung in fresh:
        state = _state(rung, rung is reached[-1], rung.due_on < silent_before, withdrawn)
        if state is not State.WITHDRAWN or (rung.rule, rung.key) not in recorded:
            found.append(Occurrence(rung, state))
    return found


def _state(rung: Rung, highest: bool, too_old: bool, withdrawn: bool) -> State:
    if too_old:
        return State.BASELINE
    if withdrawn:
        return State.WITHDRAWN
    return State.FIRED if highest else State.SUPERSEDED


def days_to_do(completed: date | None, on: date, through: date | None, policy: DayPolicy) -> list[date]:
    """The business dates to do, oldest first. GapTooLong asks for `through`, which is an operator's word.

    The very first run does its own date alone. A clock that went back does the last completed date once more, which
    looks at what was touched and fires nothing twice.
    """
    last = through or on
    if completed is None:
        first = min(on, last)
    elif last <= completed:
        return [completed]
    elif through is None and (last - completed).days > policy.longest_gap_days:
        raise GapTooLong(completed, last)
    else:
        first = completed + timedelta(days=1)
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def on_working_day(day: date, closed: Container[date]) -> date:
    """The day itself, or the next one that is neither in a weekend nor closed. For tasks; milestones never move."""
    while day.weekday() >= 5 or day in closed:
        day += timedelta(days=1)
    return day


def task_due_on(milestone_on: date, after_days: int, released_on: date) -> date:
    """When a step is due: counted from its milestone, but never before the day it was released."""
    return max(milestone_on + timedelta(days=after_days), released_on)


def halves(items: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    middle = len(items) // 2
    return items[:middle], items[middle:]
