"""What people say about renewals, checked and turned into the words of the actions."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.models import Owner, Team, User
from installed_base.actions.terms import Offer
from installed_base.models import Level, Term
from installed_base.models.contracts import ON_PURPOSE, EndReason
from renewals.actions.working import Work, assignable_owners
from renewals.models import ForecastCategory, Renewal, Stage

BULK_LIMIT = 500


def _day(**attrs: str) -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **attrs})


class WorkForm(forms.Form):
    """Stage and next step of one renewal, with the version that was read."""

    stage = forms.ChoiceField(label=_("Stage"), choices=Stage.choices)
    next_step = forms.CharField(
        label=_("Next step"),
        max_length=240,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("No next step yet. Write one")}),
    )
    next_step_on = forms.DateField(label=_("On"), required=False, widget=_day())
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("next_step_on") and not said.get("next_step", "").strip():
            self.add_error("next_step", _("Write the step that belongs to this date."))
        return said

    @classmethod
    def of(cls, renewal: Renewal) -> "WorkForm":
        fields = ("stage", "next_step", "next_step_on", "version")
        return cls(initial={name: getattr(renewal, name) for name in fields})

    @property
    def work(self) -> Work:
        said = self.cleaned_data
        return Work(said["stage"], said["next_step"], said["next_step_on"])


class ForecastForm(forms.Form):
    """What a person expects of one renewal, with the version that was read; no category says nothing."""

    category = forms.ChoiceField(
        label=_("How sure"), choices=[("", _("No forecast")), *ForecastCategory.choices], required=False
    )
    annual = forms.DecimalField(
        label=_("Comes back, a year"), required=False, min_value=Decimal(0), max_digits=14, decimal_places=2
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("category") and said.get("annual") is None and "annual" not in self.errors:
            self.add_error("annual", _("Write the amount that you expect, in whole euros or cents."))
        return said

    @classmethod
    def of(cls, renewal: Renewal) -> "ForecastForm":
        stands = getattr(renewal, "forecast", None)
        said = {"category": stands.category, "annual": stands.annual_reporting} if stands else {}
        return cls(initial=said | {"version": renewal.version})


class OwnerChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Owner) -> str:
        return gettext("%(name)s (pool)") % {"name": obj.name} if obj.is_pool else obj.name


class AssignForm(forms.Form):
    owner = OwnerChoice(label=_("Owner"), queryset=Owner.objects.none(), empty_label=_("Choose a person or a pool"))

    def __init__(self, *args: Any, user: User, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = assignable_owners(user)  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    next_step_on = forms.DateField(label=_("New date of the next step"), widget=_day())

    def __init__(self, *args: Any, user: User, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class SnoozeForm(forms.Form):
    until = forms.DateField(label=_("Until"), widget=_day())
    reason = forms.CharField(
        label=_("Why it can wait"),
        max_length=240,
        help_text=_("It comes back on that day. Until then it stands behind the chip Snoozed."),
    )

    def __init__(self, *args: Any, user: User, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if until <= self.on:
            raise forms.ValidationError(_("Choose a day after today."))
        return until


class RenewedForm(forms.Form):
    """The next term. `shown` holds the dates and price that the person saw before signing; where a quote was accepted
    (`quoted`), it says the terms and this form only signs them."""

    months = forms.IntegerField(label=_("Length in months"), min_value=1, max_value=240)
    annual_value = forms.DecimalField(
        label=_("Annual value"), required=False, min_value=Decimal(0), max_digits=14, decimal_places=2
    )
    level = forms.ModelChoiceField(
        label=_("Level"), queryset=Level.objects.order_by("rung"), required=False, empty_label=_("No level")
    )
    signed_on = forms.DateField(label=_("Signed on"), widget=_day())
    planned = forms.BooleanField(label=_("Write the invoice schedule"), required=False)
    note = forms.CharField(label=_("What was agreed"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    version = forms.IntegerField(widget=forms.HiddenInput)
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, term: Term, on: date, quoted: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on, self.quoted = on, quoted
        if term.annual_value is None:
            self.fields["annual_value"].help_text = _("Not known today.")
        for name in ("months", "annual_value", "level") if quoted else ():
            del self.fields[name]
        if not quoted and not Level.objects.exists():
            del self.fields["level"]

    def clean_signed_on(self) -> date:
        signed_on: date = self.cleaned_data["signed_on"]
        if signed_on > self.on:
            raise forms.ValidationError(_("The day of signature lies in the future."))
        return signed_on

    @property
    def offer(self) -> Offer | None:
        """What was typed; None where the accepted quote says it."""
        said = self.cleaned_data
        level = said.get("level")
        return (
            None
            if self.quoted
            else Offer(said["months"], said["annual_value"], level.pk if level else None, said["planned"])
        )


class LostForm(forms.Form):
    reason = forms.ChoiceField(label=_("Reason"), choices=[("", _("Reason, from the list")), *EndReason.choices])
    note = forms.CharField(label=_("What did they say?"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000)
    version = forms.IntegerField(widget=forms.HiddenInput)


class LetGoForm(forms.Form):
    """Not renewed on purpose: why, since when it is agreed, and a note."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("Reason, from the list")), *((r.value, r.label) for r in ON_PURPOSE)]
    )
    agreed_on = forms.DateField(label=_("Agreed on"), widget=_day())
    note = forms.CharField(label=_("What was agreed"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on

    def clean_agreed_on(self) -> date:
        agreed_on: date = self.cleaned_data["agreed_on"]
        if agreed_on > self.on:
            raise forms.ValidationError(_("The day on which it was agreed lies in the future."))
        return agreed_on


class NoteForm(forms.Form):
    text = forms.CharField(label=_("What was said"), widget=forms.Textarea(attrs={"rows": 3}), max_length=8000)


class PickForm(forms.Form):
    """The rows that were chosen in the list, by id; anything that is no number makes the choice invalid."""

    pick = forms.TypedMultipleChoiceField(coerce=int)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        asked = data.getlist("pick")[: BULK_LIMIT + 1]
        self.fields["pick"].choices = [(p, p) for p in asked if p.isdecimal() and len(p) < 19]  # type: ignore[attr-defined]

    @property
    def ids(self) -> list[int]:
        """The chosen ids; none where nothing, too much or nonsense was chosen."""
        if not self.is_valid() or len(self.cleaned_data["pick"]) > BULK_LIMIT:
            return []
        return sorted(set(self.cleaned_data["pick"]))


class ViewForm(forms.Form):
    """A name for the filters in the address, and who else opens them."""

    name = forms.CharField(label=_("Name of the view"), max_length=60)
    team = forms.TypedChoiceField(label=_("Who sees it"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, teams: list[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = {team.pk: team for team in teams}
        shared = [(pk, gettext("Everybody in %(team)s") % {"team": team.name}) for pk, team in self.teams.items()]
        self.fields["team"].choices = [("", _("Only you")), *shared]  # type: ignore[attr-defined]
        self.fields["team"].help_text = _("A shared view keeps the filters. Everybody sees their own renewals in it.")

    @property
    def said(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {"name": said["name"], "team": self.teams[said["team"]] if said["team"] else None}
