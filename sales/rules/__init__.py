"""What a deal's stage means, and which way it may move. Pure."""

from sales.rules.opportunity import CLOSED_STAGES, OPEN_STAGES, PipelinePolicy, may_move

__all__ = ["CLOSED_STAGES", "OPEN_STAGES", "PipelinePolicy", "may_move"]
