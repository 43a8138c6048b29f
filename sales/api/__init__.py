"""The API of the room."""

from sales.api.business_case import BusinessCases
from sales.api.delivery import Deliveries
from sales.api.handoff import Handoffs
from sales.api.opportunity import OPEN, OUTCOMES, Opportunities

__all__ = ["OPEN", "OUTCOMES", "BusinessCases", "Deliveries", "Handoffs", "Opportunities"]
