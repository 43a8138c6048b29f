"""Accounts, to be read."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import Filters, IdFilter, TextFilter
from core.api.paging import BY_ID, Ordering
from core.api.reading import Asking, ReadViewSet
from core.api.rows import Amount, Row, text, whole
from installed_base.api.past import stood, suffixed, then
from installed_base.models import Account, AccountExternalId, AccountPeriod


class AccountRow(Row):
    id = whole()
    source = text(help_text="The system the account came from; empty when it was entered here.")
    external_id = text(help_text="Its key in that system.")
    name = text()
    group_id = whole(allow_null=True, help_text="The parent of its group, as of the date.")
    merged_into_id = whole(allow_null=True)
    segment = text(help_text="As of the date.")
    owner_id = whole(help_text="The person or team that answered for it on the date.")
    owner_name = text(source="owner.name")
    industry = text()
    country = text()
    region = text()
    city = text()
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class ExternalIdRow(Row):
    source = text()
    external_id = text()


class AccountDetailRow(AccountRow):
    derived = ("external_ids",)
    downtime_cost_hour = Amount(
        help_text="What an hour of standstill costs the customer, in the reporting currency; null: nobody asked."
    )
    attributes = serializers.JSONField()
    external_ids = ExternalIdRow(many=True, help_text="Its keys in other systems.")


class AccountFilters(Filters):
    owner = IdFilter(method="of_owner", help_text="Id of the owner (a person or a team).")
    group = IdFilter(method="of_group", help_text="Id of the parent account of the group.")
    segment = TextFilter(method="of_segment", help_text="As of the date.")
    country = TextFilter(help_text="The country as it is written on the account.")
    external_id = TextFilter(method="known_as", help_text="A key in any system.")
    source = TextFilter(help_text="The system of `external_id`, as it is written on the account.")
    name = TextFilter(method="named", help_text="How the name begins, in capitals or not.")

    class Meta:
        model = Account
        fields: ClassVar[list[str]] = []

    def of_owner(self, rows: Any, name: str, value: int) -> Any:
        return self._stood(rows, owner=value)

    def of_group(self, rows: Any, name: str, value: int) -> Any:
        return self._stood(rows, group=value)

    def of_segment(self, rows: Any, name: str, value: str) -> Any:
        return self._stood(rows, segment=value)

    def _stood(self, rows: Any, **values: Any) -> Any:
        if not self.dated:
            return rows.filter(**values)
        return rows.filter(pk__in=AccountPeriod.objects.filter(stood(self.on), **values).values("account"))

    def known_as(self, rows: Any, name: str, value: str) -> Any:
        alias = AccountExternalId.objects.filter(external_id=value).values("account")
        return rows.filter(Q(external_id=value) | Q(pk__in=alias))

    def named(self, rows: Any, name: str, value: str) -> Any:
        return rows.alias(lower_name=Lower("name")).filter(lower_name__startswith=value.lower())


@extend_schema(tags=["accounts"])
class Accounts(ReadViewSet):
    """Accounts: the plants and companies that buy."""

    row = AccountRow
    detail_row = AccountDetailRow
    filters = AccountFilters
    orderings = (BY_ID, Ordering("name", Lower("name")))
    as_of = True

    past: ClassVar = {"owner_id": "owner_id", "owner_name": "owner__name", "group_id": "group_id", "segment": "segment"}

    def base(self, on: date, *, dated: bool) -> QuerySet[Any]:
        rows = Account.objects.all()
        return then(rows, on, **suffixed(self.past)) if dated else rows

    def paths(self, *, dated: bool) -> dict[str, str]:
        return {name: f"{name}_then" for name in self.past} if dated else {}

    def enrich(self, row: dict[str, Any], asking: Asking) -> None:
        found = AccountExternalId.objects.filter(account=row["id"]).order_by("source", "external_id")
        row["external_ids"] = list(found.values("source", "external_id"))
