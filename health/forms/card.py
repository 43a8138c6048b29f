"""The score card as a form: weights and curves in the units people think in, shares as percentages."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from health.rules.measure import Curve, Dimension, Measure
from health.rules.own_card import OwnCard
from health.rules.policy import HealthPolicy
from health.words import Unit, card_name, dimension_name, wording

HUNDRED = Decimal(100)
# Room for corners to be added to a curve.
SPARE, MOST = 1, 12
CUTS = ("green", "yellow", "min_coverage", "days_to_rise", "days_to_fall", "ramp_up_days")
_LABELS = {
    "green": gettext_lazy("Green begins at"),
    "yellow": gettext_lazy("Yellow begins at"),
    "min_coverage": gettext_lazy("Known at least, %"),
    "days_to_rise": gettext_lazy("Days before a better tier counts"),
    "days_to_fall": gettext_lazy("Days before a worse tier counts"),
    "ramp_up_days": gettext_lazy("Days of ramp-up"),
}


def scale_of(measure: Measure) -> Decimal:
    """What a value is multiplied by on the form: shares stand as percentages."""
    return HUNDRED if wording(measure.key).unit is Unit.SHARE else Decimal(1)


def plain(value: Decimal) -> str:
    """A number as it is typed."""
    return f"{value.normalize():f}" if value else "0"


class CardForm(forms.Form):
    """Every weight, corner and cut of a policy. What cannot be read as a number has its sentence; whether the whole is
    right is asked of the policy it makes."""

    use_required_attribute = False

    def __init__(self, *args: Any, policy: HealthPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.start = policy
        for dimension in policy.dimensions:
            self._number(f"w.{dimension.key}", dimension_name(dimension.key), dimension.weight * HUNDRED)
        for measure in policy.measures:
            self._measure(measure)
        for name in CUTS:
            value = Decimal(getattr(policy, name))
            self._number(name, _LABELS[name], value * HUNDRED if name == "min_coverage" else value)
        for card in policy.cards:
            shares = {d.key: d.weight for d in card.dimensions}
            for dimension in policy.dimensions:
                label = f"{card_name(card.key)}, {dimension_name(dimension.key)}"
                share = shares.get(dimension.key, Decimal(0)) * HUNDRED
                self._number(f"c.{card.key}.{dimension.key}", label, share)

    def _measure(self, measure: Measure) -> None:
        name, scale = str(wording(measure.key).name), scale_of(measure)
        self._number(f"m.{measure.key}", _("%(name)s, weight in %%") % {"name": name}, measure.weight * HUNDRED)
        for number in range(self.corners_of(measure)):
            value, points = measure.curve[number] if number < len(measure.curve) else (None, None)
            said = {"name": name, "number": number + 1}
            value = None if value is None else value * scale
            for axis, label, corner in (
                ("x", _("%(name)s, value of corner %(number)s"), value),
                ("y", _("%(name)s, points of corner %(number)s"), points),
            ):
                self._number(f"{axis}.{measure.key}.{number}", label % said, corner, required=False)

    def corners_of(self, measure: Measure) -> int:
        """As many corners as were sent, or as the curve has and one to add."""
        sent = next((n for n in range(MOST) if f"x.{measure.key}.{n}" not in self.data), MOST)
        return max(sent, len(measure.curve) + SPARE)

    def _number(self, name: str, label: Any, value: Decimal | None, *, required: bool = True) -> None:
        widget = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal", "autocomplete": "off"})
        self.fields[name] = forms.DecimalField(
            label=label, required=required, widget=widget, initial=None if value is None else plain(value),
            min_value=Decimal(-1_000_000), max_value=Decimal(1_000_000), decimal_places=6,
        )  # fmt: skip

    def policy(self) -> HealthPolicy:
        """The policy that was typed. A corner without value or points is none."""
        said = self.cleaned_data
        return replace(
            self.start,
            dimensions=tuple(replace(d, weight=self._share(f"w.{d.key}")) for d in self.start.dimensions),
            measures=tuple(
                replace(m, weight=self._share(f"m.{m.key}"), curve=self._curve(m)) for m in self.start.measures
            ),
            cards=tuple(self._card(card) for card in self.start.cards),
            green=said["green"] or Decimal(0),
            yellow=said["yellow"] or Decimal(0),
            min_coverage=self._share("min_coverage"),
            **self._days(),
        )

    def _days(self) -> dict[str, Any]:
        return {name: int(self.cleaned_data[name] or 0) for name in CUTS[3:]}

    def _share(self, name: str) -> Decimal:
        return (self.cleaned_data[name] or Decimal(0)) / HUNDRED

    def _curve(self, measure: Measure) -> Curve:
        scale, said = scale_of(measure), self.cleaned_data
        corners = [
            (said[f"x.{measure.key}.{n}"], said[f"y.{measure.key}.{n}"]) for n in range(self.corners_of(measure))
        ]
        return tuple((x / scale, y) for x, y in corners if x is not None and y is not None)

    def _card(self, card: OwnCard) -> OwnCard:
        shares = [(d.key, self._share(f"c.{card.key}.{d.key}")) for d in self.start.dimensions]
        return replace(card, dimensions=tuple(Dimension(key, share) for key, share in shares if share))

    def sides(self) -> Iterator[tuple[Dimension, BoundField, list["Bent"]]]:
        """Each dimension with its weight, and its measures with theirs and their corners."""
        for dimension, measures in self.start.parts:
            yield dimension, self[f"w.{dimension.key}"], [Bent(self, m) for m in measures]

    def cuts(self) -> list[BoundField]:
        return [self[name] for name in CUTS]

    def cards(self) -> Iterator[tuple[OwnCard, list[BoundField]]]:
        for card in self.start.cards:
            yield card, [self[f"c.{card.key}.{d.key}"] for d in self.start.dimensions]


class Bent:
    """A measure on the form: its weight and the corners of its curve."""

    def __init__(self, form: CardForm, measure: Measure) -> None:
        self.measure = measure
        self.weight = form[f"m.{measure.key}"]
        self.corners = [
            (form[f"x.{measure.key}.{n}"], form[f"y.{measure.key}.{n}"]) for n in range(form.corners_of(measure))
        ]
