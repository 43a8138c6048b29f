"""What lies with whom: open renewals of each person and pool, how late their steps are, and who has too much."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, Count, F, IntegerField, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from core.models import Owner, Role, Team, User
from core.policies import policy_on
from core.reach import Level, reach_of
from renewals.queries.overview import ZERO, only_those
from renewals.queries.queue import Criteria, queue_rows, wanted_rows
from renewals.queries.rows import badge_of
from renewals.rules import LoadPolicy

# Who looks after the work of others.
LEADS = {Role.TEAM_LEAD, Role.EXECUTIVE, Role.ADMINISTRATOR}


@dataclass(frozen=True)
class Load:
    """The open renewals of one owner, as the queue counts them; euros are a year's value.

    `step_late` and `started_late` count renewals, not steps. `over` is how many open renewals are too many,
    `too_dear` whether their value is above the policy.
    """

    owner_id: int
    name: str
    user: int | None
    team: int | None
    count: int = 0
    value: Decimal = ZERO
    step_late: int = 0
    started_late: int = 0
    over: int = 0
    too_dear: bool = False

    @property
    def too_much(self) -> bool:
        return bool(self.over) or self.too_dear

    @property
    def badge(self) -> User | Team:
        return badge_of(self.name, self.user, self.team)


@dataclass(frozen=True)
class Loads:
    rows: list[Load]
    policy: LoadPolicy

    @property
    def too_much(self) -> list[Load]:
        return [row for row in self.rows if row.too_much]

    def total(self, name: str) -> int:
        return sum(getattr(row, name) for row in self.rows)


def leads(user: User) -> bool:
    return Role(user.role) in LEADS


def loads_of(user: User, *, on: date) -> Loads:
    """Every owner with open renewals that this user sees, and the CS managers without; the heaviest first. Three
    queries."""
    policy = policy_on(LoadPolicy, on).values
    rows = wanted_rows(queue_rows(user), Criteria(), user=user, on=on).annotate(
        late=_one(only_those("step_late", on)), began_late=_one(only_those("started_late", on))
    )
    sums = {
        "count": Count("pk"),
        "value": Coalesce(Sum("annual_value_reporting"), ZERO),
        "late_count": Sum("late"),
        "began_count": Sum("began_late"),
    }
    keys = rows.order_by().values_list("owner_id", "owner__name", "owner__user_id", "owner__team_id")
    busy = [_load(*found, policy=policy) for found in keys.annotate(**sums)]
    known = {load.owner_id for load in busy}
    idle = [Load(pk, name, person, None) for pk, name, person in _managers(user) if pk not in known]
    return Loads(sorted(busy + idle, key=lambda r: (-r.count, -r.value, r.name.lower())), policy)


def _one(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


def _load(
    owner_id: int, name: str, user: int | None, team: int | None, count: int, value: Decimal, late: int, began: int,
    *, policy: LoadPolicy,
) -> Load:  # fmt: skip
    """A pool is nobody's load: the policy is about persons."""
    over = max(0, count - policy.most_open) if user else 0
    return Load(owner_id, name, user, team, count, value, late, began, over, bool(user) and value > policy.most_value)


def _managers(user: User) -> list[tuple[int, str, int]]:
    rows = Owner.objects.filter(user__role=Role.CS_MANAGER, user__is_active=True)
    reach = reach_of(user)
    seen = rows if reach.level is Level.ALL else rows.filter(pk__in=reach.owners)
    return list(seen.values_list(F("pk"), F("name"), F("user_id")))
