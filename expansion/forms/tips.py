"""Forms of a tip: twenty seconds to leave one, a sentence to answer it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from expansion.models import Tip, TipKind
from expansion.photos import bare_jpeg
from sales.models import DealKind


class TipForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is it about?"), choices=TipKind.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("What did you see or hear?"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=_("If a picture says more. Where and with which phone it was taken is not kept."),
    )

    def clean_photo(self) -> bytes | None:
        upload: Any = self.cleaned_data["photo"]
        return bare_jpeg(upload) if upload else None


class AnswerForm(forms.Form):
    """What the owner of the account did with a tip."""

    KINDS = [kind for kind in DealKind if kind not in (DealKind.NEW_LOGO, DealKind.WIN_BACK)]

    outcome = forms.ChoiceField(label=_("What became of it"), choices=Tip.Outcome.choices, widget=forms.RadioSelect)
    deal_kind = forms.ChoiceField(
        label=_("Kind of deal"), required=False, choices=[("", _("Choose")), *((k.value, k.label) for k in KINDS)]
    )
    deal_name = forms.CharField(label=_("Name of the opportunity"), max_length=240, required=False)
    value = forms.DecimalField(
        label=_("Value"), required=False, min_value=0, max_digits=16, decimal_places=2, localize=True,
        help_text=_("Leave it empty while nobody knows."),
    )  # fmt: skip
    answer = forms.CharField(
        label=_("Your answer to the technician"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("outcome") == Tip.Outcome.OPPORTUNITY and not cleaned.get("deal_kind"):
            self.add_error("deal_kind", _("Choose which kind of deal it is."))
        return cleaned
