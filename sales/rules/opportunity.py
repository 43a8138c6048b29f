"""The stages a deal may stand in, by its kind; what each is worth, how long it may last, which way it may move. Pure.

New business and expansion are two pipelines that never mix (EX-20, CT-04, CT-05): a new customer or a win-back goes
through all five stages of PL-01, an expansion through identify, qualify, propose and close.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import ClassVar

OPEN_STAGES = ("identified", "qualification", "needs_analysis", "proposal", "negotiation")
CLOSED_STAGES = ("won", "lost")

NEW_BUSINESS, EXPANSION = "new_business", "expansion"
PIPELINES = (NEW_BUSINESS, EXPANSION)
NEW_KINDS = ("new_logo", "win_back")
UPSELL_KINDS = ("additional_machine", "upgrade", "contract_upsell")
EXPANSION_KINDS = (*UPSELL_KINDS, "cross_sell", "replacement")
_STAGES = {NEW_BUSINESS: OPEN_STAGES, EXPANSION: ("identified", "qualification", "proposal", "negotiation")}


def pipeline_of(kind: str) -> str:
    """The pipeline in which a kind of deal stands."""
    return NEW_BUSINESS if kind in NEW_KINDS else EXPANSION


def kinds_of(pipeline: str) -> tuple[str, ...]:
    return NEW_KINDS if pipeline == NEW_BUSINESS else EXPANSION_KINDS


def stages_of(kind: str) -> tuple[str, ...]:
    """The open stages of a kind of deal, in their order."""
    return stages_in(pipeline_of(kind))


def stages_in(pipeline: str) -> tuple[str, ...]:
    return _STAGES[pipeline]


def standing_stage(stage: str, pipeline: str) -> str:
    """The stage of this pipeline in which a deal stands: the last one before, where its own is of the other one."""
    if stage not in OPEN_STAGES or stage in _STAGES[pipeline]:
        return stage
    return [s for s in OPEN_STAGES[: OPEN_STAGES.index(stage)] if s in _STAGES[pipeline]][-1]


def _shares(*shares: str) -> dict[str, Decimal]:
    return dict(zip(OPEN_STAGES, map(Decimal, shares), strict=True)) | {"won": Decimal(1), "lost": Decimal(0)}


def _probabilities() -> dict[str, Decimal]:
    return _shares("0.05", "0.10", "0.25", "0.50", "0.75")


def _expansion_probabilities() -> dict[str, Decimal]:
    return _shares("0.05", "0.20", "0.20", "0.50", "0.75")


def _stale_days() -> dict[str, int]:
    return dict(zip(OPEN_STAGES, (30, 60, 90, 60, 45), strict=True))


def _expansion_stale_days() -> dict[str, int]:
    return dict(zip(OPEN_STAGES, (60, 60, 60, 45, 30), strict=True))


@dataclass(frozen=True)
class PipelinePolicy:
    """Share of deals that are won from a stage (PL-01), and the days without a step after which a deal in it is stale
    (PL-07), of new business and of expansion apart. `stale_after_days` counts for a stage that is not named."""

    policy_name: ClassVar[str] = "sales.pipeline"

    probabilities: dict[str, Decimal] = field(default_factory=_probabilities)
    expansion_probabilities: dict[str, Decimal] = field(default_factory=_expansion_probabilities)
    stale_days: dict[str, int] = field(default_factory=_stale_days)
    expansion_stale_days: dict[str, int] = field(default_factory=_expansion_stale_days)
    stale_after_days: int = 60

    def probability(self, stage: str, pipeline: str = NEW_BUSINESS) -> Decimal:
        """Between 0 and 1; a stage the policy does not name counts nothing."""
        shares = self.probabilities if pipeline == NEW_BUSINESS else self.expansion_probabilities
        return shares.get(stage, Decimal(0))

    def allowed_days(self, stage: str, pipeline: str = NEW_BUSINESS) -> int:
        """How long a deal of this stage may go without a step."""
        days = self.stale_days if pipeline == NEW_BUSINESS else self.expansion_stale_days
        return days.get(stage, self.stale_after_days)

    def is_stale(self, stage: str, days: int | None, pipeline: str = NEW_BUSINESS) -> bool:
        """Whether an open deal went longer without a step than its stage allows; not when nobody knows how long."""
        return stage in OPEN_STAGES and days is not None and days > self.allowed_days(stage, pipeline)


def may_move(stage: str, to: str, kind: str = "new_logo") -> bool:
    """An open deal moves between the open stages of its kind, either way; winning and losing are decisions of their
    own. One that stands in a stage that its kind does not know moves to any that it does."""
    return stage in OPEN_STAGES and to in stages_of(kind) and stage != to


def is_back(stage: str, to: str) -> bool:
    """Whether a move leads to an earlier stage."""
    return OPEN_STAGES.index(to) < OPEN_STAGES.index(stage)


def last_step(*steps: date | None) -> date | None:
    """The latest of what counts as a step of a deal: its creation, a change of its stage, a contact about it."""
    return max((step for step in steps if step is not None), default=None)
