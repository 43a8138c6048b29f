"""The rescue of a red account: its clock of 90 days, and where it stands (HT-03..05). Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from health.rules.tier import Tier


class RescueState(StrEnum):
    """Where a rescue stands. All but `LOST` follow from dated facts; lost is what a person said."""

    AT_RISK = "at_risk"
    PLANNED = "planned"
    RECOVERING = "recovering"
    RECOVERED = "recovered"
    LOST = "lost"


OPEN_STATES = (RescueState.AT_RISK, RescueState.PLANNED, RescueState.RECOVERING)


class Lack(StrEnum):
    """What a rescue still asks for, in the order in which it is done."""

    CAUSE = "cause"
    ACTIONS = "actions"
    SPONSOR = "sponsor"
    DECISION = "decision"


@dataclass(frozen=True)
class RescuePolicy:
    """Out of red within so many days, or accept that they leave (HT-04). The score rises when it stands so many points
    above that of the first day."""

    policy_name: ClassVar[str] = "health.rescue"

    days: int = 90
    rising_points: Decimal = Decimal(5)


@dataclass(frozen=True, slots=True)
class RescueFacts:
    """What is dated of a rescue. `began_on` is the first day of its clock; `left_red_on` the day the account came out
    of red, `known` whether its tier is known today; `concluded_on` with `recovered` is what a person said."""

    began_on: date
    score_then: Decimal | None = None
    score_now: Decimal | None = None
    tier: Tier = Tier.RED
    cause_on: date | None = None
    action_on: date | None = None
    sponsor_on: date | None = None
    left_red_on: date | None = None
    concluded_on: date | None = None
    recovered: bool = False
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """Day so many of so many. `left` is negative once the time is over; `stopped` where the rescue has ended."""

    day: int
    days: int
    ends_on: date
    left: int
    stopped: bool

    @property
    def over(self) -> bool:
        return self.left < 0 and not self.stopped


def state_of(facts: RescueFacts, policy: RescuePolicy, on: date) -> RescueState:
    """What a person said counts first; else the way out of red, the score, and what stands in the plan, by that day."""
    if _by(facts.concluded_on, on):
        return RescueState.RECOVERED if facts.recovered else RescueState.LOST
    if _by(facts.left_red_on, on):
        return RescueState.RECOVERED
    if rises(facts, policy):
        return RescueState.RECOVERING
    planned = _by(facts.cause_on, on) and _by(facts.action_on, on)
    return RescueState.PLANNED if planned else RescueState.AT_RISK


def rises(facts: RescueFacts, policy: RescuePolicy) -> bool:
    """Whether the score stands clearly above that of the first day."""
    if facts.score_then is None or facts.score_now is None:
        return False
    return facts.score_now - facts.score_then >= policy.rising_points


def ended_on(facts: RescueFacts, on: date) -> date | None:
    """The day on which it was over, by that day: the first of what was said and of leaving red."""
    return min(
        (day for day in (facts.concluded_on, facts.left_red_on, facts.closed_on) if day and day <= on), default=None
    )


def clock_of(facts: RescueFacts, policy: RescuePolicy, on: date) -> Clock:
    """The clock on that day; it stops on the day the rescue is over. The first day is day 0."""
    stopped = ended_on(facts, on)
    ends_on = facts.began_on + timedelta(days=policy.days)
    day = ((stopped or on) - facts.began_on).days
    return Clock(day, policy.days, ends_on, policy.days - day, stopped is not None)


def lacks(facts: RescueFacts, policy: RescuePolicy, on: date) -> tuple[Lack, ...]:
    """What is still to be done on that day; nothing once it is over. On day 90 somebody has to decide."""
    if ended_on(facts, on):
        return ()
    asked = (
        (Lack.CAUSE, not _by(facts.cause_on, on)),
        (Lack.ACTIONS, not _by(facts.action_on, on)),
        (Lack.SPONSOR, not _by(facts.sponsor_on, on)),
        (Lack.DECISION, clock_of(facts, policy, on).left <= 0),
    )
    return tuple(lack for lack, open_ in asked if open_)


def may_recover(facts: RescueFacts) -> bool:
    """A person may say "recovered" only of an account that is not red: unknown, or out of it."""
    return facts.tier is not Tier.RED


def _by(day: date | None, on: date) -> bool:
    return day is not None and day <= on
