"""Fix first: the steps to green that stand before the quote, with who does them by when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.context import find_url
from core.policies import policy_on
from health import words
from health.queries import Panel
from health.queries.steps import steps_to_green
from health.rules.policy import HealthPolicy
from playbooks.models import Task
from renewals.models import Renewal


@dataclass(frozen=True)
class FixFirst:
    """The steps in words, what they lead to, and the page with the reasons."""

    steps: list[dict[str, Any]]
    lacking: str
    more_url: str


def first(renewal: Renewal, found: Panel, tasks: Mapping[str, Task], on: date) -> FixFirst:
    """The steps to green of the customer, with the tasks that stand for them."""
    policy = policy_on(HealthPolicy, on).values
    steps = steps_to_green(found.health, policy, tasks)
    shown = [words.step_line(step) | _doors(renewal, step.key) for step in steps]
    tier = found.tier if found.spell else found.health.tier
    lacking = words.lacking(tier, found.health, [step.rung for step in steps], policy)
    return FixFirst(shown, lacking, find_url("dashboards:account_health", renewal.account_id))


def _doors(renewal: Renewal, key: str) -> dict[str, str]:
    return {"task_url": find_url("dashboards:step_task", renewal.account_id, key)}
