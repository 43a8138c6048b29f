"""The steps to green of one account, and the tasks that stand for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import Q

from core.models import User
from health.rules.ladder import Rung, ladder
from health.rules.policy import HealthPolicy
from health.rules.scoring import Health
from playbooks.models import Task

# A task that stands for a step of the ladder carries the key of its measure in `step`.
STEP = "fix."


@dataclass(frozen=True)
class Step:
    """One step to green: the measure it lifts, from where to where, what it brings, and the task that stands for it."""

    rung: Rung
    task: Task | None = None

    @property
    def key(self) -> str:
        return self.rung.measure

    @property
    def points(self) -> Decimal:
        return self.rung.points_gained


def steps_to_green(health: Health, policy: HealthPolicy, tasks: Mapping[str, Task]) -> list[Step]:
    """The steps of the ladder, each with its task where there is one."""
    return [Step(rung, tasks.get(rung.measure)) for rung in rungs_to_green(health, policy)]


def rungs_to_green(health: Health, policy: HealthPolicy) -> Sequence[Rung]:
    """The ladder to green from any tier; where that is out of reach, the one to the next tier."""
    all_the_way = replace(policy, yellow=policy.green)
    return ladder(health, all_the_way) or ladder(health, policy)


def of_steps(account: int) -> Q:
    """The tasks that stand for a step of this account; those that fell away are none."""
    return Q(account=account, step__startswith=STEP, closed_on__isnull=True)


def by_measure(tasks: Iterable[Task]) -> dict[str, Task]:
    """The latest task for each step, by the key of its measure."""
    found = sorted((t for t in tasks if t.step.startswith(STEP)), key=lambda t: (t.created_on, t.pk))
    return {task.step.removeprefix(STEP): task for task in found}


def tasks_of_steps(account: int, user: User) -> dict[str, Task]:
    """The latest task for each step, by the key of its measure. One query."""
    return by_measure(Task.objects.visible_to(user).filter(of_steps(account)).select_related("owner"))
