"""Writes of sales."""

from sales.actions.opportunity import Line, change_opportunity, close, create_opportunity, move_stage, reopen

__all__ = ["Line", "change_opportunity", "close", "create_opportunity", "move_stage", "reopen"]
