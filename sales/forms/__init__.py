from sales.forms.credit import CreditForm, lines_of, shares_in
from sales.forms.opportunity import CloseForm, LinesForm, NewOpportunityForm, OpportunityForm, StageForm

__all__ = [
    "CloseForm",
    "CreditForm",
    "LinesForm",
    "NewOpportunityForm",
    "OpportunityForm",
    "StageForm",
    "lines_of",
    "shares_in",
]
