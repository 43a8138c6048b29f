"""The form that orders a page by mail, and the one that changes it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import PageSubscription, User
from core.subscribing import may_send

Rhythm, Weekday = PageSubscription.Rhythm, PageSubscription.Weekday


class RhythmForm(forms.Form):
    """How often, and on which day where that has to be said."""

    rhythm = forms.ChoiceField(label=_("How often"), choices=Rhythm.choices, initial=Rhythm.WEEKLY)
    weekday = forms.TypedChoiceField(
        label=_("On which day"),
        choices=Weekday.choices,
        coerce=int,
        empty_value=None,
        required=False,
        initial=Weekday.MONDAY,
        help_text=_("For a page that comes once a week."),
    )

    def clean(self) -> dict[str, Any]:
        """A day of the week says nothing about another rhythm."""
        said = super().clean() or {}
        if said.get("rhythm") != Rhythm.WEEKLY:
            said["weekday"] = None
        return said


class SubscribeForm(RhythmForm):
    """For oneself; leads, executives and administrators choose who receives it."""

    receivers = forms.ModelMultipleChoiceField(
        label=_("To whom"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "check"}),
        help_text=_("Each receives what they themselves may see, in their own language."),
        error_messages={"required": _("Say who is to receive it.")},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["receivers"]
        if may_send(user):
            field.queryset = (
                User.objects.filter(is_active=True).exclude(email="").order_by("first_name", "last_name", "pk")
            )
            field.label_from_instance = _named
            field.initial = [user.pk]
        else:
            del self.fields["receivers"]


def _named(user: User) -> str:
    return f"{user.shown_name}, {user.get_role_display()}"
