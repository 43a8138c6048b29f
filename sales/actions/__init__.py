"""Writes of sales."""

from sales.actions.credit import share_credit
from sales.actions.opportunity import (
    Line,
    change_lines,
    change_opportunity,
    close,
    create_opportunity,
    move_stage,
    refuse_lines,
    reopen,
)
from sales.actions.stakeholders import name_stakeholders
from sales.actions.winning import take_back, win

__all__ = [
    "Line",
    "change_lines",
    "change_opportunity",
    "close",
    "create_opportunity",
    "move_stage",
    "name_stakeholders",
    "refuse_lines",
    "reopen",
    "share_credit",
    "take_back",
    "win",
]
