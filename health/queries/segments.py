"""How accounts weigh: segment, value a year, tier, strategic mark; and what the rule would say of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from core.policies import policy_on
from health.queries.standing import tiers_of
from health.rules import Tier
from health.rules.segments import SegmentPolicy, Weight, segment_for
from installed_base.metrics.asof import terms_in_force
from installed_base.models import Account, LedgerEntry, SegmentChoice, StrategicMark
from installed_base.models.orders import Stream

# What comes once in many years says little of a year.
ONCE = (Stream.MACHINE, Stream.REPLACEMENT)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Placed:
    """An account with its weight, the segment the rule would give it, and what people said of it."""

    account: Account
    weight: Weight
    suggested: str
    choice: SegmentChoice | None
    mark: StrategicMark | None

    @property
    def weighs(self) -> bool:
        """A customer, or one that was; a prospect has no segment and brings nothing yet."""
        told = self.account.segment or self.weight.red or self.weight.strategic
        return bool(told) or self.weight.value != ZERO

    @property
    def differs(self) -> bool:
        """The rule says otherwise, and nobody chose by hand."""
        return (
            self.choice is None
            and self.weighs
            and self.weight.value is not None
            and self.suggested != self.account.segment
        )


def placed(accounts: Sequence[Account], user: Any, on: date) -> list[Placed]:
    """These accounts as they weigh on that day, in their order. Six queries, whatever their number."""
    policy = policy_on(SegmentPolicy, on).values
    ids = [account.pk for account in accounts]
    values, tiers = values_of(ids, user, on), tiers_of(ids, on)
    choices = {c.account_id: c for c in SegmentChoice.objects.visible_to(user).filter(account__in=ids)}
    standing = StrategicMark.objects.visible_to(user).filter(account__in=ids, since__lte=on)
    marks = {m.account_id: m for m in standing.filter(Q(until__isnull=True) | Q(until__gt=on))}
    return [_placed(a, values[a.pk], tiers[a.pk], choices.get(a.pk), marks.get(a.pk), policy) for a in accounts]


def _placed(
    account: Account, value: Decimal | None, tier: Tier, choice: Any, mark: Any, policy: SegmentPolicy
) -> Placed:
    weight = Weight(
        id=account.pk,
        owner_id=account.owner_id,
        pooled=account.owner.is_pool,
        segment=account.segment,
        value=value,
        red=tier is Tier.RED,
        strategic=mark is not None,
    )
    suggested = account.segment if value is None else segment_for(value, account.segment, policy)
    return Placed(account, weight, suggested, choice, mark)


def values_of(ids: Sequence[int], user: Any, on: date) -> dict[int, Decimal | None]:
    """What each is worth a year, in the reporting currency: its contracts or what was invoiced, whichever is more.

    None where a contract in force has no known price and nothing larger was invoiced. Two queries.
    """
    terms = terms_in_force(on).filter(contract__account__in=ids).order_by().values("contract__account")
    found = terms.annotate(
        total=Sum("held__annual_value_reporting"),
        unpriced=Count("pk", filter=Q(held__annual_value_reporting__isnull=True)),
    )
    contracts = {row["contract__account"]: (row["total"] or ZERO, row["unpriced"]) for row in found}
    rows = (
        LedgerEntry.objects.visible_to(user)
        .filter(account__in=ids, state=LedgerEntry.State.POSTED, on__gt=on - timedelta(days=365), on__lte=on)
        .exclude(stream__in=ONCE)
    )
    invoiced = dict(rows.order_by().values("account").annotate(n=Sum("amount_reporting")).values_list("account", "n"))
    return {pk: _value(*contracts.get(pk, (ZERO, 0)), invoiced.get(pk) or ZERO) for pk in ids}


def _value(contracted: Decimal, unpriced: int, invoiced: Decimal) -> Decimal | None:
    return None if unpriced and invoiced <= contracted else max(contracted, invoiced)


def accounts_of(user: Any) -> list[Account]:
    """All accounts this user sees, by name. Those that became part of another one are none of their own."""
    rows = Account.objects.visible_to(user).filter(merged_into__isnull=True)
    return list(rows.select_related("owner__user", "owner__team").order_by("name", "pk"))
