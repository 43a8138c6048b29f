"""Forms around tasks and the journal. What a person may choose follows from their reach."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Owner, User
from core.reach import Level, reach_of
from core.scope import System
from installed_base.models import Contact, ContactMoment


def assignable(user: User) -> Any:
    """Owners to whom this user may hand work: everybody for those who see all, else their teams and themselves."""
    reach = reach_of(user)
    rows = Owner.objects.order_by("name", "pk")
    return rows if reach.level is Level.ALL else rows.filter(pk__in=reach.owners)


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class SnoozeForm(forms.Form):
    until = _day(_("Until"))
    reason = forms.CharField(label=_("Why it can wait"), max_length=240)

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"until": on + timedelta(days=7)})
        super().__init__(*args, **kwargs)
        self.on = on
        self.fields["until"].widget.attrs["min"] = (on + timedelta(days=1)).isoformat()

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if until <= self.on:
            raise forms.ValidationError(_("Choose a day after today."))
        return until


class ReassignForm(forms.Form):
    owner = forms.ModelChoiceField(label=_("To whom"), queryset=Owner.objects.none(), empty_label=_("Choose"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = assignable(user)  # type: ignore[attr-defined]


class AboutAccount(forms.Form):
    """The account is typed by name, or fixed by the page it is opened from."""

    account = forms.CharField(
        label=_("Account"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "account-names", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = accounts

    def clean_account(self) -> Any:
        typed = self.cleaned_data["account"].strip()
        found = list(self.accounts.filter(_names(typed)).order_by("pk")[:2])
        if not found:
            raise forms.ValidationError(_("There is no account of that name among yours."))
        if len(found) > 1:
            raise forms.ValidationError(_("Several accounts have that name; begin from the page of the one you mean."))
        return found[0]


def _names(typed: str) -> Q:
    """An account by its name, or by "#12" as the pages of accounts write it."""
    number = typed.removeprefix("#")
    if typed.startswith("#") and number.isdecimal() and len(number) < 19:
        return Q(pk=int(number))
    return Q(name__iexact=typed)


class TaskForm(AboutAccount):
    title = forms.CharField(label=_("What to do"), max_length=240)
    due_on = _day(_("By when"))
    owner = forms.ModelChoiceField(label=_("Who"), queryset=Owner.objects.none(), required=False, empty_label=_("Me"))
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = assignable(user)  # type: ignore[attr-defined]


def _people(account: Any) -> Any:
    """The people of an account that the form was allowed to name."""
    return Contact.objects.visible_to(System("an account that was chosen")).filter(
        account=account, left_on__isnull=True
    )


class MomentForm(AboutAccount):
    """With whom can be chosen where the page knows the account; else it is found by name among its people."""

    kind = forms.ChoiceField(label=_("What it was"), choices=ContactMoment.Kind.choices)
    contact = forms.CharField(
        label=_("With whom"),
        required=False,
        max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    happened_on = _day(_("When"))
    note = forms.CharField(
        label=_("What was said"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=8000
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["happened_on"].widget.attrs["max"] = today.isoformat()
        known = self.accounts.filter(_names(str(self.initial.get("account", ""))), pk__isnull=False).first()
        if known:
            people = [(f"#{p.pk}", f"{p}, {p.get_role_display()}") for p in _people(known).order_by("name")]
            self.fields["contact"].widget = forms.Select(choices=[("", _("Nobody in particular")), *people])

    def clean_happened_on(self) -> date:
        on: date = self.cleaned_data["happened_on"]
        if on > self.today:
            raise forms.ValidationError(_("A contact is one that took place; choose today or earlier."))
        return on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        typed, account = cleaned.get("contact", "").strip(), cleaned.get("account")
        cleaned["contact"] = None
        if typed and account:
            found = list(_people(account).filter(_names(typed))[:2])
            if len(found) == 1:
                cleaned["contact"] = found[0]
            else:
                self.add_error("contact", _("Nobody of that name is known at this account; leave it empty if need be."))
        return cleaned


class NoteForm(AboutAccount):
    text = forms.CharField(label=_("What was said or seen"), widget=forms.Textarea(attrs={"rows": 4}), max_length=8000)
    on = _day(_("On"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["on"].widget.attrs["max"] = today.isoformat()

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError(_("The journal holds what happened; choose today or earlier."))
        return on
