"""Reading sales."""

from sales.queries.opportunity import (
    CARDS,
    RANK,
    StageSum,
    cards,
    credit_of,
    days_in_stage,
    days_still,
    deals,
    history,
    machines,
    machines_of,
    offered_machines,
    open_by_pipeline,
    ranked,
    stage_sums,
    stalled,
)

__all__ = [
    "CARDS",
    "RANK",
    "StageSum",
    "cards",
    "credit_of",
    "days_in_stage",
    "days_still",
    "deals",
    "history",
    "machines",
    "machines_of",
    "offered_machines",
    "open_by_pipeline",
    "ranked",
    "stage_sums",
    "stalled",
]
