"""The API of the room."""

from sales.api.handoff import Handoffs
from sales.api.opportunity import Opportunities

__all__ = ["Handoffs", "Opportunities"]
