"""Forms about parts: why they buy fewer, and what they spend elsewhere."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from expansion.models import DropReason
from installed_base.models import Contact


class CheckInOutcomeForm(forms.Form):
    why = forms.ChoiceField(
        label=_("Why do they buy fewer parts?"), choices=DropReason.Why.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("In a few words"), max_length=240, required=False,
        help_text=_("From whom they buy, what the problem is, until when it stands idle."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("why") == DropReason.Why.OTHER and not cleaned.get("note", "").strip():
            self.add_error("note", _("Say in a few words what it is."))
        return cleaned


class StatementForm(forms.Form):
    elsewhere = forms.DecimalField(
        label=_("What they spend elsewhere, a year"), min_value=0, max_digits=16, decimal_places=2, localize=True,
        help_text=_("In the reporting currency, by their word; 0 where they buy all parts from us."),
    )  # fmt: skip
    said_on = forms.DateField(label=_("Said on"), widget=forms.DateInput(attrs={"type": "date"}))
    contact = forms.ModelChoiceField(
        queryset=Contact.objects.none(), label=_("Who said it"), required=False, empty_label=_("not noted")
    )
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, today: date, contacts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["contact"].queryset = contacts  # type: ignore[attr-defined]

    def clean_said_on(self) -> date:
        said_on: date = self.cleaned_data["said_on"]
        if said_on > self.today:
            raise forms.ValidationError(_("That day has not come yet; choose today or earlier."))
        return said_on
