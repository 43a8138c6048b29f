"""The API of the room."""

from sales.api.opportunity import OPEN, OUTCOMES, Opportunities

__all__ = ["OPEN", "OUTCOMES", "Opportunities"]
