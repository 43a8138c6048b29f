"""What may be sold: leads, opportunities of every kind, their lines and their history; handoffs; what winning wrote."""

from sales.models.business_case import BusinessCase
from sales.models.credit import CreditRole, OpportunityCredit
from sales.models.dealer import DealerAssignment, DealerReport
from sales.models.delivery import Delivery
from sales.models.handoff import Direction, Handoff, HandoffPromise
from sales.models.lead import (
    Channel,
    DropReason,
    Lead,
    LeadSource,
    LeadState,
    Spend,
    SpendKind,
    Touch,
    TouchKind,
    keeps_sources,
    sees_spend,
    works_leads,
    writes_spend,
)
from sales.models.opportunity import (
    DealKind,
    LostReason,
    Opportunity,
    OpportunityLine,
    OpportunityPeriod,
    OpportunityQuerySet,
)
from sales.models.stage import Stage
from sales.models.stakeholder import Stakeholder, StakeholderRole, Stance
from sales.models.target import BookingTarget, BookingTargetPeriod, Pipeline

__all__ = [
    "BookingTarget",
    "BookingTargetPeriod",
    "BusinessCase",
    "Channel",
    "CreditRole",
    "DealKind",
    "DealerAssignment",
    "DealerReport",
    "Delivery",
    "Direction",
    "DropReason",
    "Handoff",
    "HandoffPromise",
    "Lead",
    "LeadSource",
    "LeadState",
    "LostReason",
    "Opportunity",
    "OpportunityCredit",
    "OpportunityLine",
    "OpportunityPeriod",
    "OpportunityQuerySet",
    "Pipeline",
    "Spend",
    "SpendKind",
    "Stage",
    "Stakeholder",
    "StakeholderRole",
    "Stance",
    "Touch",
    "TouchKind",
    "keeps_sources",
    "sees_spend",
    "works_leads",
    "writes_spend",
]
