"""The API of the room."""

from expansion.api.signals import SignalKinds, Signals
from expansion.api.tips import Tips
from expansion.api.wave import ReplacementWave

__all__ = ["ReplacementWave", "SignalKinds", "Signals", "Tips"]
