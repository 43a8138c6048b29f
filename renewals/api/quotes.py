"""Renewal quotes: read with their lines, drafted, revised, sent, discussed, accepted."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, WordFilter
from core.api.paging import BY_ID
from core.api.reading import Asking
from core.api.rows import Amount, Currency, FreeText, Row, day_or_null, read, text, whole
from core.api.writing import Body, Chosen, Doing, Nothing, Write, WriteViewSet, creating, verb
from installed_base.actions.terms import TermRefused
from installed_base.models import Level
from installed_base.models.contracts import EndReason
from renewals.actions import quoting
from renewals.actions.pricing import Asked, Index, LineAsk, asked_of, proposal
from renewals.actions.working import WorkRefused
from renewals.models import Quote, QuoteKind, QuoteLine, QuoteState, Renewal, UpliftBasis
from renewals.rules.offer import LONGEST, margin


class Share(serializers.DecimalField):
    """A share of a price: left out of the row for callers who do not see prices."""

    priced = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"max_digits": 12, "decimal_places": 6, "required": False, "allow_null": True} | kwargs))


class QuoteLineRow(Row):
    coverage_id = whole(help_text="The coverage line of the old term.")
    asset_id = whole()
    serial = text(source="asset.serial")
    drop_reason = text(help_text="Why the machine goes; empty while it is kept.")
    old_annual = Amount(help_text="A year's price today; null where it is not known apart.")
    new_annual = Amount(help_text="A year's price as offered; null where it is dropped, or not known apart.")
    stated_annual = Amount(help_text="Where a price was agreed for this machine alone.")
    cost_reporting = Amount(help_text="Recorded in the year before, in the reporting currency; null is unknown.")
    new_annual_reporting = Amount(help_text="In the reporting currency.")


class QuoteRow(Row):
    id = whole()
    renewal_id = whole()
    account_id = whole(source="renewal.account_id")
    account_name = text(source="renewal.account.name")
    term_id = whole(source="renewal.term_id", help_text="The old term.")
    contract_number = text(source="renewal.term.contract.number")
    version = whole(help_text="1 for the first. A revision is a new version; nothing is written over.")
    kind = serializers.ChoiceField(QuoteKind.choices, help_text="Follows from level and length.")
    state = serializers.ChoiceField(QuoteState.choices)
    level_id = whole(allow_null=True)
    months = whole()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    valid_until = day_or_null()
    basis = serializers.ChoiceField(UpliftBasis.choices)
    uplift = Share(help_text="0.03 is three percent. Only for callers who see prices.")
    currency = Currency(help_text="Of the amounts without `reporting` in their name.")
    old_annual = Amount(help_text="A year's price today; null where nobody knows.")
    new_annual = Amount(help_text="A year's price as offered; null while it is not known.")
    old_annual_reporting = Amount(help_text="In the reporting currency, at the rate of `made_on`.")
    new_annual_reporting = Amount(help_text="In the reporting currency, at the rate of `made_on`.")
    made_on = serializers.DateField()
    sent_on = day_or_null()
    discussed_on = day_or_null()
    accepted_on = day_or_null()
    replaced_on = day_or_null()
    successor_id = whole(allow_null=True, help_text="The term that was signed on it.")
    opportunity_id = whole(allow_null=True, help_text="The deal that stands for what it adds.")


class QuoteDetailRow(QuoteRow):
    derived = ("lines", "margin")
    made_by_id = whole(allow_null=True)
    index_name = text()
    index_from = Share(help_text="Figure of the index then.", decimal_places=4)
    index_to = Share(help_text="Figure of the index now.", decimal_places=4)
    stated_annual = Amount(help_text="Where the price of the whole was agreed.")
    rest_old = Amount(help_text="What of the old price belongs to no machine.")
    rest_new = Amount(help_text="What of the new price belongs to no machine.")
    change_scope = Amount(help_text="The three changes add up to new less old. This one: machines dropped.")
    change_level = Amount(help_text="Another level.")
    change_price = Amount(help_text="The price itself.")
    shared_cost_reporting = Amount(help_text="Recorded cost of no machine in the year before; null is unknown.")
    margin = Amount(help_text="What is left of the new price where cost is known, in the reporting currency.")
    note = FreeText()
    lines = QuoteLineRow(many=True, help_text="In the order of the contract.")


class QuoteFilters(Filters):
    account = IdFilter(field_name="renewal__account", help_text="Id of the account.")
    renewal = IdFilter(help_text="Id of the renewal.")
    state = WordFilter(choices=QuoteState.choices)
    kind = WordFilter(choices=QuoteKind.choices)
    standing = FlagFilter(method="not_replaced", help_text="Whether no later version replaced it.")
    sent_after = DayFilter(field_name="sent_on", lookup_expr="gte", help_text="On or after this day.")
    sent_before = DayFilter(field_name="sent_on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = Quote
        fields: ClassVar[list[str]] = []

    def not_replaced(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(replaced_on__isnull=value)


class OfferedLine(Body):
    """What differs for one machine; one that is not named is kept at the common uplift."""

    coverage_id = serializers.IntegerField(min_value=1)
    drop_reason = serializers.ChoiceField(EndReason.choices, required=False, help_text="Drops the machine.")
    annual = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, required=False, allow_null=True,
        help_text="A year's price agreed for this machine alone.",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("drop_reason") and attrs.get("annual") is not None:
            raise ValidationError({"annual": [_("A machine that is dropped has no price. Leave it out.")]})
        return attrs


class Revision(Body):
    """What is offered. A field that is left out stays as it was; of a first version, as policy proposes."""

    months = serializers.IntegerField(min_value=1, max_value=LONGEST, required=False, help_text="Of the next term.")
    level_id = Chosen(
        lambda by: Level.objects.all(), source="level", required=False, allow_null=True, help_text="Id of the level."
    )
    uplift = serializers.DecimalField(
        max_digits=10, decimal_places=6, min_value=-1, max_value=10, required=False,
        help_text="0.03 is three percent. Takes the place of an index.",
    )  # fmt: skip
    index_name = serializers.CharField(max_length=120, required=False, help_text="With both figures.")
    index_from = serializers.DecimalField(max_digits=12, decimal_places=4, min_value=Decimal("0.0001"), required=False)
    index_to = serializers.DecimalField(max_digits=12, decimal_places=4, min_value=Decimal("0.0001"), required=False)
    annual = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, required=False, allow_null=True,
        help_text="An agreed price of a year; null has it follow from the uplift.",
    )  # fmt: skip
    lines = serializers.ListField(child=OfferedLine(), max_length=2000, required=False)
    valid_until = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(max_length=4000, required=False, allow_blank=True, help_text="To the customer.")

    INDEX: ClassVar = ("index_name", "index_from", "index_to")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in self.INDEX if name in attrs]
        if given and len(given) < len(self.INDEX):
            missing = next(name for name in self.INDEX if name not in attrs)
            raise ValidationError({missing: [_("The index asks for this.")]})
        if given and "uplift" in attrs:
            raise ValidationError({"uplift": [_("Say an uplift or an index, not both.")]})
        named = [line["coverage_id"] for line in attrs.get("lines", ())]
        if len(set(named)) < len(named):
            raise ValidationError({"lines": [_("Name each machine once.")]})
        return attrs


class NewQuote(Revision):
    renewal_id = Chosen(
        lambda by: Renewal.objects.changeable_by(by).select_related("term__level"),
        source="renewal", help_text="Id of the renewal.",
    )  # fmt: skip


def offered(said: dict[str, Any], before: Asked) -> Asked:
    """What was said, on top of what stood before."""
    lines = {line["coverage_id"]: _line(line) for line in said["lines"]} if "lines" in said else before.lines
    level = said.get("level")
    return Asked(
        months=said.get("months", before.months),
        level_id=(level and level.pk) if "level" in said else before.level_id,
        uplift=said.get("uplift", before.uplift),
        index=_index(said, before),
        annual=said.get("annual", before.annual),
        lines=lines,
        valid_until=said.get("valid_until", before.valid_until),
        note=said.get("note", before.note),
    )


def _index(said: dict[str, Any], before: Asked) -> Index | None:
    if "index_name" in said:
        return Index(said["index_name"], said["index_from"], said["index_to"])
    return None if "uplift" in said else before.index


def _line(said: dict[str, Any]) -> LineAsk:
    return LineAsk(said.get("drop_reason", ""), said.get("annual"))


def _left(row: dict[str, Any], lines: Iterable[dict[str, Any]]) -> Decimal | None:
    pairs = [(line["new_annual_reporting"], line["cost_reporting"]) for line in lines if not line["drop_reason"]]
    found = margin(row["new_annual_reporting"], pairs, row["shared_cost_reporting"])
    return found.left if found else None


@extend_schema(tags=["renewal quotes"])
class RenewalQuotes(WriteViewSet):
    """Versions of what is offered for the term that follows. Signing one is the decision of its renewal."""

    model = Quote
    noun = "renewal-quote"
    refusals = (WorkRefused, TermRefused)
    row = QuoteRow
    detail_row = QuoteDetailRow
    filters = QuoteFilters
    orderings = (BY_ID,)

    def _held(self, request: Request, pk: int, write: Write) -> Any:
        """The renewal is locked before its quote, as by every other write: two of them never wait for each other."""
        renewals = Renewal.objects.visible_to(request.user).filter(quotes=pk)
        renewals.select_for_update(of=("self",)).first()
        return super()._held(request, pk, write)

    def enrich(self, row: dict[str, Any], asking: Asking) -> None:
        """The lines, and with prices what is left of them."""
        columns = QuoteLineRow.columns(prices=asking.reach.sees_prices)
        found = QuoteLine.objects.filter(quote=row["id"]).order_by("coverage_id")
        row["lines"] = read(found.values_list(*columns.values()), list(columns))
        if asking.reach.sees_prices:
            row["margin"] = _left(row, row["lines"])

    @creating(NewQuote)
    def create(self, doing: Doing) -> Quote:
        """Draft the first version: the same again at the uplift of the policy, with what is said in its place."""
        said = dict(doing.said)
        renewal = said.pop("renewal")
        asked = offered(said, proposal(renewal, doing.on))
        return quoting.draft_quote(renewal=renewal.pk, asked=asked, by=doing.by, on=doing.on)

    @verb(Revision, creates=True)
    def revise(self, doing: Doing) -> Quote:
        """Write the next version, a draft; this one is replaced and stays as it was."""
        asked = offered(doing.said, asked_of(doing.row))
        return quoting.revise_quote(quote=doing.row.pk, asked=asked, by=doing.by, on=doing.on)

    @verb(Nothing)
    def send(self, doing: Doing) -> None:
        """It went to the customer today."""
        quoting.send_quote(quote=doing.row.pk, by=doing.by, on=doing.on)

    @verb(Nothing)
    def discuss(self, doing: Doing) -> None:
        """It was talked through with the customer today."""
        quoting.discuss_quote(quote=doing.row.pk, by=doing.by, on=doing.on)

    @verb(Nothing)
    def accept(self, doing: Doing) -> None:
        """The customer said yes today. It is signed by the decision of its renewal."""
        quoting.accept_quote(quote=doing.row.pk, by=doing.by, on=doing.on)
