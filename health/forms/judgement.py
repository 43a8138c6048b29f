"""A judgement by hand."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# So long a judgement counts unless somebody says otherwise, and at most.
USUAL_DAYS, MOST_DAYS = 90, 366


class JudgementForm(forms.Form):
    value = forms.IntegerField(
        label=gettext_lazy("How well does it go, 0 to 100?"),
        min_value=0,
        max_value=100,
        help_text=gettext_lazy("80 and more: they would buy again tomorrow. Below 60: they may leave."),
    )
    reason = forms.CharField(label=gettext_lazy("Why you think so"), max_length=400, widget=forms.Textarea({"rows": 3}))
    counts_until = forms.DateField(
        label=gettext_lazy("Counts until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        self.fields["counts_until"].initial = on + timedelta(days=USUAL_DAYS)

    def clean_counts_until(self) -> date:
        until: date = self.cleaned_data["counts_until"]
        if until < self.on:
            raise forms.ValidationError(_("Choose today or a later day."))
        if until > self.on + timedelta(days=MOST_DAYS):
            raise forms.ValidationError(_("A judgement counts for a year at most. Judge anew then."))
        return until


class WithdrawForm(forms.Form):
    """Nothing is asked: the judgement that stands is taken back."""
