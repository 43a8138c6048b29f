"""Forms of a referral: ask, write the introduction, note what was given, follow it up."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import User
from expansion.models import Referral, ReferralKind
from installed_base.models import Account, Contact


def _text(label: Any, rows: int = 4, **options: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, max_length=4000, widget=area, **options)


def people_of(account: Account, user: User) -> Any:
    return Contact.objects.visible_to(user).filter(account=account, left_on__isnull=True).order_by("name", "pk")


class IntroForm(forms.Form):
    talking_points = _text(
        _("Talking points"), help_text=_("What they may tell: one line each, in figures where you have them.")
    )
    intro = _text(_("The introduction, in their voice"), 5, help_text=_("Three sentences they only have to say OK to."))


class AskForm(IntroForm):
    contact = forms.ModelChoiceField(label=_("Whom"), queryset=Contact.objects.none(), empty_label=_("Choose"))
    kind = forms.ChoiceField(label=_("For what"), choices=ReferralKind.choices)
    field_order = ("contact", "kind", "talking_points", "intro")

    def __init__(self, *args: Any, account: Account, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = people_of(account, user)  # type: ignore[attr-defined]


class GivenForm(forms.Form):
    """To which company they introduce us, and to whom there."""

    company = forms.CharField(label=_("Company"), max_length=200)
    person = forms.CharField(label=_("To whom there"), max_length=200, required=False)


class CameForm(GivenForm):
    """A referral that nobody asked for."""

    contact = forms.ModelChoiceField(
        label=_("Who gave it"), queryset=Contact.objects.none(), required=False, empty_label=_("Nobody in particular")
    )
    field_order = ("contact", "company", "person")

    def __init__(self, *args: Any, account: Account, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = people_of(account, user)  # type: ignore[attr-defined]


class DeclineForm(forms.Form):
    reason = forms.CharField(label=_("Why they would rather not"), max_length=240)


class PursueForm(forms.Form):
    """The opportunity: at an account that is known by this name, else at a new one."""

    account = forms.CharField(
        label=_("Account"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "account-names", "autocomplete": "off"}),
        help_text=_("One of yours by its name; a name that is not there yet becomes a new account."),
    )
    name = forms.CharField(label=_("Name of the opportunity"), max_length=240, required=False)
    value = forms.DecimalField(
        label=_("Value"), required=False, min_value=0, max_digits=16, decimal_places=2, localize=True,
        help_text=_("Leave it empty while nobody knows."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.prospect: Account | None = None
        self.company = ""

    def clean_account(self) -> str:
        typed: str = self.cleaned_data["account"].strip()
        rows = Account.objects.changeable_by(self.user).filter(merged_into__isnull=True)
        found = list(rows.filter(name__iexact=typed).select_related("owner").order_by("pk")[:2])
        if len(found) > 1:
            raise forms.ValidationError(_("Several accounts have that name; make the opportunity on the one you mean."))
        self.prospect, self.company = (found[0], "") if found else (None, typed)
        return typed


class RecogniseForm(forms.Form):
    how = forms.ChoiceField(label=_("How"), choices=Referral.Recognition.choices)
