"""What may be sold: opportunities of every kind, their lines and their history."""

from sales.models.opportunity import (
    DealKind,
    Opportunity,
    OpportunityLine,
    OpportunityPeriod,
    OpportunityQuerySet,
    Stage,
)

__all__ = ["DealKind", "Opportunity", "OpportunityLine", "OpportunityPeriod", "OpportunityQuerySet", "Stage"]
