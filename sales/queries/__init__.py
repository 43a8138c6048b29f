"""Reading sales."""

from sales.queries.opportunity import (
    RANK,
    StageSum,
    days_in_stage,
    deals,
    history,
    machines,
    ranked,
    stage_sums,
)

__all__ = ["RANK", "StageSum", "days_in_stage", "deals", "history", "machines", "ranked", "stage_sums"]
