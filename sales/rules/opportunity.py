"""What a stage of a deal is worth, and which way it may move. Pure."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

OPEN_STAGES = ("identified", "qualification", "needs_analysis", "proposal", "negotiation")
CLOSED_STAGES = ("won", "lost")


def _probabilities() -> dict[str, Decimal]:
    shares = ("0.05", "0.10", "0.25", "0.50", "0.75")
    return dict(zip(OPEN_STAGES, map(Decimal, shares), strict=True)) | {"won": Decimal(1), "lost": Decimal(0)}


@dataclass(frozen=True)
class PipelinePolicy:
    """Share of deals that are won from a stage (PL-01), and the days in one stage after which it is stale (PL-07)."""

    policy_name: ClassVar[str] = "sales.pipeline"

    probabilities: dict[str, Decimal] = field(default_factory=_probabilities)
    stale_after_days: int = 60

    def probability(self, stage: str) -> Decimal:
        """Between 0 and 1; a stage the policy does not name counts nothing."""
        return self.probabilities.get(stage, Decimal(0))

    def is_stale(self, stage: str, days: int | None) -> bool:
        """Whether an open deal has stood longer in its stage than deals should; not when nobody knows how long."""
        return stage in OPEN_STAGES and days is not None and days > self.stale_after_days


def may_move(stage: str, to: str) -> bool:
    """An open deal moves between open stages, either way; winning and losing are decisions of their own."""
    return stage in OPEN_STAGES and to in OPEN_STAGES and stage != to
