"""The API of the room."""

from sales.api.opportunity import Opportunities

__all__ = ["Opportunities"]
