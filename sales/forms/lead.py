"""Forms of leads, of their sources, and of the profile of the ideal customer."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Owner, User
from core.policies import versions_of
from installed_base.models import Account, Product
from playbooks.forms import AboutAccount, assignable
from sales.actions.lead import FIELDS, Said
from sales.forms.handoff import day_field
from sales.forms.winning import money_field
from sales.models import Channel, DealKind, DropReason, Lead, LeadSource, TouchKind
from sales.queries.lead import accounts_called, takers
from sales.rules.icp import IcpPolicy

MOST_PEOPLE = 10_000_000


def _number(label: Any, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=MOST_PEOPLE, **options)


def _words(label: Any, most: int, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=most, **options)


def sources(user: User, standing: int | None = None) -> Any:
    """Sources that may be chosen: those in use, and the one that stands."""
    return LeadSource.objects.visible_to(user).filter(Q(is_active=True) | Q(pk=standing or 0)).order_by("name")


class LeadForm(forms.Form):
    """What is known of a lead. `first` are the fields that a phone shows at once."""

    first = ("company", "lead_source", "person", "phone", "email")

    company = forms.CharField(label=_("Company"), max_length=200)
    lead_source = forms.ModelChoiceField(
        label=_("Source"), queryset=LeadSource.objects.none(), required=False, empty_label=_("not known")
    )
    person = _words(_("Person"), 200)
    phone = _words(_("Telephone"), 40, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}))
    email = forms.EmailField(label=_("E-mail"), required=False)
    person_role = _words(_("What they do there"), 120)
    country = _words(_("Country"), 60)
    industry = _words(_("Industry"), 80)
    employees = _number(_("Employees"), help_text=_("Empty: nobody asked."))
    machines = _number(_("Machines they run"), help_text=_("Of any make. Empty: nobody asked."))
    interest = forms.ModelChoiceField(
        label=_("What they look at"), queryset=Product.objects.none(), required=False, empty_label=_("not known")
    )
    note = _words(_("Note"), 4000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, user: User, lead: Lead | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: dict[str, Any] = self.fields
        chosen["lead_source"].queryset = sources(user, lead.lead_source_id if lead else None)
        chosen["interest"].queryset = Product.objects.order_by("name", "pk")

    @property
    def said(self) -> Said:
        return Said(**{name: self.cleaned_data[name] for name in FIELDS})

    @property
    def quick(self) -> list[Any]:
        return [self[name] for name in self.first]

    @property
    def rest(self) -> list[Any]:
        return [field for field in self if field.name not in self.first and field.name != "all_the_same"]


class NewLeadForm(LeadForm):
    """The same, with whose it is, the day it came, and a box for a company that is open already."""

    owner = forms.ModelChoiceField(label=_("Owner"), queryset=Owner.objects.none(), required=False)
    created_on = day_field(_("Came on"), help_text=_("Today, if you leave it empty."))
    all_the_same = forms.BooleanField(label=_("This is another one"), required=False)

    def __init__(self, *args: Any, user: User, on: date, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        chosen: dict[str, Any] = self.fields
        chosen["owner"].queryset, chosen["owner"].empty_label = takers(), _("Me")
        chosen["created_on"].widget.attrs["max"] = on.isoformat()


class TouchForm(forms.Form):
    kind = forms.ChoiceField(label=_("What it was"), choices=TouchKind.choices)
    happened_on = day_field(_("When"), required=True)
    what = _words(_("What it was about"), 240)
    lead_source = forms.ModelChoiceField(
        label=_("Source"), queryset=LeadSource.objects.none(), required=False, empty_label="–",
        help_text=_("Where they met us: the fair, the paper, the campaign."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, on: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"happened_on": on, "kind": TouchKind.CALL})
        super().__init__(*args, **kwargs)
        chosen: dict[str, Any] = self.fields
        chosen["lead_source"].queryset = sources(user)
        chosen["happened_on"].widget.attrs["max"] = on.isoformat()


class DropForm(forms.Form):
    because = forms.ChoiceField(label=_("Why"), choices=[("", _("Choose")), *DropReason.choices])
    note = _words(_("In a few words"), 240)
    closed_on = day_field(_("On"), help_text=_("Today, if you leave it empty."))


class ReopenForm(forms.Form):
    reason = forms.CharField(label=_("Why it is opened again"), max_length=240)


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(label=_("To whom"), queryset=Owner.objects.none(), empty_label=_("Choose"))

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = takers().exclude(pk=lead.owner_id)  # type: ignore[attr-defined]


class ToDealerForm(AboutAccount):
    """The dealer who works a lead, and until when they report."""

    answer_by = day_field(_("They report by"), help_text=_("Empty: within the days that the policy gives them."))

    def __init__(self, *args: Any, on: date, known: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].label = _("Dealer or partner")
        if known:
            self.fields["account"].help_text = _("Those we know: %(names)s") % {"names": ", ".join(known)}
        self.fields["answer_by"].widget.attrs["min"] = on.isoformat()


class DealerOfDealForm(AboutAccount):
    """The dealer who works a deal, and until when they report; empty: we do it ourselves."""

    answer_by = day_field(_("They report by"), help_text=_("Empty: within the days that the policy gives them."))
    reason = forms.CharField(
        label=_("Why it changes"),
        max_length=240,
        required=False,
        help_text=_("Where another dealer had it; it stands in the history."),
    )

    def __init__(self, *args: Any, on: date, had: bool, seen: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer_by"].widget.attrs["min"] = on.isoformat()
        if not had:
            del self.fields["reason"]
        field = self.fields["account"]
        field.label, field.required = _("Dealer or partner"), False
        field.help_text = _("Empty: we work it ourselves.")
        if had and not seen:
            field.help_text = _("A dealer out of your reach has it; empty takes it back from them.")

    def clean_account(self) -> Any:
        return super().clean_account() if self.cleaned_data["account"].strip() else None


class TakeBackForm(forms.Form):
    reason = forms.CharField(label=_("Why we work it ourselves again"), max_length=240)


class DealReportForm(forms.Form):
    """What a dealer told us of a deal."""

    what = forms.CharField(label=_("What they told us"), max_length=240)
    happened_on = day_field(_("When"), required=True)
    next_by = day_field(_("The next report by"), help_text=_("Empty: within the days that the policy gives them."))

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"happened_on": on})
        super().__init__(*args, **kwargs)
        self.fields["happened_on"].widget.attrs["max"] = on.isoformat()


class ReportForm(DealReportForm):
    """What a dealer told us of a lead."""

    spoke = forms.BooleanField(label=_("They spoke with the customer"), required=False)
    field_order = ("what", "spoke", "happened_on", "next_by")


class UndoForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is a lead again"), max_length=240,
        help_text=_("The deal is taken away; its account and contact stay. That goes as long as nobody worked on it."),
    )  # fmt: skip


class LinkForm(AboutAccount):
    """The account in the base that a lead is."""


class ConvertForm(forms.Form):
    """The deal: at the account that is named, else at a new one under that name."""

    account = forms.CharField(
        label=_("Account"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "account-names", "autocomplete": "off"}),
        help_text=_("One of yours by its name; a name that is not there yet becomes a new account."),
    )
    name = forms.CharField(label=_("Name of the opportunity"), max_length=240)
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("New customer, or win-back where they paid before")), *DealKind.choices],
        help_text=_("For a customer of today: choose what grows there."),
    )
    value = money_field(_("Value"), help_text=_("Leave it empty while nobody knows."))
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=Owner.objects.none(), required=False, empty_label=_("Me"))

    def __init__(self, *args: Any, user: User, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.lead = user, lead
        self.at: Account | None = None
        self.company = ""
        self.fields["owner"].queryset = assignable(user)  # type: ignore[attr-defined]
        if lead.account_id is None and accounts_called(lead.company, user):
            self.fields["another"] = forms.BooleanField(
                label=_("This is another company than the one in the base"), required=False
            )

    def clean_account(self) -> str:
        typed: str = self.cleaned_data["account"].strip()
        if self.lead.account is not None and typed.casefold() == self.lead.account.name.casefold():
            self.at = self.lead.account
            return typed
        seen = Account.objects.visible_to(self.user).filter(merged_into__isnull=True, name__iexact=typed)
        found = list(seen.order_by("pk")[:2])
        if len(found) > 1:
            raise forms.ValidationError(_("Several accounts have that name; link the lead to the one you mean first."))
        self.at, self.company = (found[0], "") if found else (None, typed)
        return typed


class SourceForm(forms.Form):
    """A source; its account only where it is a dealer or partner."""

    name = forms.CharField(label=_("Name"), max_length=120)
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    account = forms.CharField(
        label=_("Account of the dealer"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"list": "account-names", "autocomplete": "off"}),
        help_text=_("For a dealer or partner who stands in the base."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_account(self) -> Account | None:
        typed = self.cleaned_data["account"].strip()
        if not typed:
            return None
        rows = Account.objects.visible_to(self.user).filter(merged_into__isnull=True, name__iexact=typed)
        found = list(rows.order_by("pk")[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("There is not exactly one account of that name; write it as the base does."))
        return found[0]


class SourceChangeForm(SourceForm):
    is_active = forms.BooleanField(
        label=_("In use"), required=False, help_text=_("One that is not in use is no longer offered; its leads stay.")
    )


def _lines(values: Iterable[str]) -> str:
    return "\n".join(values)


def _names(text: str) -> tuple[str, ...]:
    """Names by line or comma, each once, in the order in which they were typed."""
    found: dict[str, str] = {}
    for name in re.split(r"[\n,;]", text):
        if name.strip():
            found.setdefault(name.strip().casefold(), name.strip())
    return tuple(found.values())


class ProfileForm(forms.Form):
    """The profile of the ideal customer, to be tried. What is empty is not asked."""

    countries = _words(
        _("Countries"), 4000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line, written as on the leads. Empty: any country."),
    )  # fmt: skip
    industries = _words(
        _("Industries"), 4000, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("One a line. Empty: any industry.")
    )
    employees_from = _number(_("Employees, from"))
    employees_to = _number(_("Employees, up to"))
    machines_from = _number(_("Machines they run, from"))

    def __init__(self, *args: Any, policy: IcpPolicy, **kwargs: Any) -> None:
        self.policy = policy
        kwargs["initial"] = {
            "countries": _lines(policy.countries),
            "industries": _lines(policy.industries),
            "employees_from": policy.employees_from,
            "employees_to": policy.employees_to,
            "machines_from": policy.machines_from,
        }
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        low, high = said.get("employees_from"), said.get("employees_to")
        if low is not None and high is not None and high < low:
            self.add_error("employees_to", _("This lies below the number from which they count: nobody would fit."))
        return said

    def chosen(self) -> IcpPolicy:
        """The profile that was typed."""
        said = self.cleaned_data
        numbers = {name: said[name] for name in ("employees_from", "employees_to", "machines_from")}
        return IcpPolicy(countries=_names(said["countries"]), industries=_names(said["industries"]), **numbers)


class PublishProfileForm(ProfileForm):
    """The same, with the first day on which it counts."""

    valid_from = day_field(
        _("Counts from"), required=True, help_text=_("Figures before that day keep the profile that counted then.")
    )

    def __init__(self, *args: Any, policy: IcpPolicy, on: date, **kwargs: Any) -> None:
        super().__init__(*args, policy=policy, **kwargs)
        self.first = max(on, versions_of(IcpPolicy)[-1].valid_from) + timedelta(days=1)
        field = self.fields["valid_from"]
        field.initial, field.widget.attrs["min"] = self.first, self.first.isoformat()

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if day < self.first:
            words = _("Choose %(day)s or later: a profile never changes what has been.")
            raise forms.ValidationError(words, params={"day": self.first.isoformat()})
        return day
