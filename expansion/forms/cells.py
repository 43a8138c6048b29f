"""Forms of a cell of the whitespace matrix: why not, or a deal that tries it."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.calendar import add_months
from core.models import User
from expansion.forms.signals import AcceptForm
from expansion.models import CellAnswer

# When a refusal is proposed to be asked again.
ASKED_AGAIN_MONTHS = 12


class CellAnswerForm(forms.Form):
    """What the customer does instead. A refusal asks for the day from which it may be asked again."""

    state = forms.ChoiceField(
        label=_("What do they do instead?"), choices=CellAnswer.State.choices, widget=forms.RadioSelect
    )
    competitor = forms.CharField(
        label=_("Which competitor"), max_length=120, required=False, help_text=_("Where they buy it elsewhere.")
    )
    again_on = forms.DateField(
        label=_("Ask again from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Where they declined: from that day the cell is open again."),
    )
    note = forms.CharField(
        label=_("In your own words"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("again_on", add_months(on, ASKED_AGAIN_MONTHS))
        super().__init__(*args, **kwargs)
        self.on = on
        self.fields["again_on"].widget.attrs["min"] = (on + timedelta(days=1)).isoformat()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        state, again = cleaned.get("state"), cleaned.get("again_on")
        if state != CellAnswer.State.DECLINED:
            cleaned["again_on"] = None
        elif "again_on" not in self.errors and (again is None or again <= self.on):
            self.add_error("again_on", _("Say from which later day it may be asked again."))
        return cleaned


class CellDealForm(AcceptForm):
    """A deal about a cell, with what the cell proposes filled in."""

    def __init__(self, *args: Any, user: User, on: date, kinds: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, user=user, on=on, **kwargs)
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
