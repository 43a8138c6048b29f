"""Beginning a draft, and publishing one."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import display


class DraftForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("What you want to try"), max_length=120)


class PublishForm(forms.Form):
    valid_from = forms.DateField(
        label=gettext_lazy("Counts from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, first: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first = first
        self.fields["valid_from"].initial = first
        self.fields["valid_from"].widget.attrs["min"] = first.isoformat()

    def clean_valid_from(self) -> date:
        chosen: date = self.cleaned_data["valid_from"]
        if chosen < self.first:
            raise forms.ValidationError(
                _("Choose %(day)s or later: up to then the scores stand.") % {"day": display.day(self.first)}
            )
        return chosen
