"""What a deal's stage means, and which way it may move. Pure."""

from sales.rules.credit import Share
from sales.rules.opportunity import (
    CLOSED_STAGES,
    EXPANSION,
    EXPANSION_KINDS,
    NEW_BUSINESS,
    NEW_KINDS,
    OPEN_STAGES,
    PIPELINES,
    UPSELL_KINDS,
    PipelinePolicy,
    is_back,
    kinds_of,
    last_step,
    may_move,
    pipeline_of,
    stages_in,
    stages_of,
    standing_stage,
)

__all__ = [
    "CLOSED_STAGES",
    "EXPANSION",
    "EXPANSION_KINDS",
    "NEW_BUSINESS",
    "NEW_KINDS",
    "OPEN_STAGES",
    "PIPELINES",
    "UPSELL_KINDS",
    "PipelinePolicy",
    "Share",
    "is_back",
    "kinds_of",
    "last_step",
    "may_move",
    "pipeline_of",
    "stages_in",
    "stages_of",
    "standing_stage",
]
