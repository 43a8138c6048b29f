"""The API of the room."""

from sales.api.business_case import BusinessCases
from sales.api.handoff import Handoffs
from sales.api.opportunity import OPEN, OUTCOMES, Opportunities
from sales.api.targets import BookingTargets

__all__ = ["OPEN", "OUTCOMES", "BookingTargets", "BusinessCases", "Handoffs", "Opportunities"]
