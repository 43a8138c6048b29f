"""What a person offers, checked and turned into the words of the actions: terms of the contract, machine by machine."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from installed_base.models import Coverage, Level
from installed_base.models.contracts import EndReason
from renewals.actions.pricing import Asked, Index, LineAsk
from renewals.models import UpliftBasis
from renewals.rules.offer import LONGEST

PRICE: dict[str, Any] = {"required": False, "min_value": Decimal(0), "max_digits": 14, "decimal_places": 2}
INDEX: dict[str, Any] = {"required": False, "min_value": Decimal("0.0001"), "max_digits": 12, "decimal_places": 4}
SHARE = Decimal("0.01")


class QuoteForm(forms.Form):
    """The offer, with one choice and one price per machine. `read` is the version that stood when the page was read."""

    months = forms.IntegerField(label=_("Length in months"), min_value=1, max_value=LONGEST)
    level = forms.ModelChoiceField(
        label=_("Level"), queryset=Level.objects.order_by("rung"), required=False, empty_label=_("No level")
    )
    basis = forms.ChoiceField(label=_("Price follows"), choices=UpliftBasis.choices)
    uplift = forms.DecimalField(
        label=_("Uplift, %"),
        required=False,
        min_value=Decimal(-100),
        max_value=Decimal(1000),
        max_digits=8,
        decimal_places=4,
    )
    index_name = forms.CharField(label=_("Index"), required=False, max_length=120)
    index_from = forms.DecimalField(label=_("Figure then"), **INDEX)
    index_to = forms.DecimalField(label=_("Figure now"), **INDEX)
    annual = forms.DecimalField(
        label=_("Agreed price of a year"),
        help_text=_("Empty: the price follows from the uplift and the machines."),
        **PRICE,
    )
    valid_until = forms.DateField(
        label=_("Valid until"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    note = forms.CharField(
        label=_("Words to the customer"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    read = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, lines: Iterable[Coverage], levels: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        keep = [("", _("Keep")), (_("Drop, because"), list(EndReason.choices))]
        for line in self.lines:
            self.fields[f"drop-{line.pk}"] = forms.ChoiceField(label=str(line.asset), choices=keep, required=False)
            self.fields[f"price-{line.pk}"] = forms.DecimalField(label=str(line.asset), **PRICE)
        if not levels:
            del self.fields["level"]

    @classmethod
    def initial_of(cls, asked: Asked, read: int | None) -> dict[str, Any]:
        """What the fields hold for this offer."""
        index = asked.index
        said: dict[str, Any] = {
            "months": asked.months,
            "level": asked.level_id,
            "basis": UpliftBasis.INDEXATION if index else UpliftBasis.PERCENTAGE,
            "uplift": (asked.uplift / SHARE).normalize() + Decimal(0),
            "annual": asked.annual,
            "valid_until": asked.valid_until,
            "note": asked.note,
            "read": read,
        }
        if index:
            said |= {"index_name": index.name, "index_from": index.before, "index_to": index.after}
        for pk, line in asked.lines.items():
            said |= {f"drop-{pk}": line.drop_reason, f"price-{pk}": line.stated}
        return said

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("basis") == UpliftBasis.INDEXATION:
            for name in ("index_name", "index_from", "index_to"):
                if name not in self.errors and not said.get(name):
                    self.add_error(name, _("The index asks for this."))
        elif "uplift" not in self.errors and said.get("uplift") is None:
            self.add_error("uplift", _("Say by how much; 0 keeps the price."))
        return said

    @property
    def asked(self) -> Asked:
        said = self.cleaned_data
        level = said.get("level")
        index = None
        if said["basis"] == UpliftBasis.INDEXATION:
            index = Index(said["index_name"], said["index_from"], said["index_to"])
        return Asked(
            months=said["months"],
            level_id=level.pk if level else None,
            uplift=(said["uplift"] or Decimal(0)) * SHARE,
            index=index,
            annual=said["annual"],
            lines=self._lines(said),
            valid_until=said["valid_until"],
            note=said["note"],
        )

    def _lines(self, said: Mapping[str, Any]) -> dict[int, LineAsk]:
        asks = {line.pk: self._line(said, line.pk) for line in self.lines}
        return {pk: ask for pk, ask in asks.items() if ask != LineAsk()}

    @staticmethod
    def _line(said: Mapping[str, Any], pk: int) -> LineAsk:
        """A dropped machine has no price, whatever still stands in its field."""
        reason = said.get(f"drop-{pk}", "")
        return LineAsk(reason, None if reason else said.get(f"price-{pk}"))
