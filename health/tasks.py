"""Health as triggers of the day: scores with their spells, and silence."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from health.actions.alerting import begin_spells, follow_silence, follow_spells, raise_silence
from health.actions.checking import release_checkins
from health.actions.scoring import score_accounts
from health.actions.warning import follow_collapses, follow_expiries, raise_collapses, raise_expiries
from health.queries.candidates import all_accounts, due_accounts, touched_accounts, touched_since
from health.queries.checkins import all_plays, checkin_facts, due_plays, touched_plays
from health.queries.collapses import all_scored, changed_scores, collapse_facts
from health.queries.expiries import expiring, expiry_facts, judged
from health.queries.news import fallen_silent, silence_facts, spell_facts, spoken_with
from health.rules.cadence import CheckinFacts, SilencePolicy, checkin_news
from health.rules.collapse import CollapseFacts, CollapsePolicy, collapse_news
from health.rules.expiry import ExpiryFacts, expiry_news
from health.rules.news import SilenceFacts, SpellFacts, silence_news, spell_news
from health.rules.policy import HealthPolicy
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


def paced(facts: CheckinFacts) -> dict[str, Any]:
    """By which cadence a check-in fell due."""
    return {"tier": facts.tier.value, "segment": facts.segment, "anchor": facts.anchor_on.isoformat()}


CHECKINS = Trigger(
    name="health.checkins",
    kind="play",
    policy=SilencePolicy,
    due=due_plays,
    touched=touched_plays,
    everything=all_plays,
    facts=checkin_facts,
    occurrences=checkin_news,
    effect=release_checkins,
    seen=paced,
)


def fallen(facts: CollapseFacts) -> dict[str, Any]:
    """The whole score while one side of it fell."""
    total = facts.series[-1].total
    return {"score": None if total is None else str(total), "tier": facts.tier.value}


COLLAPSES = Trigger(
    name="health.collapses",
    kind="account",
    policy=CollapsePolicy,
    due=changed_scores,
    touched=touched_accounts,
    everything=all_scored,
    facts=collapse_facts,
    occurrences=collapse_news,
    effect=raise_collapses,
    follow=follow_collapses,
    seen=fallen,
)


def judged_until(facts: ExpiryFacts) -> dict[str, Any]:
    return {"counted_until": facts.counts_until.isoformat()}


# Stands in the timetable as soon as judgements by hand are kept (`health.queries.expiries`).
EXPIRIES = Trigger(
    name="health.expiries",
    kind="account",
    policy=SilencePolicy,
    due=expiring,
    touched=touched_accounts,
    everything=judged,
    facts=expiry_facts,
    occurrences=expiry_news,
    effect=raise_expiries,
    follow=follow_expiries,
    seen=judged_until,
)
