"""The form behind a survey's link, and the ones of those who send and follow up."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from health.actions.answering import LONGEST
from health.models import Invitation

NO_SCORE = _("Choose a score first, then send it.")


class SurveyForm(forms.Form):
    """A score out of the scale of the invitation, and a few words if they like."""

    score = forms.TypedChoiceField(
        coerce=int, widget=forms.RadioSelect, error_messages={"required": NO_SCORE, "invalid_choice": NO_SCORE}
    )
    comment = forms.CharField(
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"max_length": _("That is more than we can keep. Make it shorter.")},
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        steps = range(invitation.scale_from, invitation.scale_to + 1)
        self.fields["score"].choices = [(step, str(step)) for step in steps]  # type: ignore[attr-defined]


class FollowUpForm(forms.Form):
    text = forms.CharField(label=_("What was said or done"), widget=forms.Textarea(attrs={"rows": 4}), max_length=8000)
