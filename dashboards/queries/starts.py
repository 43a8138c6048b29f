"""The adoption board: machines whose start is followed on a day, and how each stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery

from core.models import Owner, User
from core.policies import policy_on
from core.reach import reach_of
from health.queries.starts import followed, standings
from health.rules.adoption import AdoptionPolicy, Phase
from health.rules.red_flags import Course, Standing
from installed_base.metrics.asof import then
from installed_base.models import Account, AccountPeriod, Asset
from playbooks.forms import assignable

# A board is for looking at; more than this is narrowed by its filters.
MOST = 600
COLUMNS = (Phase.BEFORE, Phase.EARLY, Phase.VALUE, Phase.STEADY)
_FIRST = (Phase.EARLY, Phase.VALUE, Phase.STEADY, Phase.BEFORE)
_COURSES = (Course.STUCK, Course.BEHIND, Course.ON_TRACK)


@dataclass(frozen=True)
class Started:
    """A machine on the board, with the account and owner it had that day (`held_name`, `held_owner`), and how it
    stands."""

    machine: Any
    standing: Standing


@dataclass(frozen=True)
class Asked:
    """What the board is narrowed to; empty is everything."""

    owner: int | None = None
    segment: str = ""
    family: int | None = None
    course: str = ""
    q: str = ""


def board(user: User, on: date, asked: Asked) -> tuple[list[Started], bool]:
    """Machines on the board, the worst first, and whether there are more than it holds."""
    policy = policy_on(AdoptionPolicy, on).values
    rows = list(_narrowed(_machines(user, on).filter(followed(on, policy)), asked)[: MOST + 1])
    more, rows = len(rows) > MOST, rows[:MOST]
    found = standings([row.pk for row in rows], on, policy)
    return _ordered(Started(row, found[row.pk]) for row in rows), more


def any_of(on: date) -> Exists:
    """Whether the start of a machine of this account is followed, read with the account."""
    policy = policy_on(AdoptionPolicy, on).values
    return Exists(Asset._base_manager.filter(followed(on, policy), account=OuterRef("pk")))


def of_account(account: int, user: User, on: date) -> list[Started]:
    """Those that stood at one account."""
    policy = policy_on(AdoptionPolicy, on).values
    rows = list(_machines(user, on).filter(followed(on, policy), held__account=account)[:MOST])
    found = standings([row.pk for row in rows], on, policy)
    return _ordered(Started(row, found[row.pk]) for row in rows)


def _machines(user: User, on: date) -> Any:
    """Machines in service or on order with the account at which they stood, and its owner and segment of that day."""
    account = AccountPeriod.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on), account=OuterRef("held__account"), valid_from__lte=on
    )
    rows = Asset.objects.visible_to(user).expected(on).alias(held=then(on))
    return (
        rows.annotate(
            held_account=F("held__account"),
            held_name=F("held__account__name"),
            held_owner=Subquery(account.values("owner")[:1]),
            held_segment=Subquery(account.values("segment")[:1]),
            may_work=_may_work(user),
        )
        .select_related("product", "site")
        .order_by("-went_live_on", "pk")
    )


def _may_work(user: User) -> Any:
    if not reach_of(user).works:
        return Exists(Account.objects.visible_to(user).none())
    return Exists(Account.objects.changeable_by(user).filter(pk=OuterRef("account")))


def _narrowed(rows: Any, asked: Asked) -> Any:
    wanted = {"held_owner": asked.owner, "held_segment": asked.segment, "product__family": asked.family}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if asked.q:
        rows = rows.filter(Q(held__account__name__icontains=asked.q) | Q(serial__icontains=asked.q))
    return rows


def _ordered(found: Iterable[Started]) -> list[Started]:
    """Stuck before behind before on track; within these the early phases first, where most can still be done (AD-12),
    and in a phase the longest live."""
    return sorted(found, key=_rank)


def _rank(row: Started) -> tuple[int, int, int, int]:
    stands = row.standing
    return _COURSES.index(stands.course), _FIRST.index(stands.phase), -(stands.day or 0), row.machine.pk


def owners(ids: Iterable[int | None]) -> dict[int, Owner]:
    """The owners of the rows shown, in one query."""
    return Owner.objects.in_bulk({pk for pk in ids if pk})


def owner_choices(user: User) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in assignable(user).values_list("pk", "name")]
