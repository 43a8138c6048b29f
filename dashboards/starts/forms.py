"""Forms around the start of a machine."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.scope import System
from installed_base.models import Asset, Contact, ContactMoment, Promise, Training
from installed_base.rules.returns import Inputs

_CHOSEN = System("a machine that was chosen")


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


def _figure(label: Any, hint: Any = "", *, least: int | None = 0, required: bool = False) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=hint,
        required=required,
        min_value=None if least is None else Decimal(least),
        max_value=Decimal(10) ** 9,
        decimal_places=3,
    )


def _people(asset: Asset) -> list[tuple[str, str]]:
    """Those who are there, by name and role."""
    rows = Contact.objects.visible_to(_CHOSEN).filter(account_id=asset.account_id, left_on__isnull=True)
    return [(str(row.pk), f"{row}, {row.get_role_display()}") for row in rows.order_by("name", "pk")]


class DayForm(forms.Form):
    """One day that has come."""

    on = _day(_("On"))

    def __init__(self, *args: Any, today: date, label: Any = "", **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"on": today})
        super().__init__(*args, **kwargs)
        if label:
            self.fields["on"].label = label
        self.fields["on"].widget.attrs["max"] = today.isoformat()


class CheckInForm(forms.Form):
    kind = forms.ChoiceField(label=_("What it was"), choices=ContactMoment.Kind.choices)
    contact = forms.ChoiceField(label=_("With whom"), required=False)
    happened_on = _day(_("When"))
    note = forms.CharField(
        label=_("What was said"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=8000
    )

    def __init__(self, *args: Any, asset: Asset, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"happened_on": today, "kind": ContactMoment.Kind.CALL})
        super().__init__(*args, **kwargs)
        self.fields["happened_on"].widget.attrs["max"] = today.isoformat()
        self.fields["contact"].choices = [("", _("Nobody in particular")), *_people(asset)]  # type: ignore[attr-defined]

    @property
    def said(self) -> dict[str, Any]:
        """What the action takes."""
        said = dict(self.cleaned_data)
        chosen = said.pop("contact")
        said["contact"] = Contact.objects.visible_to(_CHOSEN).get(pk=int(chosen)) if chosen else None
        return said


class PromiseForm(forms.Form):
    kind = forms.ChoiceField(label=_("What kind"), choices=Promise.Kind.choices)
    text = forms.CharField(label=_("What was promised"), max_length=240)
    direction = forms.ChoiceField(label=_("At least or at most"), choices=Promise.Direction.choices)
    promised = _figure(_("The figure"), _("Empty where words alone were given."), least=None)
    unit = forms.CharField(label=_("Unit"), max_length=40, required=False)
    origin = forms.ChoiceField(
        label=_("Where it was said"), required=False, choices=[("", _("not known")), *Promise.Origin.choices]
    )
    promised_on = _day(_("Promised on"))
    due_on = _day(_("Due on"), required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"promised_on": today})
        super().__init__(*args, **kwargs)
        self.fields["promised_on"].widget.attrs["max"] = today.isoformat()


class MeasureForm(DayForm):
    value = _figure(_("Measured"), least=None, required=True)
    field_order = ("value", "on")


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why it is let go"), max_length=240)


class TrainingForm(forms.Form):
    contact = forms.ChoiceField(label=_("Who"), required=False)
    people = forms.IntegerField(
        label=_("How many"), required=False, min_value=1, max_value=500, help_text=_("Where you know no names.")
    )
    kind = forms.ChoiceField(label=_("In what"), choices=Training.Kind.choices)
    planned_on = _day(_("Planned for"), required=False)

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].choices = [("", _("Several, without names")), *_people(asset)]  # type: ignore[attr-defined]

    @property
    def said(self) -> dict[str, Any]:
        """What the action takes."""
        said = dict(self.cleaned_data)
        chosen = said["contact"]
        said["contact"] = Contact.objects.visible_to(_CHOSEN).get(pk=int(chosen)) if chosen else None
        said["people"] = said["people"] or 1
        return said


class TrainedForm(DayForm):
    """Of several without names, how many."""

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if most > 1:
            self.fields["people"] = forms.IntegerField(
                label=_("How many of them"), min_value=1, max_value=most, initial=most
            )


_PER_WEEK = _("A week.")


class CalculatorForm(forms.Form):
    """Before and after, in the customer's own figures (AD-14). What is left empty leaves out its part."""

    hours_before = _figure(_("Hours of operators before"), _PER_WEEK)
    hours_after = _figure(_("Hours of operators after"), _PER_WEEK)
    cost_hour = _figure(_("Cost of an hour"), _("In the reporting currency."))
    output_before = _figure(_("Good output before"), _PER_WEEK)
    output_after = _figure(_("Good output after"), _PER_WEEK)
    margin_unit = _figure(_("Margin of a unit"))
    scrap_before = _figure(_("Scrap before, %"))
    scrap_after = _figure(_("Scrap after, %"))
    cost_unit = _figure(_("Cost of a unit that is scrapped"))
    price = _figure(_("Price of the machine"))
    weeks = _figure(_("Weeks a year"))

    GROUPS = (
        (_("Labour"), ("hours_before", "hours_after", "cost_hour")),
        (_("Output"), ("output_before", "output_after", "margin_unit")),
        (_("Scrap"), ("scrap_before", "scrap_after", "cost_unit")),
        (_("Payback"), ("price", "weeks")),
    )

    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The fields as they stand together."""
        return [(name, [self[field] for field in names]) for name, names in self.GROUPS]

    @property
    def inputs(self) -> Inputs:
        """What the calculator is asked."""
        return Inputs(**{name: value for name, value in self._figures().items() if value is not None})

    def _figures(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) for _group, names in self.GROUPS for name in names}


class ResultForm(CalculatorForm):
    goal = forms.CharField(label=_("The result that is promised"), max_length=240)
    unit = forms.CharField(label=_("Unit"), max_length=40, required=False)
    before = _figure(_("Before"), least=None)
    promised = _figure(_("Promised"), least=None)
    agreed_on = _day(_("Agreed on"))
    realised = _figure(_("Realised"), least=None)
    realised_on = _day(_("Realised on"), required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("agreed_on", "realised_on"):
            self.fields[name].widget.attrs["max"] = today.isoformat()

    def result(self) -> list[Any]:
        names = ("goal", "unit", "before", "promised", "agreed_on", "realised", "realised_on")
        return [self[name] for name in names]

    @property
    def agreed(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("goal", "unit", "before", "promised", "agreed_on")}
