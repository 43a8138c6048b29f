"""What a policy would change: who moves between tiers, with what money, and how many tasks for whom."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.models import User
from health.actions.alerting import BOOKS
from health.actions.replaying import Stand, stands_under
from health.queries.worth import contracted
from health.rules.policy import HealthPolicy
from health.rules.spells import fell
from health.rules.tier import Tier
from installed_base.models import Account
from playbooks.library import playbook

ORDER = (Tier.GREEN, Tier.YELLOW, Tier.RED, Tier.UNKNOWN)
NOTHING = Stand(None, Tier.UNKNOWN, Tier.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Move:
    """One customer that would settle in another tier; `value` a year."""

    account: Account
    value: Decimal | None
    old: Stand
    new: Stand

    @property
    def falls(self) -> bool:
        """Nothing falls into or out of the unknown."""
        return fell(self.new.settles, self.old.settles)

    @property
    def rises(self) -> bool:
        return fell(self.old.settles, self.new.settles)


@dataclass(frozen=True)
class Moves:
    """All accounts somebody may see under what counts and under what is tried.

    `matrix` counts accounts by (old tier, new tier), `euros` their value; `tasks` says per owner how many tasks the
    plays of the new tiers bring, most first.
    """

    looked_at: int
    rows: list[Move]
    matrix: Mapping[tuple[Tier, Tier], int]
    euros: Mapping[tuple[Tier, Tier], Decimal]
    tasks: list[tuple[str, int, int]]

    @property
    def falls(self) -> list[Move]:
        return [move for move in self.rows if move.falls]

    @property
    def rises(self) -> list[Move]:
        return [move for move in self.rows if move.rises]

    @property
    def moved_euros(self) -> Decimal:
        return sum((move.value or Decimal(0) for move in self.rows), Decimal(0))

    @property
    def task_count(self) -> int:
        return sum(count for _, _, count in self.tasks)


def steps_of(on: date) -> dict[Tier, int]:
    """How many tasks the play of each tier holds."""
    return {tier: len(playbook(book, on).steps) for tier, book in BOOKS.items()}


def moves(policy: HealthPolicy, user: User, on: date) -> Moves:
    """What this policy would change for the accounts of this user if it counted from that day."""
    accounts = {
        a.pk: a for a in Account.objects.visible_to(user).filter(merged_into__isnull=True).select_related("owner__user")
    }
    old, new = (stands_under(list(accounts), tried, on) for tried in (None, policy))
    worth = contracted(accounts, on)
    rows, matrix, euros = [], Counter[tuple[Tier, Tier]](), Counter[tuple[Tier, Tier]]()
    for pk, account in accounts.items():
        before, after = old.get(pk, NOTHING), new.get(pk, NOTHING)
        cell = (before.settles, after.settles)
        matrix[cell] += 1
        euros[cell] += worth.get(pk, Decimal(0))  # type: ignore[assignment]
        if cell[0] is not cell[1]:
            rows.append(Move(account, worth.get(pk), before, after))
    rows.sort(key=lambda m: (not m.falls, not m.rises, -(m.value or 0), m.account.name))
    return Moves(len(accounts), rows, matrix, euros, _tasks(rows, steps_of(on)))  # type: ignore[arg-type]


def _tasks(rows: list[Move], steps: Mapping[Tier, int]) -> list[tuple[str, int, int]]:
    """Per owner the plays and tasks that these moves begin."""
    plays: Counter[str] = Counter()
    tasks: Counter[str] = Counter()
    for move in rows:
        if made := steps.get(move.new.settles, 0):
            plays[move.account.owner.name] += 1
            tasks[move.account.owner.name] += made
    return [(name, plays[name], count) for name, count in sorted(tasks.items(), key=lambda t: (-t[1], t[0]))]
