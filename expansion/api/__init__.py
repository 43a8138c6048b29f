"""The API of the room."""

from expansion.api.signals import SignalKinds, Signals
from expansion.api.tips import Tips

__all__ = ["SignalKinds", "Signals", "Tips"]
