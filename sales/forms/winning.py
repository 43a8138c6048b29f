"""The form of a deal that was won: value and day, and whatever else was sold, each part only if it is confirmed."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import User
from installed_base.actions.contracting import Agreement
from installed_base.actions.planning import Instalment
from installed_base.models import Asset, Level, Product, Site, Term
from sales.actions.winning import Order, Winning
from sales.forms.handoff import day_field
from sales.models import Opportunity

INSTALMENTS = 3


def money_field(label: Any, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=0, max_digits=16, decimal_places=2, localize=True, **{"required": False} | options
    )


class WonForm(forms.Form):
    """Without a value or a day nothing is won; a contract is signed where its box is ticked."""

    value = money_field(_("Value"), required=True, help_text=_("What the customer signed for: a booking, no revenue."))
    won_on = day_field(_("Won on"), required=True)
    sign = forms.BooleanField(label=_("A contract was signed with it"), required=False)
    follows = forms.ModelChoiceField(
        label=_("Takes the place of"), queryset=Term.objects.none(), required=False, empty_label=_("a new contract")
    )
    number = forms.CharField(label=_("Number of the contract"), max_length=120, required=False)
    level = forms.ModelChoiceField(label=_("Level"), queryset=Level.objects.none(), required=False, empty_label="–")
    annual_value = money_field(_("A year's price"))
    starts_on = day_field(_("Starts on"))
    months = forms.IntegerField(label=_("Length in months"), required=False, min_value=1, max_value=240)
    covers = forms.ModelMultipleChoiceField(
        label=_("Machines it covers"),
        queryset=Asset.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "check"}),
    )

    def __init__(self, *args: Any, deal: Opportunity, user: User, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = Term.objects.visible_to(user).in_force(on).filter(contract__account=deal.account_id)
        machines = Asset.objects.visible_to(user).filter(account=deal.account_id, taken_out_on__isnull=True)
        self.user = user
        fields: dict[str, Any] = self.fields
        fields["follows"].queryset = terms.select_related("contract", "level").order_by("contract__number", "number")
        fields["level"].queryset = Level.objects.order_by("rung")
        fields["covers"].queryset = machines.select_related("product", "account").order_by("pk")
        fields["covers"].label_from_instance = _machine_words
        for number in range(1, INSTALMENTS + 1):
            fields[f"invoice_on_{number}"] = day_field(_("Invoice on"))
            fields[f"invoice_amount_{number}"] = money_field(_("Amount"))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("sign"):
            for name in ("annual_value", "starts_on", "months"):
                if said.get(name) is None and name not in self.errors:
                    self.add_error(name, _("A contract needs this."))
            if not said.get("follows") and not said.get("number", "").strip():
                self.add_error("number", _("Give the contract a number."))
        for number in range(1, INSTALMENTS + 1):
            day, amount = f"invoice_on_{number}", f"invoice_amount_{number}"
            if said.get(day) and said.get(amount) is None:
                self.add_error(amount, _("How much is invoiced on that day?"))
            if said.get(amount) is not None and not said.get(day):
                self.add_error(day, _("On which day is it invoiced?"))
        planned = sum(said.get(f"invoice_amount_{n}") or Decimal(0) for n in range(1, INSTALMENTS + 1))
        if said.get("value") is not None and planned > said["value"]:
            self.add_error("invoice_amount_1", _("Together the invoices come to more than the value of the deal."))
        return said

    @property
    def invoices(self) -> list[tuple[Any, Any]]:
        """The pairs of fields of the schedule, for the page."""
        return [(self[f"invoice_on_{n}"], self[f"invoice_amount_{n}"]) for n in range(1, INSTALMENTS + 1)]

    def winning(self, orders: Sequence[Order]) -> Winning:
        """What was said, as the action takes it."""
        said = self.cleaned_data
        parts = [
            Instalment(said[f"invoice_on_{n}"], said[f"invoice_amount_{n}"])
            for n in range(1, INSTALMENTS + 1)
            if said.get(f"invoice_on_{n}") and said.get(f"invoice_amount_{n}")
        ]
        return Winning(said["value"], said["won_on"], orders, self._agreement(said) if said["sign"] else None, parts)

    def _agreement(self, said: dict[str, Any]) -> Agreement:
        follows, chosen = said["follows"], [asset.pk for asset in said["covers"]]
        if follows is not None and not chosen:
            covered = follows.coverages.visible_to(self.user).filter(asset__taken_out_on__isnull=True)
            chosen = list(covered.values_list("asset_id", flat=True).distinct())
        level = said["level"]
        return Agreement(
            starts_on=said["starts_on"],
            months=said["months"],
            annual_value=said["annual_value"],
            level_id=level.pk if level else None,
            assets=chosen,
            number=said["number"],
            follows=follows,
        )


def _machine_words(machine: Asset) -> str:
    return f"{machine.product or ''} {machine.serial or machine.name}".strip()


class OrderForm(forms.Form):
    """One machine that was sold. Only a ticked one is ordered."""

    order = forms.BooleanField(label=_("Ordered"), required=False)
    product = forms.ModelChoiceField(
        label=_("Product"), queryset=Product.objects.none(), required=False, empty_label=_("Choose")
    )
    promised_on = day_field(_("To be installed on"))
    price = money_field(_("Price"))
    number = forms.CharField(label=_("Order number"), max_length=120, required=False)
    site = forms.ModelChoiceField(label=_("Place"), queryset=Site.objects.none(), required=False, empty_label="–")
    replaces = forms.ModelChoiceField(
        label=_("In place of"), queryset=Asset.objects.none(), required=False, empty_label=_("no machine")
    )

    def __init__(self, *args: Any, products: Any, sites: Any, machines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["product"].queryset, fields["site"].queryset, fields["replaces"].queryset = products, sites, machines
        fields["replaces"].label_from_instance = _machine_words

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("order"):
            if not said.get("product"):
                self.add_error("product", _("Which machine was ordered?"))
            if not said.get("promised_on") and "promised_on" not in self.errors:
                self.add_error("promised_on", _("For which day was it promised to the customer?"))
        return said

    @property
    def ordered(self) -> Order | None:
        said = self.cleaned_data
        if not said.get("order"):
            return None
        return Order(
            said["product"], said["promised_on"], said["price"], said["site"], said["replaces"], said["number"]
        )


OrderFormSet = forms.formset_factory(OrderForm, extra=0, max_num=50, validate_max=True)


def order_lines(data: Any, deal: Opportunity, user: User, initial: list[dict[str, Any]]) -> Any:
    """A line for each machine of the deal."""
    machines = Asset.objects.visible_to(user).filter(account=deal.account_id, taken_out_on__isnull=True)
    sites = Site.objects.visible_to(user).filter(account=deal.account_id).order_by("name")
    products = Product.objects.filter(kind__in=(Product.Kind.MACHINE, Product.Kind.MODULE)).order_by("name", "pk")
    kwargs = {"products": products, "sites": sites, "machines": machines.select_related("product").order_by("pk")}
    return OrderFormSet(data, initial=initial, prefix="order", form_kwargs=kwargs)


class InstalledForm(forms.Form):
    installed_on = day_field(_("Installed on"), required=True)
    serial = forms.CharField(label=_("Serial number"), max_length=120, required=False)
