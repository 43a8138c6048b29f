"""The days of a person's own open renewals: when each is decided, and its milestones before. For their calendar."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.models import User
from core.policies import policy_on
from core.reach import reach_of
from renewals.models import Renewal
from renewals.rules import MilestonePolicy, milestone_dates

# A calendar program reads all of it each time.
MOST = 2000
# Milestones that lie further back are of no use in a calendar.
BACK = timedelta(days=31)


@dataclass(frozen=True)
class OwnDay:
    """`days` before the deciding day; 0 is that day itself. No prices: the address may be read by others."""

    renewal: int
    days: int
    on: date
    account: str
    contract: str


def own_days(user: User, *, on: date) -> Iterator[OwnDay]:
    """In the order of the deciding days; none for who does not see renewals. One query, and the policy."""
    reach = reach_of(user)
    if reach.person is None or not reach.sees_prices:
        return
    policy = policy_on(MilestonePolicy, on).values
    rows = Renewal.objects.visible_to(user).to_work(on).filter(owner_id=reach.person).order_by("decides_on", "pk")
    fields = ("pk", "decides_on", "account__name", "term__contract__number")
    for pk, decides_on, account, contract in rows.values_list(*fields)[:MOST]:
        dates = milestone_dates(decides_on, policy) | {0: decides_on}
        for days, day in sorted(dates.items(), reverse=True):
            if days == 0 or day >= on - BACK:
                yield OwnDay(pk, days, day, account, contract)
