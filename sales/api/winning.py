"""Winning through the API: what was sold goes into the installed base, in one write."""

from typing import Any

from rest_framework import serializers

from core.api.writing import Body, Chosen, Doing, verb
from core.models import User
from installed_base.actions.contracting import Agreement
from installed_base.actions.ordering import record_installation
from installed_base.actions.planning import Instalment
from installed_base.models import Asset, Level, Product, Site, Term
from sales.actions.winning import Order, Winning, win
from sales.models import Opportunity


def _goods(_user: User) -> Any:
    return Product.objects.all()


def _levels(_user: User) -> Any:
    return Level.objects.all()


def _sites(user: User) -> Any:
    return Site.objects.visible_to(user)


def _machines(user: User) -> Any:
    return Asset.objects.visible_to(user)


def _terms(user: User) -> Any:
    return Term.objects.visible_to(user).select_related("contract")


def _money(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=16, decimal_places=2, min_value=0, **options)


class OrderBody(Body):
    product_id = Chosen(_goods, source="product", help_text="Id of the product that was sold.")
    promised_on = serializers.DateField(help_text="The day on which it is to be installed.")
    price = _money(required=False, allow_null=True, help_text="In the reporting currency.")
    site_id = Chosen(_sites, source="site", required=False, help_text="Where it is to stand.")
    replaces_id = Chosen(_machines, source="replaces", required=False, help_text="The machine that goes out for it.")
    number = serializers.CharField(max_length=120, required=False, allow_blank=True, help_text="Of the order.")


class AgreementBody(Body):
    starts_on = serializers.DateField()
    months = serializers.IntegerField(min_value=1, max_value=240)
    annual_value = _money(help_text="A year's price, in the reporting currency.")
    level_id = Chosen(_levels, source="level", required=False)
    number = serializers.CharField(max_length=120, required=False, help_text="Of a new contract; compulsory then.")
    follows_id = Chosen(_terms, source="follows", required=False, help_text="The running term whose place it takes.")
    asset_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, help_text="Ids of the machines it covers."
    )


class InstalmentBody(Body):
    on = serializers.DateField()
    amount = _money(help_text="In the reporting currency.")


class WonDeal(Body):
    value = _money(help_text="What the customer signed for, in the reporting currency.")
    won_on = serializers.DateField()
    orders = OrderBody(many=True, required=False, help_text="Machines that were sold.")
    contract = AgreementBody(required=False, help_text="The contract that was signed with it.")
    instalments = InstalmentBody(many=True, required=False, help_text="Invoices to come.")


class Installed(Body):
    asset_id = serializers.IntegerField(min_value=1, help_text="Id of a machine that the deal brought.")
    installed_on = serializers.DateField()
    serial = serializers.CharField(max_length=120, required=False, allow_blank=True)


class WinningVerbs:
    """What an opportunity that is won can be asked beside its stages."""

    @verb(WonDeal)
    def win(self, doing: Doing) -> None:
        """Close it as won and write what was sold: machines on order, the contract, the invoices to come."""
        said = doing.said
        winning = Winning(
            said["value"],
            said["won_on"],
            [Order(**line) for line in said.get("orders", ())],
            _agreement(said["contract"]) if "contract" in said else None,
            [Instalment(**part) for part in said.get("instalments", ())],
        )
        win(opportunity=doing.row, winning=winning, by=doing.by, on=doing.on)

    @verb(Installed)
    def installed(self, doing: Doing) -> None:
        """A machine that it brought stands; the one it replaces goes out on that day."""
        said, deal = doing.said, doing.row
        Opportunity.objects.visible_to(doing.by).get(pk=deal.pk, deliveries__asset=said["asset_id"])
        record_installation(
            asset=said["asset_id"],
            installed_on=said["installed_on"],
            serial=said.get("serial", ""),
            by=doing.by,
            on=doing.on,
        )


def _agreement(said: dict[str, Any]) -> Agreement:
    level = said.get("level")
    return Agreement(
        starts_on=said["starts_on"],
        months=said["months"],
        annual_value=said["annual_value"],
        level_id=level.pk if level else None,
        assets=said.get("asset_ids", ()),
        number=said.get("number", ""),
        follows=said.get("follows"),
    )
