"""The form that says what a figure should reach."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.metrics import Choice, Metric, dimensions
from core.metrics.aiming import NARROWEST_FIRST
from core.models import FigureAim
from core.targeting import Wanted
from dashboards.targets.words import meant, unit_words


class FigureTargetForm(forms.Form):
    """Of what, which way, how much, from when. A share is typed in per cent."""

    scope = forms.ChoiceField(label=_("Of what"), required=False)
    aim = forms.ChoiceField(label=_("It should be"), choices=FigureAim.choices)
    value = forms.DecimalField(label=_("How much"), required=False, max_digits=20, decimal_places=6, localize=True)
    watch_from = forms.DecimalField(
        label=_("Watched from"), required=False, max_digits=20, decimal_places=6, localize=True,
        help_text=_("What lies between this and the target is just short. Empty: a tenth of the target."),
    )  # fmt: skip
    period = forms.CharField(
        label=_("In which period"), required=False, max_length=10,
        help_text=_("A year (2026) or a quarter (2026-Q4). Empty: until another target is said."),
    )  # fmt: skip
    valid_from = forms.DateField(
        label=_("Counts from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(label=_("Why"), required=False, max_length=240)

    def __init__(
        self, *args: Any, metric: Metric, currency: str, on: date, offered: dict[str, list[Choice]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.metric = metric
        fields: Any = self.fields
        fields["scope"].choices = scope_choices(offered)
        fields["valid_from"].widget.attrs["min"] = on.isoformat()
        unit = unit_words(metric.unit, currency)
        if unit:
            for name in ("value", "watch_from"):
                fields[name].label = f"{fields[name].label}, {unit}"

    def wanted(self) -> Wanted:
        """What was said. Only after the form is valid."""
        said = self.cleaned_data
        dimension, _colon, member = said["scope"].partition(":")
        return Wanted(
            metric=self.metric.key,
            aim=said["aim"],
            value=meant(self.metric.unit, said["value"]),
            watch_from=meant(self.metric.unit, said["watch_from"]),
            dimension=dimension,
            member=member,
            period=said["period"].strip().upper(),
            note=said["note"],
        )


def scope_choices(offered: dict[str, list[Choice]]) -> list[Any]:
    """Everything, and the members of each dimension under its name."""
    labels = {d.key: d.label for d in dimensions()}
    found: list[Any] = [("", _("Everything"))] if "" in offered else []
    for key in NARROWEST_FIRST[::-1]:
        if offered.get(key):
            found.append((str(labels[key]), [(f"{key}:{c.value}", c.label) for c in offered[key]]))
    return found
