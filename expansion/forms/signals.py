"""Forms with which signals are decided."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Owner, User
from expansion.reasons import Dismissal, kept
from installed_base.models import AccountEvent, Asset
from playbooks.forms import AboutAccount, SnoozeForm, assignable
from sales.models import DealKind


class AcceptForm(forms.Form):
    """What the deal is called and what it may be worth. Several accounts at once take the proposed name and value."""

    name = forms.CharField(label=_("Name of the opportunity"), max_length=240)
    kind = forms.ChoiceField(label=_("Kind of deal"))
    value = forms.DecimalField(
        label=_("Value"), required=False, min_value=0, max_digits=16, decimal_places=2, localize=True,
        help_text=_("Leave it empty while nobody knows."),
    )  # fmt: skip
    expected_close_on = forms.DateField(
        label=_("Expected to close on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=Owner.objects.none(), empty_label=None)

    KINDS = (
        DealKind.UPGRADE,
        DealKind.REPLACEMENT,
        DealKind.ADDITIONAL_MACHINE,
        DealKind.CONTRACT_UPSELL,
        DealKind.CROSS_SELL,
        DealKind.WIN_BACK,
    )

    def __init__(self, *args: Any, user: User, on: date, several: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in self.KINDS]  # type: ignore[attr-defined]
        self.fields["owner"].queryset = assignable(user)  # type: ignore[attr-defined]
        if several:
            for name in ("name", "value", "kind"):
                del self.fields[name]

    def clean_expected_close_on(self) -> date | None:
        day: date | None = self.cleaned_data["expected_close_on"]
        if day and day < self.on:
            raise forms.ValidationError(_("Choose today or a later day."))
        return day


class DismissForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why not"), choices=[("", _("Choose a reason")), *Dismissal.choices])
    note = forms.CharField(label=_("In your own words"), required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == Dismissal.OTHER and not cleaned.get("note", "").strip():
            self.add_error("note", _("Say which."))
        return cleaned

    def words(self) -> str:
        return kept(self.cleaned_data["reason"], self.cleaned_data["note"])


class PutOffForm(SnoozeForm):
    """A signal usually waits longer than a task."""

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"until": on + timedelta(days=90)})
        super().__init__(*args, on=on, **kwargs)


class EventForm(AboutAccount):
    """What was heard at a customer; the machine by its serial number, where it is about one."""

    kind = forms.ChoiceField(label=_("What"), choices=AccountEvent.Kind.choices)
    heard = forms.ChoiceField(label=_("Where it was heard"), choices=AccountEvent.Heard.choices)
    happened_on = forms.DateField(
        label=_("When"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )  # fmt: skip
    asset = forms.CharField(
        label=_("Serial number of the machine"), required=False, max_length=120,
        help_text=_("Only where it is about one machine."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("In your own words"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=8000
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["happened_on"].widget.attrs["max"] = today.isoformat()

    def clean_happened_on(self) -> date:
        on: date = self.cleaned_data["happened_on"]
        if on > self.today:
            raise forms.ValidationError(_("Choose the day on which it became known: today or earlier."))
        return on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        serial, account = (cleaned.get("asset") or "").strip(), cleaned.get("account")
        cleaned["asset"] = None
        if serial and account:
            # The account is one that the person may change; a serial of another account is none here.
            found = Asset._base_manager.filter(account=account, serial__iexact=serial).order_by("pk").first()
            if found is None:
                self.add_error("asset", _("No machine with this serial number stands at this account."))
            cleaned["asset"] = found
        return cleaned
