"""Health as triggers of the day: scores with their spells, talks, surveys and their loops, starts of machines."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from celery import shared_task
from kombu.exceptions import OperationalError

from health.actions.alerting import begin_spells, follow_silence, follow_spells, raise_silence
from health.actions.backtesting import run_backtest, waiting
from health.actions.checking import release_checkins
from health.actions.inviting import invite_due
from health.actions.inviting import seen as seen_person
from health.actions.looping import close_loops, open_loops
from health.actions.looping import seen as seen_answer
from health.actions.onboarding import begin_starts, follow_starts
from health.actions.scoring import score_accounts
from health.actions.warning import follow_collapses, follow_expiries, raise_collapses, raise_expiries
from health.queries.asking import due_people, everybody, people_with_occasions, touched_people
from health.queries.candidates import all_accounts, due_accounts, touched_accounts, touched_since
from health.queries.checkins import all_plays, checkin_facts, due_plays, touched_plays
from health.queries.collapses import all_scored, changed_scores, collapse_facts
from health.queries.expiries import expiring, expiry_facts, judged
from health.queries.golives import all_golives, due_golives, golive_facts, touched_assets
from health.queries.loops import all_answers, answers_of, low_answers, touched_answers
from health.queries.news import fallen_silent, silence_facts, spell_facts, spoken_with
from health.rules import asking, loop
from health.rules.adoption import AdoptionPolicy, GoLive, occurrences
from health.rules.cadence import CheckinFacts, SilencePolicy, checkin_news
from health.rules.collapse import CollapseFacts, CollapsePolicy, collapse_news
from health.rules.expiry import ExpiryFacts, expiry_news
from health.rules.news import SilenceFacts, SpellFacts, silence_news, spell_news
from health.rules.policy import HealthPolicy
from health.rules.survey import SurveyPolicy
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

SURVEYS = Trigger(
    name="health.surveys",
    kind="contact",
    policy=SurveyPolicy,
    due=due_people,
    touched=touched_people,
    everything=everybody,
    facts=people_with_occasions,
    occurrences=asking.occurrences,
    effect=invite_due,
    seen=seen_person,
    chunk=50_000,
)

LOOPS = Trigger(
    name="health.loops",
    kind="answer",
    policy=SurveyPolicy,
    due=low_answers,
    touched=touched_answers,
    everything=all_answers,
    facts=answers_of,
    occurrences=loop.occurrences,
    effect=open_loops,
    follow=close_loops,
    seen=seen_answer,
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


@shared_task(name="health.backtests")
def ring_backtests() -> int:
    """Work out the backtests that wait; how many."""
    return sum(run_backtest(job) for job in waiting())


def hint_backtests() -> None:
    """Ask the worker to begin at once; where it does not hear it, the bell of the minute does."""
    with suppress(OperationalError):
        ring_backtests.apply_async(expires=300, retry=False)


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


def judged_until(facts: ExpiryFacts) -> dict[str, Any]:
    return {"counted_until": facts.counts_until.isoformat()}


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
