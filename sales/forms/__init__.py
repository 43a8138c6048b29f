from sales.forms.credit import CreditForm, lines_of, shares_in
from sales.forms.opportunity import CloseForm, LinesForm, NewOpportunityForm, OpportunityForm, StageForm
from sales.forms.stakeholders import StakeholdersForm, contacts_of, people_in, said_before

__all__ = [
    "CloseForm",
    "CreditForm",
    "LinesForm",
    "NewOpportunityForm",
    "OpportunityForm",
    "StageForm",
    "StakeholdersForm",
    "contacts_of",
    "lines_of",
    "people_in",
    "said_before",
    "shares_in",
]
