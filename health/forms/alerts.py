"""Forms around alerts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Owner, User
from playbooks.forms import assignable


class CloseForm(forms.Form):
    reason = forms.CharField(label=_("Why it can be closed"), max_length=240)


class AlertTaskForm(forms.Form):
    title = forms.CharField(label=_("What to do"), max_length=240)
    due_on = forms.DateField(label=_("By when"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    owner = forms.ModelChoiceField(label=_("Who"), queryset=Owner.objects.none(), required=False, empty_label=_("Me"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = assignable(user)  # type: ignore[attr-defined]
