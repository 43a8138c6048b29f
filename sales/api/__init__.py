"""The API of the room."""

from sales.api.business_case import BusinessCases
from sales.api.delivery import Deliveries
from sales.api.handoff import Handoffs
from sales.api.lead import Leads
from sales.api.opportunity import OPEN, OUTCOMES, Opportunities
from sales.api.spend import SpendEntries
from sales.api.targets import BookingTargets
from sales.api.touch import LeadSources, Touches

__all__ = [
    "OPEN",
    "OUTCOMES",
    "BookingTargets",
    "BusinessCases",
    "Deliveries",
    "Handoffs",
    "LeadSources",
    "Leads",
    "Opportunities",
    "SpendEntries",
    "Touches",
]
