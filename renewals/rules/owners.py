"""Who renews a contract: in which order owners are looked for, per segment, and who leads them. Pure."""

from collections.abc import Collection, Mapping, Sequence
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


@dataclass(frozen=True)
class Lines:
    """Who leads whom: the teams of each owner (a pool's own), the team above each, and the leads and pool of each."""

    teams_of: Mapping[int, Sequence[int]]
    above: Mapping[int, int | None]
    leads: Mapping[int, Sequence[int]]
    pools: Mapping[int, int]


def lead_of(owner: int, lines: Lines) -> int:
    """Who steps in for an owner: a lead of their team, or of the nearest team above it; else their pool; else they
    themselves."""
    teams = list(lines.teams_of.get(owner, ()))
    for team in teams:
        lead = _nearest(owner, team, lines)
        if lead is not None:
            return lead
    return next((lines.pools[team] for team in teams if team in lines.pools), owner)


def _nearest(owner: int, team: int | None, lines: Lines) -> int | None:
    seen: set[int] = set()
    while team is not None and team not in seen:
        seen.add(team)
        lead = next((found for found in lines.leads.get(team, ()) if found != owner), None)
        if lead is not None:
            return lead
        team = lines.above.get(team)
    return None
