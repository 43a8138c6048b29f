"""The API of the room."""

from sales.api.business_case import BusinessCases
from sales.api.handoff import Handoffs
from sales.api.opportunity import Opportunities

__all__ = ["BusinessCases", "Handoffs", "Opportunities"]
