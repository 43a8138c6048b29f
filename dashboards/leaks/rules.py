"""The nine leaks, which of them takes what first, and what a leak says about the stages before it (LK-01..05). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from core.metrics.status import Status

YEAR = 365


class Problem(StrEnum):
    """Whose problem a leak is, by the first stage that does not hold."""

    LEADS = "leads"
    SALES = "sales"
    OPERATIONS = "operations"
    SUCCESS = "customer_success"
    GROWTH = "growth_strategy"


class Place(StrEnum):
    """The stages in their order; renewal and expansion are asked apart (LK-03, LK-04)."""

    LEADS = "lead_generation"
    PIPELINE = "pipeline"
    CONVERSION = "conversion"
    ADOPTION = "adoption"
    RENEWAL = "renewal"
    EXPANSION = "expansion"


@dataclass(frozen=True)
class Leak:
    """One bucket: its metric, the letter that ties it to the picture, its stage, and whether it was measured.

    What is measured has happened; what is potential was never earned. The two are never added.
    """

    key: str
    letter: str
    place: Place
    measured: bool


LEAKS = (
    Leak("leak_lost_renewals", "A", Place.RENEWAL, True),
    Leak("leak_lowered_renewals", "B", Place.RENEWAL, True),
    Leak("leak_late_renewals", "C", Place.RENEWAL, True),
    Leak("leak_parts_decline", "D", Place.RENEWAL, True),
    Leak("leak_late_onboarding", "E", Place.CONVERSION, True),
    Leak("leak_uncovered", "F", Place.EXPANSION, False),
    Leak("leak_untouched_signals", "G", Place.EXPANSION, False),
    Leak("leak_unanswered_tips", "H", Place.EXPANSION, False),
    Leak("leak_stalled_deals", "I", Place.PIPELINE, False),
)
KEYS = tuple(leak.key for leak in LEAKS)


def _win_rates() -> dict[str, Decimal]:
    """The middle of what each playbook wins, by the kind of deal it opens (EX-42..45); the rest as cross-selling."""
    shares = {"additional_machine": "0.55", "upgrade": "0.35", "cross_sell": "0.45", "replacement": "0.70"}
    return {kind: Decimal(share) for kind, share in (shares | {"other": "0.45"}).items()}


@dataclass(frozen=True)
class LeakPolicy:
    """From when a chance counts as left lying, and which share of the deals of a kind is won.

    `untouched_days` are those of a signal nobody decided on, `decline_share` is by how much a customer's parts must
    have fallen to count. A kind of deal without a rate of its own has that of `other`.
    """

    policy_name: ClassVar[str] = "dashboards.leaks"

    untouched_days: int = 30
    decline_share: Decimal = Decimal("0.25")
    win_rates: dict[str, Decimal] = field(default_factory=_win_rates)

    def win_rate(self, kind: str) -> Decimal:
        return self.win_rates.get(kind, self.win_rates.get("other", Decimal(0)))


@dataclass(frozen=True)
class Claim:
    """One bucket's claim on an atom: something of one account (asset, contract, deal, or the account itself)."""

    key: str
    account: int
    kind: str
    id: int
    amount: Decimal | None = None

    @property
    def atom(self) -> tuple[int, str, int]:
        return self.account, self.kind, self.id


def assign(claims: Iterable[Claim]) -> list[Claim]:
    """Each atom stays with the first bucket that claims it, whatever the order in which the claims come."""
    found = list(claims)
    first: dict[tuple[int, str, int], int] = {}
    for claim in found:
        place = KEYS.index(claim.key)
        first[claim.atom] = min(first.get(claim.atom, place), place)
    return [claim for claim in found if KEYS.index(claim.key) == first[claim.atom]]


def before(key: str) -> tuple[str, ...]:
    """The buckets that take their atoms before this one."""
    return KEYS[: KEYS.index(key)]


def totals(amounts: Mapping[str, Decimal | int | None]) -> tuple[Decimal, Decimal]:
    """What was lost, and what was never earned."""

    def total(measured: bool) -> Decimal:
        shown = (amounts.get(leak.key) for leak in LEAKS if leak.measured is measured)
        return sum((Decimal(a) for a in shown if a), Decimal(0))

    return total(True), total(False)


# Where a leak of a place comes from when the place before it does not hold, and else its own problem (LK-01..04).
_OWN = {
    Place.PIPELINE: Problem.SALES,
    Place.CONVERSION: Problem.OPERATIONS,
    Place.RENEWAL: Problem.SUCCESS,
    Place.EXPANSION: Problem.GROWTH,
}
_BEFORE = {
    Place.PIPELINE: (Place.LEADS, Problem.LEADS),
    Place.CONVERSION: (Place.PIPELINE, Problem.SALES),
    Place.RENEWAL: (Place.CONVERSION, Problem.OPERATIONS),
    Place.EXPANSION: (Place.RENEWAL, Problem.SUCCESS),
}


@dataclass(frozen=True)
class Diagnosis:
    """Whose problem a leak is, and what the stage before it says: it holds, it does not, or nobody knows yet."""

    problem: Problem
    place: Place
    before: Place
    holds: bool | None


def diagnose(place: Place, statuses: Mapping[Place, Status]) -> Diagnosis:
    """Good before and bad here is a problem of here; bad before is a problem of there. Just short still holds."""
    earlier, theirs = _BEFORE[place]
    status = statuses.get(earlier, Status.NONE)
    holds = None if status is Status.NONE else status is not Status.RISK
    return Diagnosis(theirs if holds is False else _OWN[place], place, earlier, holds)
