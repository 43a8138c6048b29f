"""Health as triggers of the day: scores with their spells, silence, surveys, and the loops that low answers open."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from health.actions.alerting import begin_spells, follow_silence, follow_spells, raise_silence
from health.actions.inviting import invite_due
from health.actions.inviting import seen as seen_person
from health.actions.looping import close_loops, open_loops
from health.actions.looping import seen as seen_answer
from health.actions.scoring import score_accounts
from health.queries.asking import due_people, everybody, people_with_occasions, touched_people
from health.queries.candidates import all_accounts, due_accounts, touched_accounts, touched_since
from health.queries.loops import all_answers, answers_of, low_answers, touched_answers
from health.queries.news import fallen_silent, silence_facts, spell_facts, spoken_with
from health.rules import asking, loop
from health.rules.news import SilenceFacts, SpellFacts, silence_news, spell_news
from health.rules.policy import HealthPolicy, SilencePolicy
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
