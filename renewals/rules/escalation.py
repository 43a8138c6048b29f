"""When a renewal goes to the team lead: a step lies too long, or T passed without a signature (RN-11, CO-12). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar, NamedTuple

from playbooks.rules import OVERDUE, UNSIGNED, Occurrence, Recorded, Rung, State, climb
from renewals.rules.calendar import anchor_of

LATE_STEP = "renewal.overdue"
NOT_SIGNED = "renewal.unsigned"


@dataclass(frozen=True)
class EscalationPolicy:
    """How long a step may lie after its due date, and a renewal after T, before the team lead hears of it. Calendar
    days; a T that passes again within `tolerance_days` of one that was escalated is silent."""

    policy_name: ClassVar[str] = "renewals.escalation"

    overdue_days: int = 5
    unsigned_days: int = 1
    tolerance_days: int = 14


class OpenStep(NamedTuple):
    """A step that nobody has done: the milestone that released it, and the key of that firing."""

    title: str
    milestone: str
    released_by: str
    due_on: date
    snoozed_until: date | None
    owner: str


class Escalated(NamedTuple):
    """An open task of an escalation, and the key of the firing it stands for."""

    task_id: int
    key: str


@dataclass(slots=True)
class OpenRenewal:
    """What escalation knows of a renewal that is not decided. `known_on` is the day on which it was opened."""

    id: int
    account_id: int
    known_on: date
    term_number: int
    decides_on: date
    owner_id: int
    play_id: int
    value: Decimal | None
    snoozed_until: date | None
    country: str
    steps: tuple[OpenStep, ...] = ()
    escalated: tuple[Escalated, ...] = ()


def occurrences(
    renewal: OpenRenewal, recorded: Recorded, policy: EscalationPolicy, counts_from: date, on: date
) -> list[Occurrence]:
    """What is to be escalated on a day, beyond what is on record: the newest alone, and T above all steps.

    While a renewal or a step is snoozed its lateness is silent; T is not.
    """
    ladder = sorted(_late_steps(renewal, policy, on), key=lambda rung: (rung.due_on, rung.key))
    passed = _passed(renewal, policy)
    if not _spoke(passed, recorded, policy):
        ladder.append(passed)
    elif passed.due_on <= on:
        # The lead has it already: what is late beside it is passed over.
        return [o._replace(state=State.SUPERSEDED) for o in climb(ladder, recorded, on, counts_from=counts_from)]
    return climb(ladder, recorded, on, counts_from=counts_from)


def _late_steps(renewal: OpenRenewal, policy: EscalationPolicy, on: date) -> Iterable[Rung]:
    if renewal.snoozed_until and renewal.snoozed_until > on:
        return
    for key, steps in by_release(renewal.steps).items():
        awake = [s for s in steps if not (s.snoozed_until and s.snoozed_until > on)]
        if awake:
            due_on = min(s.due_on for s in awake) + timedelta(days=policy.overdue_days)
            yield Rung(LATE_STEP, f"E.{key}", due_on, anchor_of(key), OVERDUE, key)


def by_release(steps: Iterable[OpenStep]) -> dict[str, list[OpenStep]]:
    """The open steps of each milestone, by the key of the firing that released them."""
    found: dict[str, list[OpenStep]] = {}
    for step in steps:
        found.setdefault(step.released_by, []).append(step)
    return found


def _passed(renewal: OpenRenewal, policy: EscalationPolicy) -> Rung:
    due_on = renewal.decides_on + timedelta(days=policy.unsigned_days)
    key = f"U.T{renewal.term_number}@{renewal.decides_on.isoformat()}"
    return Rung(NOT_SIGNED, key, due_on, renewal.decides_on, UNSIGNED)


def _spoke(rung: Rung, recorded: Recorded, policy: EscalationPolicy) -> bool:
    """Whether T close by was escalated before."""
    anchors = [anchor_of(key) for (rule, key), state in recorded.items() if rule == rung.rule and state == State.FIRED]
    return any(abs((anchor - rung.anchor_on).days) <= policy.tolerance_days for anchor in anchors)


def settled(renewal: OpenRenewal, escalated: Escalated, on: date) -> bool:
    """Whether what was escalated is no longer so: the steps were done, or lie ahead again; T does."""
    if escalated.key.startswith("U."):
        return renewal.decides_on >= on
    steps = by_release(renewal.steps).get(escalated.key.removeprefix("E."), ())
    return not any(step.due_on < on for step in steps)
