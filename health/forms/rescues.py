"""Forms of a rescue: root cause, sponsor, an action of the plan, the end."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Owner, Role, User
from health.models import Cause, Rescue
from playbooks.forms import assignable

NOTHING = [("", _("Choose"))]
# Who may stand behind a rescue with a name that counts at the customer.
SPONSORS = (Role.EXECUTIVE, Role.TEAM_LEAD)


def sponsors() -> Any:
    """Our people who can be an executive sponsor."""
    return User.objects.filter(role__in=SPONSORS, is_active=True).order_by("first_name", "last_name", "pk")


class CauseForm(forms.Form):
    cause = forms.ChoiceField(label=_("What is at the root of it"), choices=[*NOTHING, *Cause.choices])
    note = forms.CharField(
        label=_("In your own words"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )


class SponsorForm(forms.Form):
    sponsor = forms.ModelChoiceField(
        label=_("Who of our board"), queryset=User.objects.none(), required=False, empty_label=_("Nobody yet")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sponsor"].queryset = sponsors()  # type: ignore[attr-defined]
        self.fields["sponsor"].label_from_instance = lambda user: user.shown_name  # type: ignore[attr-defined]


class ActionForm(forms.Form):
    title = forms.CharField(label=_("What to do"), max_length=240)
    due_on = forms.DateField(label=_("By when"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    owner = forms.ModelChoiceField(label=_("Who"), queryset=Owner.objects.none(), required=False, empty_label=_("Me"))

    def __init__(self, *args: Any, user: User, on: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"due_on": on + timedelta(days=7)})
        super().__init__(*args, **kwargs)
        self.on = on
        self.fields["owner"].queryset = assignable(user)  # type: ignore[attr-defined]
        self.fields["due_on"].widget.attrs["min"] = on.isoformat()

    def clean_due_on(self) -> date:
        day: date = self.cleaned_data["due_on"]
        if day < self.on:
            raise forms.ValidationError(_("An action lies ahead; choose today or a later day."))
        return day


class EndForm(forms.Form):
    """How it ended. Recovered is offered only where the account is not red."""

    outcome = forms.ChoiceField(label=_("How it ended"), choices=[])
    reason = forms.ChoiceField(label=_("Why they leave"), choices=[*NOTHING, *Cause.choices], required=False)
    note = forms.CharField(
        label=_("What we learn from it"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, red: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lost = (Rescue.Outcome.LOST.value, _("We accept that they leave"))
        recovered = (Rescue.Outcome.RECOVERED.value, Rescue.Outcome.RECOVERED.label)
        self.fields["outcome"].choices = [lost] if red else [recovered, lost]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("outcome") == Rescue.Outcome.LOST and not said.get("reason"):
            self.add_error("reason", _("Say why they leave."))
        return said
