"""Who renews a contract: in which order owners are looked for, per segment. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Source(StrEnum):
    """Where an owner is looked for: of the contract, of the account, the pool in which the account's owner works, or
    the pool that the order names."""

    CONTRACT = "contract"
    ACCOUNT = "account"
    TEAM = "team"
    POOL = "pool"


@dataclass(frozen=True)
class OwnerOrder:
    """The order for the accounts of a segment; empty fits all. `pool` is the name of a team."""

    segment: str = ""
    order: tuple[str, ...] = (Source.CONTRACT.value, Source.ACCOUNT.value)
    pool: str = ""


@dataclass(frozen=True)
class OwnerPolicy:
    """Who works the renewals (CT-20): the first of `orders` that fits the segment counts, else contract, then account.

    Persons who left are passed over. Where the whole order finds nobody, the pool of the account's owner has it, and
    at last the account's owner.
    """

    policy_name: ClassVar[str] = "renewals.owners"

    orders: tuple[OwnerOrder, ...] = ()

    def of(self, segment: str) -> OwnerOrder:
        return next((o for o in self.orders if o.segment in ("", segment)), OwnerOrder())


@dataclass(frozen=True)
class People:
    """The owners of the house: who left, the pool of each person, and the pools by name."""

    gone: Collection[int]
    pool_of: Mapping[int, int]
    pools: Mapping[str, int]


def owner_of(contract: int | None, account: int, order: OwnerOrder, people: People) -> int:
    """The owner of a renewal, never empty."""
    found: dict[str, int | None] = {
        Source.CONTRACT: contract,
        Source.ACCOUNT: account,
        Source.TEAM: people.pool_of.get(account),
        Source.POOL: people.pools.get(order.pool),
    }
    wanted = [found.get(source) for source in (*order.order, Source.ACCOUNT, Source.TEAM)]
    return next((owner for owner in wanted if owner is not None and owner not in people.gone), account)
