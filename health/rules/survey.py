"""What is asked, on which scale, how often, and what an answer means (AD-11, AD-15, CT-12, CV-04). Data. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

ONBOARDING, TICKET, RELATIONSHIP = "onboarding", "ticket", "relationship"
# What a survey follows by itself; empty: it is sent by hand alone.
LIVE, RESOLVED = "live", "resolved"


class Band(StrEnum):
    """Where an answer stands: below the threshold, between, or so high that its giver may speak for us."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class Stand(StrEnum):
    """What became of an invitation."""

    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"


@dataclass(frozen=True)
class SurveyKind:
    """One survey. `question` and `occasion` are what its answers are kept under; `ask` and `more` are its two
    questions, `worst` and `best` the ends of its scale: English, translated when shown (words/surveys.py).

    It goes out `after_days` after its `event` to people of these `roles` (empty: all), its link counts for
    `valid_days`, and the same person is not asked the same again within `again_days`.
    """

    key: str
    name: str
    question: str
    occasion: str
    ask: str
    more: str
    worst: str
    best: str
    scale_from: int
    scale_to: int
    event: str = ""
    after_days: int = 0
    roles: tuple[str, ...] = ()
    valid_days: int = 21
    again_days: int = 90
    by_hand: bool = True

    @property
    def steps(self) -> range:
        """The scores that may be given."""
        return range(self.scale_from, self.scale_to + 1)


KINDS = (
    SurveyKind(
        ONBOARDING,
        "After onboarding",
        "satisfaction",
        "post_installation",
        "How satisfied are you with the installation and the start of your machine?",
        "What could be better?",
        "not at all satisfied",
        "very satisfied",
        1,
        10,
        event=LIVE,
        after_days=42,
    ),
    SurveyKind(
        TICKET,
        "After a ticket",
        "satisfaction",
        "ticket",
        "How satisfied are you with the way we solved it?",
        "What could be better?",
        "not at all satisfied",
        "very satisfied",
        1,
        5,
        event=RESOLVED,
        after_days=1,
        valid_days=14,
        by_hand=False,
    ),
    SurveyKind(
        RELATIONSHIP,
        "Relationship",
        "recommend",
        "relationship",
        "How likely are you to recommend us to somebody in your trade?",
        "Why this score?",
        "not at all likely",
        "very likely",
        0,
        10,
        again_days=180,
    ),
)


@dataclass(frozen=True)
class SurveyPolicy:
    """The surveys, and the patience of those who are asked.

    Between any two invitations of one person lie `quiet_days`, whatever the kind. What lies longer than
    `ask_within_days` behind its day is not asked any more. Scores are compared times ten over the maximum of their
    scale: below `low_below` somebody calls (an answer seen later than `loop_within_days` excepted), from `high_from`
    on their giver may speak for us (RF-01). People in countries of `dutch_in` are written to in Dutch.
    """

    policy_name: ClassVar[str] = "health.surveys"

    kinds: tuple[SurveyKind, ...] = KINDS
    quiet_days: int = 90
    ask_within_days: int = 30
    low_below: Decimal = Decimal(7)
    high_from: Decimal = Decimal(9)
    loop_within_days: int = 14
    dutch_in: tuple[str, ...] = ("NL", "Netherlands", "The Netherlands", "Nederland")

    def kind(self, key: str) -> SurveyKind:
        """The survey of that key, as it was written first where a published policy has it no more; KeyError."""
        found = next((kind for kind in (*self.kinds, *KINDS) if kind.key == key), None)
        if found is None:
            raise KeyError(key)
        return found

    def language_of(self, spoken: str, country: str) -> str:
        """The language of a person: what they are known to speak, else by country."""
        if spoken in ("nl", "en"):
            return spoken
        return "nl" if country in self.dutch_in else "en"


def of_ten(value: Decimal, scale_to: Decimal) -> Decimal:
    """A score times ten over the maximum of its scale, as the metrics count it (CT-12)."""
    return value * 10 / scale_to


def band_of(value: Decimal, scale_to: Decimal, policy: SurveyPolicy) -> Band:
    """Where an answer stands. A scale without a positive maximum says nothing: it stands between."""
    if scale_to <= 0:
        return Band.MIDDLE
    score = of_ten(value, scale_to)
    if score < policy.low_below:
        return Band.LOW
    return Band.HIGH if score >= policy.high_from else Band.MIDDLE


def stand_of(answered: bool, valid_until: date, on: date) -> Stand:
    """What became of an invitation; its last day still counts."""
    if answered:
        return Stand.ANSWERED
    return Stand.OPEN if on <= valid_until else Stand.EXPIRED
