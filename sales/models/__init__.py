"""What may be sold: opportunities of every kind, their lines and their history."""

from sales.models.credit import CreditRole, OpportunityCredit
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
    "CreditRole",
    "DealKind",
    "LostReason",
    "Opportunity",
    "OpportunityCredit",
    "OpportunityLine",
    "OpportunityPeriod",
    "OpportunityQuerySet",
    "Stage",
]
