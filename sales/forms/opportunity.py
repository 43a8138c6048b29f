"""Forms of a deal."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.formats import sanitize_separators
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import Owner, User
from installed_base.models import Asset
from playbooks.forms import AboutAccount, assignable
from sales.actions import Line
from sales.models import DealKind, LostReason, Stage
from sales.rules import OPEN_STAGES, stages_of

_LARGEST = Decimal("99999999999999.99")


def _day(label: Any, **options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, **options)


def _value(**options: Any) -> forms.DecimalField:
    told: dict[str, Any] = {"help_text": _("Leave it empty while nobody knows.")}
    return forms.DecimalField(
        label=_("Value"), required=False, min_value=0, max_digits=16, decimal_places=2, localize=True,
        **(told | options),
    )  # fmt: skip


class StageForm(forms.Form):
    stage = forms.ChoiceField(label=_("Stage"), choices=[(key, Stage(key).label) for key in OPEN_STAGES])
    reason = forms.CharField(label=_("Why it goes back"), required=False, max_length=240)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].choices = [(key, Stage(key).label) for key in stages_of(kind)]  # type: ignore[attr-defined]


class OpportunityForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=240)
    value = _value()
    expected_close_on = _day(_("Expected to close on"))


class CloseForm(forms.Form):
    OUTCOMES = (("won", _("Won")), ("lost", _("Lost")))
    outcome = forms.ChoiceField(label=_("Outcome"), choices=OUTCOMES)
    closed_on = _day(_("Closed on"), help_text=_("Today, if you leave it empty."))
    value = _value(help_text=_("What it brings, if it is won."))
    because = forms.ChoiceField(
        label=_("Why it was lost"), required=False, choices=[("", _("Choose")), *LostReason.choices]
    )
    reason = forms.CharField(label=_("In a few words"), required=False, max_length=200)

    def clean_closed_on(self) -> date | None:
        day: date | None = self.cleaned_data["closed_on"]
        if day and day > clock.today():
            raise forms.ValidationError(_("A deal closes on a day that has come; choose today or earlier."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        lost = cleaned.get("outcome") == "lost"
        if lost and not cleaned.get("because") and not cleaned.get("reason", "").strip():
            self.add_error("because", _("Say why it was lost."))
        if cleaned.get("because") == LostReason.OTHER and lost and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Say in a few words what it was."))
        if cleaned.get("outcome") == "won" and cleaned.get("value") is None and "value" not in self.errors:
            self.add_error("value", _("Say what it is worth: a deal is won with its value."))
        return cleaned


class LinesForm:
    """Which machines of an account stand in a deal, each with its value: `asset` is ticked, `value_12` is typed.

    What is wrong stands in `errors` under the machine it is about.
    """

    def __init__(self, machines: list[Asset], data: Any = None, named: dict[int, Decimal | None] | None = None) -> None:
        self.machines, self.data, self.errors = machines, data, dict[int, Any]()
        self.named = named or {}

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {"machine": m, "ticked": self._ticked(m), "value": self._typed(m), "error": self.errors.get(m.pk, "")}
            for m in self.machines
        ]

    def _ticked(self, machine: Asset) -> bool:
        if self.data is None:
            return machine.pk in self.named
        return str(machine.pk) in self.data.getlist("asset")

    def _typed(self, machine: Asset) -> str:
        if self.data is None:
            value = self.named.get(machine.pk)
            return "" if value is None else f"{value:f}"
        return str(self.data.get(f"value_{machine.pk}", "")).strip()

    def lines(self) -> list[Line]:
        """The lines that were said. Only machines that were offered count; look at `errors` after."""
        found = []
        for machine in self.machines:
            if not self._ticked(machine):
                continue
            found.append(Line(asset_id=machine.pk, product_id=machine.product_id, value=self._amount(machine)))
        return found

    def _amount(self, machine: Asset) -> Decimal | None:
        typed = self._typed(machine)
        if not typed:
            return None
        try:
            value = Decimal(sanitize_separators(typed))
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or not 0 <= value <= _LARGEST:
            self.errors[machine.pk] = _("Type an amount of 0 or more, such as 12500 or 12500.50.")
            return None
        return value.quantize(Decimal("0.01"))


class NewOpportunityForm(AboutAccount):
    """A deal that somebody opens by hand. Its kind cannot be changed afterwards."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[("", _("Choose")), *DealKind.choices],
        help_text=_("It says which stages the deal goes through, and never changes."),
    )
    name = forms.CharField(label=_("Name"), max_length=240)
    value = _value()
    expected_close_on = _day(_("Expected to close on"))
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=Owner.objects.none(), required=False, empty_label=_("Me"))
    note = forms.CharField(label=_("Note"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = assignable(user)  # type: ignore[attr-defined]
