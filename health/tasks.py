"""Health as triggers of the day: scores with their spells, and silence."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from celery import shared_task
from kombu.exceptions import OperationalError

from health.actions.alerting import begin_spells, follow_silence, follow_spells, raise_silence
from health.actions.backtesting import run_backtest, waiting
from health.actions.scoring import score_accounts
from health.queries.candidates import all_accounts, due_accounts, touched_accounts, touched_since
from health.queries.news import fallen_silent, silence_facts, spell_facts, spoken_with
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


@shared_task(name="health.backtests")
def ring_backtests() -> int:
    """Work out the backtests that wait; how many."""
    return sum(run_backtest(job) for job in waiting())


def hint_backtests() -> None:
    """Ask the worker to begin at once; where it does not hear it, the bell of the minute does."""
    with suppress(OperationalError):
        ring_backtests.apply_async(expires=300, retry=False)
