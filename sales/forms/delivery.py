"""Forms of a delivery: a step is done, moved, skipped; who sees to the order, and what was promised."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Owner, User
from installed_base.models import Asset
from installed_base.rules.delivery import INSTALLATION, PRODUCTION, SHIPPING
from sales.forms.handoff import day_field
from sales.queries.delivery import Coming, alike, responsible

REASON = forms.Textarea(attrs={"rows": 2})
# From here on a machine may be known by its serial.
NAMES_SERIAL = (PRODUCTION, SHIPPING, INSTALLATION)


class DoneForm(forms.Form):
    """The day on which a step was done; the serial where it may become known with it."""

    done_on = day_field(_("Done on"), required=True)
    serial = forms.CharField(label=_("Serial number"), max_length=120, required=False)

    def __init__(self, *args: Any, step: str, today: date, known: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["done_on"].initial = today
        self.fields["done_on"].widget.attrs["max"] = today.isoformat()
        if known or step not in NAMES_SERIAL:
            del self.fields["serial"]


class PlanForm(forms.Form):
    """The planned day of one step, why it moves, and who sees to it."""

    planned_on = day_field(_("Planned for"), required=True)
    reason = forms.CharField(
        label=_("Why does it move?"),
        max_length=400,
        required=False,
        widget=REASON,
        help_text=_("Needed where the day changes. What was promised to the customer stays as it is."),
    )
    along = forms.BooleanField(label=_("The later steps move by as many days"), required=False, initial=True)
    owner = forms.ModelChoiceField(
        label=_("Who sees to it"), queryset=Owner.objects.none(), required=False, empty_label=_("who has the order")
    )
    note = forms.CharField(label=_("Note"), max_length=400, required=False, widget=REASON)

    def __init__(self, *args: Any, one: Coming, step: Any, **kwargs: Any) -> None:
        first = {"planned_on": step.planned_on, "owner": step.owner_id, "note": step.note, "along": True}
        super().__init__(*args, **kwargs | {"initial": first})
        self.fields["owner"].queryset = responsible(one)  # type: ignore[attr-defined]

    @property
    def moves(self) -> bool:
        return "planned_on" in self.changed_data

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if self.moves and said.get("planned_on") and not said.get("reason", "").strip():
            self.add_error("reason", _("Say why the day moves; whoever waits for the machine reads it."))
        return said


class SkipForm(forms.Form):
    reason = forms.CharField(label=_("Why does this machine do without it?"), max_length=400, widget=REASON)


class OrderForm(forms.Form):
    """The number of the order, and who sees to it that the machine comes."""

    number = forms.CharField(
        label=_("Order number"),
        max_length=120,
        required=False,
        help_text=_("As the ERP knows it: an import of the machine under this number finds this order."),
    )
    owner = forms.ModelChoiceField(label=_("Who sees to it"), queryset=Owner.objects.none(), empty_label=None)

    def __init__(self, *args: Any, one: Coming, **kwargs: Any) -> None:
        first = {"number": one.order.number, "owner": one.order.owner_id}
        super().__init__(*args, **kwargs | {"initial": first})
        self.fields["owner"].queryset = responsible(one)  # type: ignore[attr-defined]


class PromiseForm(forms.Form):
    """Another day that was agreed with the customer."""

    promised_on = day_field(_("Promised for"), required=True)


class MatchForm(forms.Form):
    """The machine that the order turns out to be, chosen from those that the page lists."""

    machine = forms.ModelChoiceField(
        label=_("Which machine is it?"),
        queryset=Asset.objects.none(),
        error_messages={"required": _("Choose the machine that it is.")},
    )

    def __init__(self, *args: Any, one: Coming, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["machine"].queryset = alike(one, user)  # type: ignore[attr-defined]
