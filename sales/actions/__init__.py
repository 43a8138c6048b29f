"""Writes of sales."""

from sales.actions.opportunity import Line, change_opportunity, close, create_opportunity, move_stage, reopen
from sales.actions.winning import take_back, win

__all__ = ["Line", "change_opportunity", "close", "create_opportunity", "move_stage", "reopen", "take_back", "win"]
