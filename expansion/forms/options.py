"""Forms of upgrade options: an entry of the catalogue, and the day on which one was fitted."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from installed_base.models import Product, ProductFamily, UpgradeOption
from installed_base.rules.options import fitted_names


def _day(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class OptionForm(forms.Form):
    """For machines of one product, or of a whole family."""

    name = forms.CharField(label=_("Name"), max_length=160)
    kind = forms.ChoiceField(label=_("Kind"), choices=UpgradeOption.Kind.choices)
    product = forms.ModelChoiceField(
        label=_("For the product"), required=False, queryset=Product.objects.none(), empty_label=_("a whole family")
    )
    family = forms.ModelChoiceField(
        label=_("For the family"), required=False, queryset=ProductFamily.objects.none(), empty_label=_("one product")
    )
    offered_from = _day(label=_("Offered from"), required=False)
    price = forms.DecimalField(
        label=_("List price"), required=False, min_value=0, max_digits=16, decimal_places=2, localize=True,
        help_text=_("In the reporting currency. Leave it empty while nobody knows."),
    )  # fmt: skip
    prevents = forms.CharField(
        label=_("Failures it prevents"), required=False, max_length=800, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Words as they stand in the titles of tickets, with commas between them: jam, gripper slips."),
    )  # fmt: skip

    def __init__(self, *args: Any, option: UpgradeOption | None = None, **kwargs: Any) -> None:
        if option is not None:
            initial = {name: getattr(option, name) for name in ("name", "kind", "offered_from", "price")}
            initial |= {"product": option.product_id, "family": option.family_id}
            kwargs["initial"] = initial | {"prevents": ", ".join(option.prevents)}
        super().__init__(*args, **kwargs)
        made = Product.objects.filter(kind__in=(Product.Kind.MACHINE, Product.Kind.MODULE))
        self.fields["product"].queryset = made.order_by("name")  # type: ignore[attr-defined]
        self.fields["family"].queryset = ProductFamily.objects.order_by("name")  # type: ignore[attr-defined]

    def clean_prevents(self) -> list[str]:
        return sorted(fitted_names(self.cleaned_data["prevents"]))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (cleaned.get("product") is None) == (cleaned.get("family") is None):
            self.add_error("product", _("Choose either a product or a whole family."))
        return cleaned


class FittingForm(forms.Form):
    fitted_on = _day(label=_("Fitted on"))

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"fitted_on": on})
        super().__init__(*args, **kwargs)
        self.fields["fitted_on"].widget.attrs["max"] = on.isoformat()
