"""What pages and messages of the room say."""

from sales.words.stages import PIPELINES, stage_name, stage_of

__all__ = ["PIPELINES", "stage_name", "stage_of"]
