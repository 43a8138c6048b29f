"""The API of the room."""

from expansion.api.signals import SignalKinds, Signals
from expansion.api.tips import Tips
from expansion.api.wave import ReplacementWave

__all__ = ["CellAnswers", "ReplacementWave", "SignalKinds", "Signals", "Tips", "Whitespace"]
from expansion.api.whitespace import CellAnswers, Whitespace
