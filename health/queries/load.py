"""What lies with whom: accounts and euros of each CS manager against the ratios of the policy (SG-05, CT-21)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from core.models import Owner, Role, User
from core.policies import policy_on
from core.reach import Level, reach_of
from health.queries.segments import ZERO, Placed, accounts_of, placed
from health.rules.segments import (
    OwnershipPolicy,
    Proposal,
    SegmentPolicy,
    load_of,
    propose,
)


@dataclass
class Load:
    """The accounts of one owner. `full` is how much of a whole load they are; a pool is nobody's load."""

    owner: Owner
    segments: Counter[str] = field(default_factory=Counter)
    value: Decimal = ZERO
    unknown: int = 0
    red: int = 0
    full: Decimal = ZERO

    @property
    def count(self) -> int:
        return self.segments.total()

    @property
    def over(self) -> bool:
        return not self.owner.is_pool and self.full > 1


@dataclass(frozen=True)
class Loads:
    rows: list[Load]
    accounts: list[Placed]
    policy: SegmentPolicy
    ownership: OwnershipPolicy

    @property
    def over(self) -> list[Load]:
        return [row for row in self.rows if row.over]

    def of(self, owner: int) -> Load | None:
        return next((row for row in self.rows if row.owner.pk == owner), None)


def loads_of(user: User, on: date) -> Loads:
    """Every owner of accounts that this user sees, and the CS managers without any; the fullest first."""
    policy = policy_on(SegmentPolicy, on).values
    found = [row for row in placed(accounts_of(user), user, on) if row.weighs]
    rows = {owner.pk: Load(owner) for owner in managers(user)}
    for row in found:
        _add(rows.setdefault(row.account.owner_id, Load(row.account.owner)), row)
    for load in rows.values():
        load.full = load_of(load.segments, policy)
    order = sorted(rows.values(), key=lambda r: (r.owner.is_pool, -r.full, r.owner.name.lower()))
    return Loads(order, found, policy, policy_on(OwnershipPolicy, on).values)


def _add(load: Load, row: Placed) -> None:
    load.segments[row.account.segment] += 1
    load.value += row.weight.value or ZERO
    load.unknown += row.weight.value is None
    load.red += row.weight.red


def managers(user: User) -> list[Owner]:
    """The CS managers within reach."""
    rows = Owner.objects.filter(user__role=Role.CS_MANAGER, user__is_active=True).select_related("user", "team")
    reach = reach_of(user)
    return list((rows if reach.level is Level.ALL else rows.filter(pk__in=reach.owners)).order_by("pk"))


def proposals(loads: Loads, user: User) -> list[Proposal]:
    """Who should own what by the ownership model. The pool is the one that owns most accounts already."""
    pools = [row for row in loads.rows if row.owner.is_pool]
    pool = max(pools, key=lambda row: (row.count, -row.owner.pk), default=None)
    weights = [row.weight for row in loads.accounts]
    return propose(
        weights, [o.pk for o in managers(user)], pool.owner.pk if pool else None, loads.ownership, loads.policy
    )


def after(loads: Loads, moves: Mapping[int, int], owners: Iterable[Owner]) -> list[tuple[Load, Load]]:
    """The load of each owner that these moves (account to owner) touch, before and after."""
    by_owner = {row.owner.pk: row for row in loads.rows}
    for owner in owners:
        by_owner.setdefault(owner.pk, Load(owner))
    moving = [row for row in loads.accounts if row.account.pk in moves]
    touched = {row.account.owner_id for row in moving} | set(moves.values())
    return [(by_owner[pk], _moved(by_owner[pk], moving, moves, loads.policy)) for pk in sorted(touched)]


def _moved(load: Load, moving: Sequence[Placed], moves: Mapping[int, int], policy: SegmentPolicy) -> Load:
    new = Load(load.owner, Counter(load.segments), load.value, load.unknown, load.red)
    for row in moving:
        if row.account.owner_id == moves[row.account.pk]:
            continue
        if row.account.owner_id == load.owner.pk:
            new.segments[row.account.segment] -= 1
            new.value -= row.weight.value or ZERO
        elif moves[row.account.pk] == load.owner.pk:
            new.segments[row.account.segment] += 1
            new.value += row.weight.value or ZERO
    new.full = load_of(new.segments, policy)
    return new


def owners_named(ids: Iterable[int], among: Any) -> dict[int, Owner]:
    """Owners by id, of those that may be chosen."""
    return {owner.pk: owner for owner in among.filter(pk__in=list(ids)).select_related("user", "team")}
