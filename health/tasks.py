"""Health as triggers of the day: scores with their spells, silence, and machines that went live."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from health.actions.alerting import begin_spells, follow_silence, follow_spells, raise_silence
from health.actions.onboarding import begin_starts, follow_starts
from health.actions.scoring import score_accounts
from health.queries.candidates import all_accounts, due_accounts, touched_accounts, touched_since
from health.queries.golives import all_golives, due_golives, golive_facts, touched_assets
from health.queries.news import fallen_silent, silence_facts, spell_facts, spoken_with
from health.rules.adoption import AdoptionPolicy, GoLive, occurrences
from health.rules.news import SilenceFacts, SpellFacts, silence_news, spell_news
from health.rules.policy import HealthPolicy, SilencePolicy
from playbooks.triggers import Moment, Trigger


def scores(ids: Sequence[int], moment: Moment) -> Counter[str]:
    """Bring the scores behind the spells up to date. The audit does it without asking what was touched."""
    return score_accounts(ids, on=moment.on, since={} if moment.audit else touched_since(ids))


def seen(facts: SpellFacts) -> dict[str, Any]:
    """What of a spell is kept with its firing."""
    score = facts.score if facts.score is None else str(facts.score)
    return {"tier": facts.tier.value, "before": facts.before and facts.before.value, "score": score}


def heard(facts: SilenceFacts) -> dict[str, Any]:
    return {"last_contact": facts.last_on.isoformat()}


SCORES = Trigger(
    name="health.scores",
    kind="account",
    policy=HealthPolicy,
    due=due_accounts,
    touched=touched_accounts,
    everything=all_accounts,
    facts=spell_facts,
    occurrences=spell_news,
    effect=begin_spells,
    follow=follow_spells,
    seen=seen,
    prepare=scores,
    chunk=50_000,
)

SILENCE = Trigger(
    name="health.silence",
    kind="account",
    policy=SilencePolicy,
    due=fallen_silent,
    touched=touched_accounts,
    everything=spoken_with,
    facts=silence_facts,
    occurrences=silence_news,
    effect=raise_silence,
    follow=follow_silence,
    seen=heard,
)


def live_since(machine: GoLive) -> dict[str, Any]:
    return {"went_live_on": str(machine.went_live_on)}


ADOPTION = Trigger(
    name="health.adoption",
    kind="asset",
    policy=AdoptionPolicy,
    due=due_golives,
    touched=touched_assets,
    everything=all_golives,
    facts=golive_facts,
    occurrences=occurrences,
    effect=begin_starts,
    follow=follow_starts,
    seen=live_since,
)
