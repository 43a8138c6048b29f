"""When an answer asks for a call: below the threshold, once per answer (AD-11, HT-02). Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from health.rules.survey import Band, SurveyPolicy, band_of
from playbooks.rules import Occurrence, Recorded, Rung, climb

LOOP = "survey.low"


@dataclass(slots=True)
class AnswerFacts:
    """An answer with whose customer it is."""

    id: int
    account_id: int
    known_on: date
    owner_id: int
    country: str
    answered_on: date
    value: Decimal
    scale_to: Decimal


def occurrences(
    answer: AnswerFacts, recorded: Recorded, policy: SurveyPolicy, counts_from: date, on: date
) -> list[Occurrence]:
    """A low answer fires once. One that is learned of long after it was given opens no work."""
    if band_of(answer.value, answer.scale_to, policy) is not Band.LOW:
        return []
    if answer.answered_on < on - timedelta(days=policy.loop_within_days):
        return []
    rung = Rung(LOOP, f"LOW@{answer.answered_on.isoformat()}", answer.answered_on, answer.answered_on, "open")
    return climb([rung], recorded, on, counts_from=counts_from)
