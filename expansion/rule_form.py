"""The values of a rule as a form, made from its policy: tried in a preview, or published from a day on."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_type_hints

from django import forms
from django.utils.translation import gettext_lazy as _

from core.policies import Version, versions_of
from expansion.rule_words import FIELDS

# A value of nothing makes sense for days before, after and of grace alone.
MAY_BE_ZERO = ("ahead_days", "after_days", "grace_days", "least_days", "least_value", "conversation_months_before_end")
MOST = 10_000


class RuleForm(forms.Form):
    """A field per value of the policy; values that are no single number stay as they are."""

    active = forms.BooleanField(label=_("The rule is on"), required=False)

    def __init__(self, *args: Any, policy: Any, **kwargs: Any) -> None:
        self.policy = policy
        hints = get_type_hints(type(policy))
        self.values = [name for name in type(policy).__dataclass_fields__ if hints[name] in (int, Decimal)]
        initial = {name: getattr(policy, name) for name in (*self.values, "active")}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        for name in self.values:
            self.fields[name] = _field(name, whole=hints[name] is int)

    def chosen(self) -> Any:
        """The policy with the values that were typed."""
        return replace(self.policy, **{name: self.cleaned_data[name] for name in (*self.values, "active")})


def _field(name: str, *, whole: bool) -> forms.Field:
    least = 0 if name in MAY_BE_ZERO else 1
    if whole:
        return forms.IntegerField(label=FIELDS[name], min_value=least, max_value=MOST)
    return forms.DecimalField(
        label=FIELDS[name], min_value=least, max_value=10 * MOST * MOST, max_digits=12, decimal_places=2, localize=True
    )


class PublishForm(RuleForm):
    """The same, with the first day on which it counts: a day that has not begun, later than the last version's."""

    valid_from = forms.DateField(
        label=_("Counts from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("What fell due before that day stays as it was."),
    )

    def __init__(self, *args: Any, policy: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, policy=policy, **kwargs)
        last: Version[Any] = versions_of(type(policy))[-1]
        self.first = max(on, last.valid_from) + timedelta(days=1)
        self.fields["valid_from"].initial = self.first
        self.fields["valid_from"].widget.attrs["min"] = self.first.isoformat()
        self.order_fields(["active", *self.values, "valid_from"])

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if day < self.first:
            words = _("Choose %(day)s or later: a rule never changes what has been.")
            raise forms.ValidationError(words, params={"day": self.first.isoformat()})
        return day
