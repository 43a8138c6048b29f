"""Forms of segments: one chosen by hand, and the strategic mark."""

from django import forms
from django.utils.translation import gettext_lazy as _

from installed_base.models.accounts import Segment


class SegmentForm(forms.Form):
    segment = forms.ChoiceField(label=_("Segment"), choices=Segment.choices)
    reason = forms.CharField(label=_("Why it fits better than the rule"), max_length=240)


class StrategicForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is strategic"),
        max_length=240,
        help_text=_("A reference, a key industry, a door to a group."),
    )
