"""Every trigger of the room in one table: its rule, its policy, where its facts come from, and what accepting opens."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from expansion.models import SignalKind
from expansion.queries.candidates import asset_facts, cover, heard, orders, trouble, usage
from expansion.queries.candidates.source import Source
from expansion.rules import age_episodes
from expansion.rules.capacity import CapacityPolicy, capacity
from expansion.rules.episodes import Episode
from expansion.rules.heard import CompetitorPolicy, EventPolicy, account_event, competitor
from expansion.rules.parts import (
    PartsDropPolicy,
    PartsSilencePolicy,
    RhythmPolicy,
    order_rhythm,
    parts_drop,
    parts_silence,
)
from expansion.rules.premium import PremiumPolicy, premium
from expansion.rules.renewing import SuccessorPolicy, UpsellTalkPolicy, successor, upsell_talk
from expansion.rules.trouble import BreakdownPolicy, RecurringPolicy, breakdown, recurring
from expansion.rules.uncovered import UncoveredPolicy, uncovered
from expansion.rules.warranty import WarrantyPolicy, warranty
from expansion.rules.wear import WearPolicy, parts_due
from expansion.rules.win_back import WinBackPolicy, win_back
from installed_base.models import AccountEvent
from installed_base.rules import AgePolicy
from playbooks import library
from sales.models import DealKind


class Family(StrEnum):
    """What a signal is about, for buckets and for not counting the same euros twice."""

    AGE = "age"
    CONTRACT = "contract"
    USAGE = "usage"
    PARTS = "parts"
    TROUBLE = "trouble"
    NEWS = "news"


@dataclass(frozen=True)
class Chance:
    """One trigger. `subject` is the kind of thing its firings are about; `rule` draws its episodes from the facts."""

    kind: SignalKind
    family: Family
    subject: str
    policy: type[Any]
    rule: Callable[[Any, Any], list[Episode]]
    source: Source
    playbook: str
    deal: DealKind

    @property
    def name(self) -> str:
        """The name of its rule in firings."""
        return str(self.kind.value)


K, D, F = SignalKind, DealKind, Family
CHANCES: tuple[Chance, ...] = (
    Chance(
        K.WARRANTY, F.CONTRACT, "asset", WarrantyPolicy, warranty, cover.WARRANTY, library.COVER, D.CROSS_SELL
    ),
    Chance(
        K.UNCOVERED, F.CONTRACT, "asset", UncoveredPolicy, uncovered, cover.UNCOVERED, library.COVER, D.CROSS_SELL
    ),
    Chance(K.WIN_BACK, F.CONTRACT, "renewal", WinBackPolicy, win_back, heard.WIN_BACK, library.WIN_BACK, D.WIN_BACK),
    Chance(
        K.PREMIUM, F.CONTRACT, "asset", PremiumPolicy, premium, cover.PREMIUM, library.HIGHER_LEVEL, D.CONTRACT_UPSELL
    ),
    Chance(
        K.CAPACITY, F.USAGE, "asset", CapacityPolicy, capacity, usage.CAPACITY, library.CAPACITY, D.ADDITIONAL_MACHINE
    ),
    Chance(
        K.PARTS_SILENCE, F.PARTS, "account", PartsSilencePolicy, parts_silence, orders.OF_CUSTOMERS, library.CHECK_IN,
        D.CROSS_SELL,
    ),
    Chance(
        K.ORDER_RHYTHM, F.PARTS, "asset", RhythmPolicy, order_rhythm, orders.OF_MACHINES, library.CHECK_IN, D.CROSS_SELL
    ),
    Chance(
        K.PARTS_DROP, F.PARTS, "account", PartsDropPolicy, parts_drop, orders.OF_CUSTOMERS, library.CHECK_IN,
        D.CROSS_SELL,
    ),
    Chance(K.PARTS_DUE, F.PARTS, "asset", WearPolicy, parts_due, usage.PARTS_DUE, library.ORDER_AHEAD, D.CROSS_SELL),
    Chance(
        K.RECURRING, F.TROUBLE, "asset", RecurringPolicy, recurring, trouble.TROUBLE, library.SOLVE, D.UPGRADE
    ),
    Chance(
        K.BREAKDOWN, F.TROUBLE, "asset", BreakdownPolicy, breakdown, trouble.TROUBLE, library.SOLVE, D.UPGRADE
    ),
    Chance(
        K.COMPETITOR, F.NEWS, "asset", CompetitorPolicy, competitor, heard.COMPETITOR, library.DEFEND, D.CROSS_SELL
    ),
    Chance(
        K.ACCOUNT_EVENT, F.NEWS, "account_event", EventPolicy, account_event, heard.EVENTS, library.CAPACITY,
        D.ADDITIONAL_MACHINE,
    ),
    Chance(
        K.SUCCESSOR, F.AGE, "asset", SuccessorPolicy, successor, heard.SUCCESSOR, library.REPLACEMENT, D.REPLACEMENT
    ),
    Chance(
        K.UPSELL_TALK, F.NEWS, "account", UpsellTalkPolicy, upsell_talk, heard.UPSELL_TALK, library.CROSS_SELL,
        D.CROSS_SELL,
    ),
)  # fmt: skip
# The age ladder has a trigger of its own; here it stands to be looked at and changed like the others.
AGE = Chance(
    K.REPLACEMENT, F.AGE, "asset", AgePolicy, age_episodes,
    Source("SELECT id FROM installed_base_asset WHERE installed_on IS NOT NULL", asset_facts), library.REPLACEMENT,
    D.REPLACEMENT,
)  # fmt: skip
RULES: dict[str, Chance] = {"age": AGE} | {chance.name: chance for chance in CHANCES}
BY_KIND = {chance.kind: chance for chance in CHANCES}

_AGES = {K.UPGRADE: (library.UPGRADE, D.UPGRADE)} | dict.fromkeys(
    (K.REPLACEMENT, K.END_OF_LIFE), (library.REPLACEMENT, D.REPLACEMENT)
)
FAMILY_OF: dict[str, Family] = {kind.value: F.AGE for kind in _AGES} | {c.kind.value: c.family for c in CHANCES}

E = AccountEvent.Kind
# What an event changes: more capacity, other capabilities, other people, or a competitor's place (EX-11..14).
_EVENTS: dict[str, tuple[str, DealKind]] = {
    E.NEW_PLANT: (library.CAPACITY, D.ADDITIONAL_MACHINE),
    E.GROWTH: (library.CAPACITY, D.ADDITIONAL_MACHINE),
    E.LARGE_ORDER: (library.CAPACITY, D.ADDITIONAL_MACHINE),
    E.NEW_PRODUCT: (library.CROSS_SELL, D.CROSS_SELL),
    E.NEW_STRATEGY: (library.CROSS_SELL, D.CROSS_SELL),
    E.NEW_MANAGEMENT: (library.CHECK_IN, D.CROSS_SELL),
    E.MERGER: (library.CROSS_SELL, D.CROSS_SELL),
    E.COMPETITOR: (library.DEFEND, D.CROSS_SELL),
    E.COMPETITOR_COMPLAINT: (library.CROSS_SELL, D.ADDITIONAL_MACHINE),
    E.BOTTLENECK: (library.UPGRADE, D.UPGRADE),
    E.UNUSED_FEATURES: (library.CHECK_IN, D.CROSS_SELL),
}


def answer_to(kind: str, event: str = "") -> tuple[str, DealKind]:
    """The playbook and the kind of deal with which a signal is taken up; `event` is that of an account event."""
    if kind in _AGES:
        return _AGES[SignalKind(kind)]
    if kind == K.ACCOUNT_EVENT and event in _EVENTS:
        return _EVENTS[event]
    chance = BY_KIND[SignalKind(kind)]
    return chance.playbook, chance.deal
