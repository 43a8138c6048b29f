"""What is said when the contract of a renewal is changed by hand."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.display import day
from installed_base.models import Term
from installed_base.models.contracts import EndReason
from renewals.models import Renewal


def _day_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


class _Together(forms.ModelMultipleChoiceField):
    """Other contracts of the customer, each with its last day."""

    def label_from_instance(self, obj: Renewal) -> str:
        ends = day(obj.ends_on) if obj.ends_on else gettext("no end")
        return gettext("%(contract)s, ends %(day)s") % {"contract": obj.term.contract, "day": ends}


class _Successor(forms.ModelChoiceField):
    def label_from_instance(self, obj: Term) -> str:
        return gettext("%(contract)s from %(day)s") % {"contract": obj.contract, "day": day(obj.starts_on)}


def _together() -> _Together:
    return _Together(
        queryset=Renewal.objects.none(),
        required=False,
        label=_("Together with"),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "check"}),
    )


class _ContractForm(forms.Form):
    """`others` are the renewals it may be brought together with, `terms` what may take its place."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, others: Any, terms: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "successor" in self.fields:
            self.fields["successor"].queryset = terms  # type: ignore[attr-defined]
        if "together" in self.fields:
            self.fields["together"].queryset = others  # type: ignore[attr-defined]
            if not others.exists():
                del self.fields["together"]

    @property
    def said(self) -> dict[str, Any]:
        """The words of the action, with ids in place of rows."""
        said = dict(self.cleaned_data)
        if "together" in said:
            said["together"] = [row.pk for row in said["together"]]
        if "successor" in said:
            said["successor"] = said["successor"].pk
        return said


class MoveEndForm(_ContractForm):
    ends_on = _day_field(_("New last day"))
    together = _together()


class EndEarlyForm(_ContractForm):
    terminated_on = _day_field(_("First day without contract"))
    reason = forms.ChoiceField(label=_("Reason"), choices=[("", _("Reason, from the list")), *EndReason.choices])
    note = forms.CharField(label=_("What happened"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)


class ReplaceForm(_ContractForm):
    successor = _Successor(queryset=Term.objects.none(), label=_("The contract that takes its place"))
    together = _together()
    note = forms.CharField(label=_("What was agreed"), widget=forms.Textarea(attrs={"rows": 3}), max_length=4000)
