"""Chances: signals that a rule saw, and tips that somebody gave."""

from expansion.models.signal import Look, Signal, SignalKind, SignalQuerySet
from expansion.models.tip import Tip, TipKind, TipPhoto

__all__ = ["Look", "Signal", "SignalKind", "SignalQuerySet", "Tip", "TipKind", "TipPhoto"]
