"""What the picture is drawn from: the numbers of a date, and the words beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Band:
    """A part of the flow. `amount` is in the unit of its side (leads left, euros right); `value` says it in words.

    `kind` colours it: good, watch, risk, unknown (health); s1 to s5 (streams); expansion, price; lost.
    """

    amount: float
    name: str
    value: str
    kind: str


@dataclass(frozen=True)
class Win:
    """One won customer: days between the promised and the real go-live (late is positive), None while not live."""

    days: float | None
    name: str = ""


@dataclass(frozen=True)
class Flow:
    """The numbers of one date.

    `health` sums to `start`, the revenue of existing customers a year before. `kept` and `lost` sum to `start` as well;
    `kept` and `growth` sum to what the same customers bring now. `new` stands outside.
    """

    leads: float = 0
    opportunities: float = 0
    won: float = 0
    wins: tuple[Win, ...] = ()
    health: tuple[Band, ...] = ()
    new: float = 0
    kept: tuple[Band, ...] = ()
    growth: tuple[Band, ...] = ()
    lost: tuple[Band, ...] = ()

    @property
    def start(self) -> float:
        return total(self.health)

    @property
    def end(self) -> float:
        return total(self.kept) + total(self.growth)


def total(bands: tuple[Band, ...]) -> float:
    """Sum of the amounts."""
    return sum(band.amount for band in bands)


@dataclass(frozen=True)
class Words:
    """Every label of the picture, formatted and in the reader's language. Empty ones are left out."""

    leads: str = ""
    became: str = ""
    lead_share: str = ""
    stopped: tuple[str, ...] = ()
    opportunities: str = ""
    won: str = ""
    win_share: str = ""
    not_won: tuple[str, ...] = ()
    wins: tuple[str, ...] = ()
    in_time: str = ""
    late: str = ""
    promised: str = "promised date"
    new: tuple[str, ...] = ()
    base: tuple[str, ...] = ()
    kept: str = ""
    compared: str = ""
    no_leads: str = "no leads in the window"
    no_opportunities: str = "no opportunities in the window"
    no_wins: str = "no wins in the window"
    no_base: str = "no revenue in the window"


@dataclass(frozen=True)
class Bowtie:
    """The whole picture. `then` is the compared date; `hrefs` and `stages` name the five stage pages.

    `leaks` are the letters of the leaks of each stage, as the leak map under the picture lists them. `receipts` are the
    addresses behind the numbers of the left side: leads, lead_share, opportunities, won.
    """

    today: Flow
    words: Words
    title: str
    then: Flow | None = None
    desc: str = ""
    stages: tuple[str, ...] = ("", "", "", "", "")
    hrefs: tuple[str, ...] = field(default=("", "", "", "", ""))
    leaks: tuple[str, ...] = ()
    receipts: Mapping[str, str] = field(default_factory=dict)
