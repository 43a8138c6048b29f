"""Forms of a deal."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sales.models import Stage
from sales.rules import OPEN_STAGES


class StageForm(forms.Form):
    stage = forms.ChoiceField(label=_("Stage"), choices=[(key, Stage(key).label) for key in OPEN_STAGES])


class OpportunityForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=240)
    value = forms.DecimalField(
        label=_("Value"), required=False, min_value=0, max_digits=16, decimal_places=2, localize=True,
        help_text=_("Leave it empty while nobody knows."),
    )  # fmt: skip
    expected_close_on = forms.DateField(
        label=_("Expected to close on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class CloseForm(forms.Form):
    OUTCOMES = (("won", _("Won")), ("lost", _("Lost")))
    outcome = forms.ChoiceField(label=_("Outcome"), choices=OUTCOMES)
    reason = forms.CharField(label=_("Why it was lost"), required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("outcome") == "lost" and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Say why it was lost."))
        return cleaned
