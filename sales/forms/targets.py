"""Forms of booking targets: the grid of a team, and one target with who shares it."""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.formats import sanitize_separators
from django.utils.translation import gettext_lazy as _

from core.models import Owner, User
from sales.models import Pipeline
from sales.rules.targets import quarter_name, read_quarter

_CENT = Decimal("0.01")
# Thousands set apart, and perhaps cents: no amount has three decimals.
_GROUPED = re.compile(r"(\d{1,3}(?:[.,\s']\d{3})+)(?:[.,](\d{1,2}))?")


@dataclass
class Grid:
    """Amounts by owner and quarter: `t_12_2026-Q4` is typed. What is wrong stands in `errors` under its cell."""

    data: Any
    errors: dict[tuple[int, date], Any] = field(default_factory=dict)

    def typed(self, owner: int, quarter: date) -> str | None:
        """The text of a cell; None where the form did not have it."""
        text = self.data.get(f"t_{owner}_{quarter_name(quarter)}")
        return None if text is None else str(text).strip()

    def amount(self, owner: int, quarter: date) -> Decimal | None:
        """The amount of a cell, None for an empty one; look at `errors` after."""
        text = self.typed(owner, quarter)
        if not text:
            return None
        amount = read_amount(text)
        if amount is None:
            self.errors[owner, quarter] = _("Type an amount above 0, such as 250000; empty is no target.")
        return amount


def read_amount(text: str) -> Decimal | None:
    """An amount above 0 as people write it: 250000, 250,000, 250.000 or 250 000; None for what is none."""
    grouped = _GROUPED.fullmatch(text)
    plain = re.sub(r"\D", "", grouped[1]) + f".{grouped[2] or 0}" if grouped else str(sanitize_separators(text))
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        return None
    fits = amount.is_finite() and 0 < amount < Decimal(10) ** 14 and amount == round(amount, 2)
    return amount.quantize(_CENT) if fits else None


class TargetForm(forms.Form):
    """One target, and who carries it too."""

    owner = forms.ModelChoiceField(label=_("Who"), queryset=Owner.objects.none())
    pipeline = forms.ChoiceField(label=_("Pipeline"), choices=Pipeline.choices)
    quarter = forms.CharField(label=_("Quarter"), max_length=10, help_text=_("Such as 2026-Q4."))
    amount = forms.DecimalField(
        label=_("To be booked"), required=False, min_value=_CENT, max_digits=16, decimal_places=2, localize=True,
        help_text=_("In the reporting currency. Leave it empty to take the target back."),
    )  # fmt: skip
    shared_with = forms.ModelChoiceField(
        label=_("Shared with"), queryset=Owner.objects.none(), required=False, empty_label=_("Nobody"),
        help_text=_("Who carries the same target: sales beside service, say. It counts once."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), required=False, max_length=240)

    def __init__(self, *args: Any, user: User, owners: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["owner"].queryset = owners
        fields["shared_with"].queryset = Owner.objects.order_by("name", "pk")

    def clean_quarter(self) -> date:
        found = read_quarter(self.cleaned_data["quarter"])
        if found is None:
            raise forms.ValidationError(_("Write a quarter such as 2026-Q4."))
        return found
