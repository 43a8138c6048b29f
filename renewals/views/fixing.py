"""Fix first: the steps to green that stand before the quote, with who does them by when."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from core.context import find_url
from core.models import User
from core.policies import policy_on
from health import words
from health.queries import Panel
from health.queries.steps import steps_to_green, tasks_of_steps
from health.rules.policy import HealthPolicy
from renewals.models import Renewal


@dataclass(frozen=True)
class FixFirst:
    """The steps in words, what they lead to, and the page with the reasons."""

    steps: list[dict[str, Any]]
    lacking: str
    more_url: str


def first(renewal: Renewal, found: Panel, user: User, on: date) -> FixFirst:
    """The steps to green of the customer. One query."""
    policy = policy_on(HealthPolicy, on).values
    steps = steps_to_green(found.health, policy, tasks_of_steps(renewal.account_id, user))
    shown = [words.step_line(step) | _doors(renewal, step.key) for step in steps]
    tier = found.tier if found.spell else found.health.tier
    lacking = words.lacking(tier, found.health, [step.rung for step in steps], policy)
    return FixFirst(shown, lacking, find_url("dashboards:account_health", renewal.account_id))


def _doors(renewal: Renewal, key: str) -> dict[str, str]:
    return {"task_url": find_url("dashboards:step_task", renewal.account_id, key)}
