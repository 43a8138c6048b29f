"""The whitespace matrix: what a customer buys, column by column, and what is known of the rest (WS-01..05). Pure."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

MACHINE, STREAM, SERVICE = "machine:", "stream:", "service"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class WhitespacePolicy:
    """`streams` are columns beside the machines and the service contract; one counts as bought with revenue in the last
    `revenue_months`, or where a contract in force includes it: `included` says by which word of the level.

    Peers are accounts of one segment, industry and size: `sizes` are the numbers of machines at which the next size
    begins. Fewer than `least_peers` say nothing, and the circle is drawn wider. `best` empty cells are named, out of at
    most `ranked` accounts.
    """

    policy_name: ClassVar[str] = "expansion.whitespace"

    streams: tuple[str, ...] = ("parts", "training", "upgrade", "consultancy")
    revenue_months: int = 24
    included: dict[str, str] = field(default_factory=lambda: {"parts": "parts", "training": "training"})
    sizes: tuple[int, ...] = (3, 10, 25)
    least_peers: int = 5
    best: int = 10
    ranked: int = 2000


class State(StrEnum):
    """What a cell is. Unknown is the default: nobody asked."""

    BOUGHT = "bought"
    OPEN = "open"
    COMPETITOR = "competitor"
    ITSELF = "itself"
    NOT_APPLICABLE = "not_applicable"
    NEVER_OFFERED = "never_offered"
    DECLINED = "declined"
    UNKNOWN = "unknown"


# What may be offered: nobody holds the cell, and nobody said that it is closed.
ASKABLE = (State.UNKNOWN, State.NEVER_OFFERED)
# Empty cells with room in them, a competitor's too: WS-03 asks the question of each.
EMPTY = (*ASKABLE, State.COMPETITOR, State.ITSELF, State.DECLINED)


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said of a cell. A refusal counts until `again_on`; from that day it may be asked anew."""

    state: State
    on: date
    again_on: date | None = None


def state_of(*, bought: bool, open_deal: bool, said: Said | None, on: date) -> State:
    """What is bought is bought whatever was said; an open deal answers for the rest."""
    if bought:
        return State.BOUGHT
    if open_deal:
        return State.OPEN
    if said is None or asked_again(said, on):
        return State.UNKNOWN
    return said.state


def asked_again(said: Said | None, on: date) -> bool:
    """Whether a refusal has run out on that day."""
    return said is not None and said.state is State.DECLINED and said.again_on is not None and said.again_on <= on


@dataclass(frozen=True, slots=True)
class Fill:
    """How many cells are bought, of those that apply (WS-05). None where none applies."""

    bought: int = 0
    applicable: int = 0

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.bought) / self.applicable if self.applicable else None

    def __add__(self, other: "Fill") -> "Fill":
        return Fill(self.bought + other.bought, self.applicable + other.applicable)


def fill_of(states: Iterable[State]) -> Fill:
    all_ = list(states)
    return Fill(all_.count(State.BOUGHT), len(all_) - all_.count(State.NOT_APPLICABLE))


@dataclass(frozen=True, slots=True)
class Peer:
    """What makes customers comparable: segment, industry, and the size of their machine park as a step of the policy.

    A wider circle has less in it: None stands for "whichever".
    """

    segment: str | None = None
    industry: str | None = None
    size: int | None = None

    def circles(self) -> tuple["Peer", ...]:
        """From the closest circle to everybody."""
        return self, Peer(self.segment, None, self.size), Peer(self.segment), Peer()


def size_of(machines: int, policy: WhitespacePolicy) -> int:
    return bisect_right(sorted(policy.sizes), machines)


@dataclass(frozen=True, slots=True)
class Hint:
    """So many of the peers have bought the column; `peer` is the circle they stand in."""

    bought: int
    of: int
    peer: Peer

    @property
    def share(self) -> Decimal:
        return Decimal(self.bought) / self.of


class Adoption:
    """Who has bought what, by circles of peers. Built from counts of the closest circles; order does not matter."""

    def __init__(
        self,
        accounts: Mapping[Peer, int],
        bought: Mapping[tuple[Peer, str], int],
        typical: Mapping[str, Decimal],
        policy: WhitespacePolicy,
    ) -> None:
        self.policy = policy
        self._typical = {column: amount.quantize(CENT) for column, amount in typical.items()}
        self._accounts: Counter[Peer] = Counter()
        self._bought: Counter[tuple[Peer, str]] = Counter()
        for peer, count in accounts.items():
            for circle in set(peer.circles()):
                self._accounts[circle] += count
        for (peer, column), count in bought.items():
            for circle in set(peer.circles()):
                self._bought[circle, column] += count

    def hint(self, peer: Peer, column: str) -> Hint | None:
        """For an account of that circle that has not bought the column: the others of the closest circle that is large
        enough; None where there are too few customers to compare with."""
        for circle in peer.circles():
            others = self._accounts[circle] - 1
            if others >= self.policy.least_peers:
                return Hint(min(self._bought[circle, column], others), others, circle)
        return None

    def share(self, column: str) -> Decimal:
        """The share of all customers that has bought the column; nothing where there is no customer."""
        everybody = self._accounts[Peer()]
        return Decimal(self._bought[Peer(), column]) / everybody if everybody else Decimal(0)

    def usual(self, column: str) -> Decimal | None:
        """What a bought cell of the column usually brings."""
        return self._typical.get(column)

    def worth(self, hint: Hint | None, column: str) -> Decimal | None:
        """What an empty cell is worth: the share of the peers times what the column usually brings."""
        typical = self.usual(column)
        if hint is None or typical is None:
            return None
        return (typical * hint.bought / hint.of).quantize(CENT)
