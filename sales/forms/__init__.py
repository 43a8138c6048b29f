from sales.forms.opportunity import CloseForm, OpportunityForm, StageForm

__all__ = ["CloseForm", "OpportunityForm", "StageForm"]
