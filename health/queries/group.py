"""A group of accounts on a day: the parent and the plants that belonged to it then, rolled up."""

from dataclasses import dataclass
from datetime import date

from core.models import User
from core.policies import policy_on
from health.queries.standing import standing_of
from health.queries.worth import contracted
from health.rules.group import Group, Member, roll_up
from health.rules.policy import HealthPolicy
from health.rules.tier import Tier
from installed_base.metrics.asof import stood
from installed_base.models import Account, AccountPeriod


@dataclass(frozen=True)
class GroupHealth:
    """A group with its members by account, weakest first, as far as somebody may see them."""

    group: Group
    members: list[tuple[Account, Member]]


def group_health(parent: int, user: User, on: date) -> GroupHealth | None:
    """The health of the group under this account on that day; None for an account without plants. Three queries more
    than one for those that have none."""
    plants = AccountPeriod.objects.filter(stood(on), group=parent).values("account_id")
    visible = Account.objects.visible_to(user).filter(merged_into__isnull=True)
    found = {a.pk: a for a in visible.filter(pk__in=plants) | visible.filter(pk=parent)}
    if not found.keys() - {parent}:
        return None
    stands, worth = standing_of(found, on), contracted(found, on)
    members = []
    for pk in found:
        standing = stands.get(pk)
        score, tier = (standing.score, standing.tier) if standing else (None, Tier.UNKNOWN)
        # A parent that buys nothing itself is no member of its own group.
        if pk != parent or standing or pk in worth:
            members.append(Member(pk, score, tier, worth.get(pk)))
    members.sort(key=lambda m: (m.score is None, m.score or 0, m.account))
    return GroupHealth(roll_up(members, policy_on(HealthPolicy, on).values), [(found[m.account], m) for m in members])
