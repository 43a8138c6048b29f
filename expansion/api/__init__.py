"""The API of the room."""

from expansion.api.signals import Signals
from expansion.api.tips import Tips

__all__ = ["Signals", "Tips"]
