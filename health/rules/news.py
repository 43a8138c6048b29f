"""When a spell is news, and when silence is: what fires, what is a fall, what closes by itself. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from health.rules.cadence import SilencePolicy, Stood, fell_silent_on
from health.rules.policy import HealthPolicy
from health.rules.spells import fell
from health.rules.tier import Tier
from playbooks.rules import Occurrence, Recorded, Rung, State, climb

SPELL = "health.spell"
SILENCE = "health.silence"


@dataclass(slots=True)
class SpellFacts:
    """The spell an account is in. `before` is the last tier known before it, which began on `before_on`.

    `value` is what was invoiced in a year, in the reporting currency: the worth of the work (HS-13).
    """

    id: int
    account_id: int
    owner_id: int
    known_on: date
    spell_id: int
    tier: Tier
    began_on: date
    score: Decimal | None = None
    before: Tier | None = None
    before_on: date | None = None
    score_before: Decimal | None = None
    value: Decimal | None = None

    @property
    def fell(self) -> bool:
        return fell(self.tier, self.before)

    @property
    def stands(self) -> Tier | None:
        """The tier as far as anybody knows: the last one known while it is unknown."""
        return self.before if self.tier is Tier.UNKNOWN else self.tier


def spell_news(
    facts: SpellFacts, recorded: Recorded, policy: HealthPolicy, counts_from: date, on: date
) -> list[Occurrence]:
    """A spell in another tier than the last one known fires once; the first one is where we begin.

    A spell that began on another day after all is no news: one of its tier fired since the tier before it.
    """
    if facts.tier is Tier.UNKNOWN or facts.tier is facts.before or facts.began_on > on:
        return []
    if _told(facts, recorded):
        return []
    key = f"SPELL.{facts.began_on.isoformat()}.{facts.tier.value}"
    rung = Rung(SPELL, key, facts.began_on, facts.began_on, "open")
    silent = facts.before is None or facts.began_on < counts_from
    return [Occurrence(rung, State.BASELINE if silent else State.FIRED)]


def _told(facts: SpellFacts, recorded: Recorded) -> bool:
    since = facts.before_on or date.min
    told = [key.split(".") for rule, key in recorded if rule == SPELL]
    return any(tier == facts.tier.value and date.fromisoformat(day) > since for _, day, tier in told)


@dataclass(slots=True)
class SilenceFacts:
    """When somebody last spoke with a customer, and in which tiers and segments it has stood since, oldest first."""

    id: int
    account_id: int
    owner_id: int
    known_on: date
    last_on: date
    stood: tuple[Stood, ...] = ()

    @property
    def now(self) -> Stood:
        return self.stood[-1] if self.stood else Stood(Tier.UNKNOWN, "", date.min)


def silent_from(last_on: date, policy: SilencePolicy, tier: Tier = Tier.UNKNOWN, segment: str = "") -> date:
    """The day on which a silence that began then is too long for that tier and segment."""
    return policy.cadence(tier, segment).silent_from(last_on)


def still_silent(facts: SilenceFacts, policy: SilencePolicy, on: date) -> bool:
    """Whether the silence is too long for where the account stands now."""
    return silent_from(facts.last_on, policy, facts.now.tier, facts.now.segment) <= on


def silence_news(
    facts: SilenceFacts, recorded: Recorded, policy: SilencePolicy, counts_from: date, on: date
) -> list[Occurrence]:
    """Once per silence: its key is the last contact (HS-12)."""
    due_on = fell_silent_on(facts.last_on, facts.stood or (facts.now,), policy)
    if due_on is None:
        return []
    rung = Rung(SILENCE, f"SILENCE.{facts.last_on.isoformat()}", due_on, facts.last_on, "open")
    return climb([rung], recorded, on, counts_from=counts_from)
