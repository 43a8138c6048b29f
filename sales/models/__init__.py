"""What may be sold: opportunities of every kind, their lines and their history; handoffs; what winning wrote."""

from sales.models.business_case import BusinessCase
from sales.models.credit import CreditRole, OpportunityCredit
from sales.models.delivery import Delivery
from sales.models.handoff import Direction, Handoff, HandoffPromise
from sales.models.opportunity import (
    DealKind,
    LostReason,
    Opportunity,
    OpportunityLine,
    OpportunityPeriod,
    OpportunityQuerySet,
)
from sales.models.stage import Stage

__all__ = [
    "BusinessCase",
    "CreditRole",
    "DealKind",
    "Delivery",
    "Direction",
    "Handoff",
    "HandoffPromise",
    "LostReason",
    "Opportunity",
    "OpportunityCredit",
    "OpportunityLine",
    "OpportunityPeriod",
    "OpportunityQuerySet",
    "Stage",
]
