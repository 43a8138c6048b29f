"""Who may be asked for a referral, and what a referral sets off: thanks that are late, a deal that was won. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from core.calendar import add_months
from playbooks.rules import Occurrence, Recorded, Rung, State, climb

LATE, WON = "referral.late", "referral.won"


@dataclass(frozen=True)
class ReferralPolicy:
    """Advocates answered `least` or more out of ten; nobody of a customer is asked again within `again_months`.

    Whoever gave a referral is thanked within `thank_days` (RF-04).
    """

    policy_name: ClassVar[str] = "expansion.referrals"

    least: int = 9
    again_months: int = 6
    thank_days: int = 3
    shown: int = 10


class WhyNot(StrEnum):
    """Why somebody is not asked."""

    RESCUE = "rescue"
    ASKED = "asked"
    NOT_GREEN = "not_green"
    NOT_HAPPY = "not_happy"


@dataclass(frozen=True)
class AdvocateFacts:
    """A customer and its last answer to "would you recommend us?", as of a day; None where nobody answered."""

    tier: str
    answer: Decimal | None
    asked_on: date | None
    in_rescue: bool


def why_not_ask(facts: AdvocateFacts, policy: ReferralPolicy, on: date) -> WhyNot | None:
    """What forbids to ask at all: a rescue that goes on, and having asked not long ago."""
    if facts.in_rescue:
        return WhyNot.RESCUE
    if facts.asked_on is not None and add_months(facts.asked_on, policy.again_months) > on:
        return WhyNot.ASKED
    return None


def why_no_advocate(facts: AdvocateFacts, policy: ReferralPolicy, on: date) -> WhyNot | None:
    """Why a customer is not suggested (RF-01): besides, its health is not green, or it did not say nine or ten."""
    if found := why_not_ask(facts, policy, on):
        return found
    if facts.tier != "green":
        return WhyNot.NOT_GREEN
    if facts.answer is None or facts.answer < policy.least:
        return WhyNot.NOT_HAPPY
    return None


@dataclass(slots=True)
class ReferralFacts:
    """A referral as of a day; `owner_id` is who keeps it, `value` that of its deal if it is known."""

    id: int
    account_id: int
    known_on: date
    owner_id: int
    country: str
    given_on: date | None = None
    thanked_on: date | None = None
    won_on: date | None = None
    told_on: date | None = None
    value: Decimal | None = None


def thank_by(given_on: date, policy: ReferralPolicy) -> date:
    """The last day on which thanks are in time."""
    return given_on + timedelta(days=policy.thank_days)


def referral_news(
    facts: ReferralFacts, recorded: Recorded, policy: ReferralPolicy, counts_from: date, on: date
) -> list[Occurrence]:
    """Thanks are late once, and a deal is won once; neither takes the place of the other."""
    found = []
    for rung in _rungs(facts, policy):
        found += climb([rung], recorded, on, counts_from=counts_from)
    return [o for o in found if o.state is not State.WITHDRAWN]


def _rungs(facts: ReferralFacts, policy: ReferralPolicy) -> list[Rung]:
    rungs = []
    if facts.given_on is not None:
        late = thank_by(facts.given_on, policy) + timedelta(days=1)
        if facts.thanked_on is None or facts.thanked_on >= late:
            rungs.append(Rung(LATE, "LATE", late, facts.given_on, "late"))
    if facts.won_on is not None and (facts.told_on is None or facts.told_on > facts.won_on):
        rungs.append(Rung(WON, f"WON.{facts.won_on.isoformat()}", facts.won_on, facts.won_on, "won"))
    return rungs
