"""The API of the room."""

from expansion.api.signals import SignalKinds, Signals
from expansion.api.tips import Tips
from expansion.api.whitespace import CellAnswers, Whitespace

__all__ = ["CellAnswers", "SignalKinds", "Signals", "Tips", "Whitespace"]
