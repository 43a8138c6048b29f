"""Forms of a review and of what is agreed in it."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Owner, Team, User
from core.reach import Level, reach_of
from playbooks.forms import assignable
from playbooks.models import Review


class ReviewForm(forms.Form):
    """Which review; of everything only for who sees everything."""

    kind = forms.ChoiceField(label=_("Which review"), choices=Review.Kind.choices)
    team = forms.ModelChoiceField(label=_("Of whom"), queryset=Team.objects.none(), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = reach_of(user).level is Level.ALL
        teams = Team.objects.order_by("name")
        field: Any = self.fields["team"]
        field.queryset = teams if everything else teams.filter(owner__in=reach_of(user).owners)
        field.empty_label = _("Everything") if everything else None
        field.required = not everything


class NotesForm(forms.Form):
    notes = forms.CharField(
        label=_("What was said"), required=False, max_length=20000, widget=forms.Textarea(attrs={"rows": 6})
    )


class StepForm(forms.Form):
    """What is agreed: what, who, by when; on a review also about which figure."""

    title = forms.CharField(label=_("What was agreed"), max_length=240)
    owner = forms.ModelChoiceField(label=_("Who"), queryset=Owner.objects.none(), required=False, empty_label=_("Me"))
    due_on = forms.DateField(label=_("By when"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    metric = forms.ChoiceField(label=_("About which figure"))

    def __init__(self, *args: Any, user: User, on: date, metrics: list[tuple[str, Any]], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"due_on": on + timedelta(days=14)})
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = assignable(user)
        self.fields["due_on"].widget.attrs["min"] = on.isoformat()
        metric: Any = self.fields["metric"]
        metric.choices = metrics
        if len(metrics) == 1:
            metric.widget = forms.HiddenInput()
            metric.initial = metrics[0][0]
