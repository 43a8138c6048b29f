"""Contracts with their terms, to be read."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, TextFilter
from core.api.paging import BY_ID, Ordering
from core.api.reading import Asking, ReadViewSet
from core.api.rows import Amount, Currency, Row, Rows, day_or_null, read, text, whole
from installed_base.api.past import suffixed, then
from installed_base.models import Contract, Term
from installed_base.rules import in_force


class TermRow(Row):
    derived = ("in_force",)
    id = whole()
    number = whole(help_text="1 for the first term of the contract.")
    external_id = text()
    level = text(source="level.key", allow_null=True, help_text="Key of its level on the ladder.")
    signed_on = day_or_null()
    starts_on = serializers.DateField()
    ends_on = day_or_null("The last day of the term; null while it is open-ended.")
    in_force = serializers.BooleanField(help_text="On the date.")
    notice_months = whole()
    notice_days = whole()
    tacit_months = whole(
        allow_null=True, help_text="Length of the next term when nobody cancels; null: it ends by itself."
    )
    notice_received_on = day_or_null()
    terminated_on = day_or_null()
    end_reason = text()
    total_value = Amount(help_text="For the whole term. Only for callers who see prices.")
    annual_value = Amount(help_text="For a year.")
    total_value_reporting = Amount(help_text="In the reporting currency.")
    annual_value_reporting = Amount(help_text="In the reporting currency.")
    currency = Currency(help_text="Of `total_value` and `annual_value`.")


class ContractRow(Row):
    derived = ("in_force", "terms")
    id = whole()
    source = text()
    external_id = text()
    number = text()
    title = text()
    kind = text()
    account_id = whole()
    account_name = text(source="account.name")
    owner_id = whole(source="worked_by", help_text="Who works it: its own owner, else that of the account.")
    owner_name = text(source="worked_by_name")
    in_force = serializers.BooleanField(help_text="Whether one of its terms runs on the date.")
    terms = TermRow(many=True, help_text="Oldest first.")
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class ContractDetailRow(ContractRow):
    attributes = serializers.JSONField()


class ContractFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    owner = IdFilter(field_name="worked_by", help_text="Id of who works it.")
    number = TextFilter(help_text="Exactly.")
    external_id = TextFilter()
    kind = TextFilter()
    in_force = FlagFilter(method="running", help_text="Whether one of its terms runs on the date.")
    ends_after = DayFilter(method="ending", help_text="One of its terms ends on or after this day.")
    ends_before = DayFilter(method="ending", help_text="One of its terms ends on or before this day.")

    class Meta:
        model = Contract
        fields: ClassVar[list[str]] = []

    def running(self, rows: Any, name: str, value: bool) -> Any:
        found = Exists(Term.objects.in_force(self.on).filter(contract=OuterRef("pk")))
        return rows.filter(found if value else ~found)

    def ending(self, rows: Any, name: str, value: date) -> Any:
        """Both bounds are asked of one and the same term."""
        after, before = (self.form.cleaned_data["ends_after"], self.form.cleaned_data["ends_before"])
        if name == "ends_before" and after:
            return rows
        terms = Term.objects.filter(contract=OuterRef("pk"), ends_on__isnull=False)
        terms = terms.filter(ends_on__gte=after) if after else terms
        return rows.filter(Exists(terms.filter(ends_on__lte=before) if before else terms))


@extend_schema(tags=["contracts"])
class Contracts(ReadViewSet):
    """Service contracts with their terms."""

    row = ContractRow
    detail_row = ContractDetailRow
    filters = ContractFilters
    orderings = (BY_ID, Ordering("number", "number"))
    as_of = True

    def base(self, on: date, *, dated: bool) -> QuerySet[Any]:
        return Contract.objects.annotate(
            worked_by=Coalesce("owner_id", "account__owner_id"),
            worked_by_name=Coalesce("owner__name", "account__owner__name"),
        )

    def complete(self, rows: Rows, asking: Asking) -> None:
        of = terms_of([row["id"] for row in rows], asking)
        for row in rows:
            row["terms"] = of.get(row["id"], [])
            row["in_force"] = any(term["in_force"] for term in row["terms"])


_PAST_TERM = (
    "starts_on",
    "ends_on",
    "notice_months",
    "notice_days",
    "tacit_months",
    "total_value_reporting",
    "annual_value_reporting",
)


def terms_of(contracts: list[int], asking: Asking) -> dict[int, Rows]:
    """The terms of these contracts as they stood on the date, oldest first, in one query."""
    columns = TermRow.columns(prices=asking.reach.sees_prices)
    rows: Any = Term.objects.visible_to(asking.user).filter(contract__in=contracts)
    if asking.dated:
        past = {n: n for n in _PAST_TERM if n in columns} | {"level": "level__key"}
        rows = then(rows, asking.on, **suffixed(past))
        columns |= {name: f"{name}_then" for name in past}
    names = [*columns, "source", "contract_id"]
    rows = rows.order_by("contract_id", "number").values_list(*columns.values(), "source", "contract_id")
    found: dict[int, Rows] = {}
    for term in read(rows, names):
        found.setdefault(term.pop("contract_id"), []).append(_with_force(term, asking.on))
    return found


def _with_force(term: dict[str, Any], on: date) -> dict[str, Any]:
    facts = {k: term[k] for k in ("signed_on", "starts_on", "ends_on", "terminated_on")}
    term["in_force"] = in_force(on=on, of_record=bool(term.pop("source")), **facts)
    return term
