"""Chances: signals that a rule saw, tips that somebody gave, and why parts went elsewhere."""

from expansion.models.parts import DropReason
from expansion.models.signal import Look, Signal, SignalKind, SignalQuerySet
from expansion.models.tip import Tip, TipKind, TipPhoto
from expansion.models.whitespace import CellAnswer, CellDeal

__all__ = [
    "CellAnswer",
    "CellDeal",
    "DropReason",
    "Look",
    "Signal",
    "SignalKind",
    "SignalQuerySet",
    "Tip",
    "TipKind",
    "TipPhoto",
]
