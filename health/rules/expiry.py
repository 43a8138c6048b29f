"""A judgement by hand that counts no more: somebody has to judge anew, or leave it. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from health.rules.cadence import SilencePolicy
from playbooks.rules import Occurrence, Recorded, Rung, climb

EXPIRED = "health.expired"


@dataclass(slots=True)
class ExpiryFacts:
    """The last judgement of an account that was not taken back: it counts up to and with `counts_until`."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    counts_until: date

    def expired(self, on: date) -> bool:
        return self.counts_until < on


def expiry_news(
    facts: ExpiryFacts, recorded: Recorded, policy: SilencePolicy, counts_from: date, on: date
) -> list[Occurrence]:
    """Once per judgement, on the day after its last one."""
    due_on = facts.counts_until + timedelta(days=1)
    rung = Rung(EXPIRED, f"EXPIRED.{facts.counts_until.isoformat()}", due_on, facts.counts_until, "open")
    return climb([rung], recorded, on, counts_from=counts_from)
