"""The form of a business case: each figure with its source, none of them compulsory."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sales.rules.business_case import MONTHS, SOURCES, Inputs
from sales.words.business_case import INPUT_LABELS, SOURCE_LABELS


class CaseForm(forms.Form):
    capex_year = forms.IntegerField(
        label=_("In the budget of"), required=False, min_value=2000, max_value=2199,
        help_text=_("Capital is planned one to two years ahead."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "–"), *((source, SOURCE_LABELS[source]) for source in SOURCES)]
        for name, label in INPUT_LABELS.items():
            places = 0 if name in MONTHS else 2
            self.fields[name] = forms.DecimalField(
                label=label, required=False, min_value=0, max_digits=12, decimal_places=places, localize=True
            )
            self.fields[f"{name}_source"] = forms.ChoiceField(
                label=_("Where from"), required=False, choices=choices
            )  # fmt: skip

    @property
    def pairs(self) -> list[tuple[Any, Any]]:
        """Each figure with its source, for the page."""
        return [(self[name], self[f"{name}_source"]) for name in INPUT_LABELS]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for name in INPUT_LABELS:
            if said.get(name) is not None and not said.get(f"{name}_source"):
                self.add_error(f"{name}_source", _("Say where this figure comes from."))
        return said

    @property
    def inputs(self) -> Inputs:
        found: dict[str, Decimal | None] = {name: self.cleaned_data.get(name) for name in INPUT_LABELS}
        return Inputs(**found)

    @property
    def sources(self) -> dict[str, str]:
        said = self.cleaned_data
        return {name: said[f"{name}_source"] for name in INPUT_LABELS if said.get(name) is not None}
