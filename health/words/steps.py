"""The steps to the next tier: what somebody does, who by when, and where it leads."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import display
from health.rules.ladder import Rung
from health.rules.policy import HealthPolicy
from health.rules.scoring import Health
from health.rules.tier import Tier
from health.words.catalogue import wording
from health.words.measures import value_words
from health.words.tiers import points
from playbooks.models import Task


def step_words(key: str) -> str:
    """The step that lifts a measure, as something somebody does."""
    return str(wording(key).step)


def from_to(key: str, now: Decimal | None, wanted: Decimal | None) -> str:
    """Where a measure stands and where it should come: "64% to 90%"."""
    return _("%(now)s to %(wanted)s") % {"now": value_words(key, now), "wanted": value_words(key, wanted)}


def lacking(tier: Tier, health: Health, rungs: Sequence[Rung], policy: HealthPolicy) -> str:
    """The last line under the steps: where they lead, or why there are none."""
    if health.tier is Tier.GREEN and tier is not Tier.GREEN:
        return _("The score has reached green; the tier follows when it stays there some days.")
    if health.tier is Tier.GREEN:
        return _("Nothing has to be fixed. Keep the quarterly talk.")
    if health.tier is Tier.UNKNOWN or health.score is None:
        return _("Fill in what is missing first; then the steps stand here.")
    if not rungs:
        return _("What is known does not reach the next tier. Fill in what is missing.")
    reached = {"score": points(rungs[-1].reaches)}
    if rungs[-1].reaches >= policy.green:
        return _("All of it together brings the score to %(score)s.") % reached
    lack = points(policy.green - rungs[-1].reaches)
    return _("That brings the score to %(score)s; %(lack)s more to green.") % (reached | {"lack": lack})


def step_facts(rung: Rung, task: Task | None) -> str:
    """Who does it by when; else from which value to which."""
    if task is None:
        return from_to(rung.measure, rung.value_now, rung.value_wanted)
    if task.done_on:
        return _("%(owner)s, done %(day)s") % {"owner": task.owner.name, "day": display.day_short(task.done_on)}
    return f"{task.owner.name}, {display.day_short(task.due_on)}"


def step_line(step: Any) -> dict[str, Any]:
    """A step in words: what to do, who by when (or from which value to which), and "+9"."""
    gained = step.points
    return {
        "key": step.key,
        "title": step_words(step.key),
        "facts": step_facts(step.rung, step.task),
        "points": display.signed(gained, 0 if gained >= 1 else 1),
        "task": step.task,
        "done": step.task is not None and step.task.done_on is not None,
    }
