"""Opportunities: read, opened, moved through their stages, won or lost, and who shares in them."""

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core import clock
from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, WordFilter
from core.api.paging import BY_ID
from core.api.reading import Asking
from core.api.rows import Amount, Currency, FreeText, Row, Rows, day_or_null, read, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, Nothing, WriteViewSet, changing, creating, verb
from core.models import Owner
from core.scope import System
from installed_base.actions.ordering import OrderRefused
from installed_base.models import Account, Asset, Product
from playbooks.forms import assignable
from sales import actions
from sales.actions.dealer import name_dealer, note_deal_report, refuse_dealer
from sales.api.business_case import CaseVerb
from sales.api.winning import WinningVerbs
from sales.forms.credit import creditable
from sales.models import (
    CreditRole,
    DealKind,
    LostReason,
    Opportunity,
    OpportunityCredit,
    OpportunityLine,
    Stage,
    Stakeholder,
    StakeholderRole,
    Stance,
)
from sales.queries.dealer import deals_overdue, with_dealers
from sales.rules import OPEN_STAGES, Share
from sales.rules.stakeholders import Said
from sales.watching import watch_rows

OPEN = list(OPEN_STAGES)
OUTCOMES = ["won", "lost"]


# What is said of the dealer who works a deal; null where none does, and of the clock of one that is decided.
WATCHED = ("dealer_given_on", "dealer_heard_on", "dealer_reports_by", "dealer_overdue")


class OpportunityRow(Row):
    derived: tuple[str, ...] = WATCHED

    id = whole()
    source = text(help_text="The system it came from; empty when it was entered here.")
    external_id = text(help_text="Its key in that system.")
    account_id = whole(allow_null=True)
    account_name = text(source="account.name", allow_null=True)
    kind = serializers.ChoiceField(DealKind.choices)
    name = text()
    stage = serializers.ChoiceField(Stage.choices)
    owner_id = whole()
    owner_name = text(source="owner.name")
    partner_id = whole(allow_null=True, help_text="The account of the dealer who works it; its owner keeps watch.")
    probability = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    value = Amount(help_text="What it would bring: a booking, never revenue. Only for callers who see prices.")
    currency = Currency(help_text="Of `value`.")
    value_reporting = Amount(help_text="In the reporting currency.")
    identified_on = day_or_null()
    expected_close_on = day_or_null()
    closed_on = day_or_null()
    dealer_given_on = day_or_null("When the dealer got it.")
    dealer_heard_on = day_or_null("Their last report since then.")
    dealer_reports_by = day_or_null("Until when they report; null of a deal that is decided.")
    dealer_overdue = serializers.BooleanField(help_text="That day has passed without a word.")


class OpportunityLineRow(Row):
    asset_id = whole(allow_null=True)
    serial = text(source="asset.serial", allow_null=True)
    product_id = whole(allow_null=True)
    value_reporting = Amount(help_text="Of this line, in the reporting currency; null while nobody knows.")


class CreditRow(Row):
    user_id = whole()
    role = serializers.ChoiceField(CreditRole.choices)
    share = serializers.DecimalField(max_digits=5, decimal_places=4, help_text="0.4 is 40 %; they add up to 1.")


class StakeholderRow(Row):
    contact_id = whole()
    name = FreeText(source="contact.name")
    role = serializers.ChoiceField(StakeholderRole.choices)
    stance = serializers.ChoiceField(Stance.choices)
    note = FreeText()


class OpportunityDetailRow(OpportunityRow):
    derived = (*WATCHED, "lines", "credits", "stakeholders")
    stage_reason = FreeText(help_text="Why it went back to this stage; empty otherwise.")
    lost_because = serializers.ChoiceField(LostReason.choices, allow_blank=True)
    lost_reason = FreeText()
    note = FreeText()
    closed_by_id = whole(allow_null=True)
    known_on = serializers.DateField()
    lines = OpportunityLineRow(many=True, help_text="What it is about, machine by machine.")
    credits = CreditRow(many=True, help_text="Who shares in it, once it is won.")
    stakeholders = StakeholderRow(many=True, help_text="Who at the customer has a say in it.")


class OpportunityFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    partner = IdFilter(help_text="Id of the account of the dealer who works it.")
    with_dealer = FlagFilter(method="of_dealer", help_text="A dealer works it, or worked it.")
    dealer_overdue = FlagFilter(method="of_silence", help_text="Open, and the dealer should have reported.")
    kind = WordFilter(choices=DealKind.choices)
    stage = WordFilter(choices=Stage.choices)
    open = FlagFilter(method="still_open", help_text="Neither won nor lost.")
    closes_after = DayFilter(field_name="expected_close_on", lookup_expr="gte", help_text="On or after this day.")
    closes_before = DayFilter(field_name="expected_close_on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = Opportunity
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(stage__in=OPEN_STAGES) if value else rows.exclude(stage__in=OPEN_STAGES)

    def of_dealer(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(partner__isnull=not value)

    def of_silence(self, rows: Any, name: str, value: bool) -> Any:
        every = Opportunity.objects.visible_to(System("narrowed by whoever asks"))
        late = with_dealers(every, self.on).filter(deals_overdue(self.on)).values("pk")
        return rows.filter(pk__in=late) if value else rows.exclude(pk__in=late)


def _value(help_text: str) -> Any:
    return serializers.DecimalField(
        max_digits=16, decimal_places=2, min_value=0, required=False, allow_null=True, help_text=help_text
    )


def _dealer(help_text: str, **options: Any) -> Chosen:
    return Chosen(
        lambda by: Account.objects.visible_to(by).filter(merged_into__isnull=True), source="partner", required=False,
        help_text=help_text, **options,
    )  # fmt: skip


class OpportunityChanges(Changes):
    stage = serializers.ChoiceField(OPEN, required=False, help_text="One of its kind: expansion has no needs_analysis.")
    stage_reason = serializers.CharField(
        max_length=240, required=False, help_text="Why it goes back; compulsory with an earlier stage."
    )
    name = serializers.CharField(max_length=240, required=False)
    value = _value("In the reporting currency; null while nobody knows.")
    expected_close_on = serializers.DateField(required=False, allow_null=True)
    partner_id = _dealer("Id of the account of the dealer who works it; null: nobody but us.", allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "stage_reason" in attrs and "stage" not in attrs:
            raise ValidationError({"stage": [_("Name the stage to which it goes back.")]})
        return super().validate(attrs)


class DealDecision(Body):
    outcome = serializers.ChoiceField(OUTCOMES)
    value = _value("What it brings, in the reporting currency; a deal is won with its value.")
    closed_on = serializers.DateField(
        required=False, help_text="The day it closed, today or earlier; today by default."
    )
    because = serializers.ChoiceField(LostReason.choices, required=False, help_text="Why it was lost.")
    reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True,
        help_text="Why it was lost, in words; compulsory without `because`.",
    )  # fmt: skip

    def validate_closed_on(self, value: date) -> date:
        if value > clock.today():
            raise ValidationError(_("A deal closes on a day that has come; choose today or earlier."))
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        lost = attrs["outcome"] == "lost"
        if lost and not attrs.get("because") and not attrs.get("reason", "").strip():
            raise ValidationError({"reason": [_("Say why it was lost.")]})
        if attrs.get("because") and not lost:
            raise ValidationError({"because": [_("A deal that is won has no reason for being lost.")]})
        return attrs


class DealReported(Body):
    what = serializers.CharField(max_length=240, help_text="What the dealer told us.")
    on = serializers.DateField(
        source="happened_on", required=False, help_text="Since they have it, up to today; today by default."
    )
    next_by = serializers.DateField(
        required=False, help_text="The day of their next report; not earlier than the policy asks, its day by default."
    )


class DealLine(Body):
    """A machine, or a product."""

    asset_id = Chosen(lambda by: Asset.objects.visible_to(by), source="asset", required=False, allow_null=True)
    product_id = Chosen(lambda by: Product.objects.all(), source="product", required=False, allow_null=True)
    value = _value("Of this line, in the reporting currency.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("asset") and not attrs.get("product"):
            raise ValidationError({"asset_id": [_("Name a machine or a product.")]})
        return attrs


class DealLines(Body):
    lines = serializers.ListField(
        child=DealLine(), max_length=500, help_text="All of them: they take the place of what stood there."
    )


class NewOpportunity(Body):
    account_id = Chosen(
        lambda by: Account.objects.changeable_by(by).filter(merged_into__isnull=True), source="account",
        help_text="Id of the account.",
    )  # fmt: skip
    kind = serializers.ChoiceField(DealKind.choices, help_text="It never changes.")
    name = serializers.CharField(max_length=240)
    value = _value("In the reporting currency; null while nobody knows.")
    expected_close_on = serializers.DateField(required=False, allow_null=True)
    owner_id = Chosen(assignable, source="owner", required=False, help_text="Id of the owner; the caller by default.")
    partner_id = _dealer("Id of the account of the dealer who works it.")
    note = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    lines = serializers.ListField(child=DealLine(), max_length=500, required=False)


class CreditShare(Body):
    user_id = Chosen(lambda by: creditable(), source="user", help_text="Id of the person.")
    role = serializers.ChoiceField(CreditRole.choices)
    share = serializers.DecimalField(max_digits=5, decimal_places=4, min_value=0, max_value=1)


class SharedCredit(Body):
    shares = serializers.ListField(
        child=CreditShare(), max_length=20,
        help_text="All of them, adding up to 1; an empty list takes the credit back.",
    )  # fmt: skip


class DealPerson(Body):
    contact_id = serializers.IntegerField(help_text="Id of a contact of the account.")
    role = serializers.ChoiceField(StakeholderRole.choices)
    stance = serializers.ChoiceField(Stance.choices, required=False, default=Stance.UNKNOWN)
    note = serializers.CharField(max_length=240, required=False, allow_blank=True, default="")


class DealPeople(Body):
    people = serializers.ListField(
        child=DealPerson(), max_length=20, help_text="All of them; an empty list takes them out."
    )


def _lines(said: Iterable[dict[str, Any]]) -> list[actions.Line]:
    found = []
    for line in said:
        asset, product = line.get("asset"), line.get("product")
        made = product.pk if product else asset.product_id if asset else None
        found.append(actions.Line(asset.pk if asset else None, made, line.get("value")))
    return found


@extend_schema(tags=["opportunities"])
class Opportunities(WinningVerbs, CaseVerb, WriteViewSet):
    """Possible sales of every kind, with their lines per machine. Signals and imports open them too."""

    model = Opportunity
    noun = "opportunity"
    row = OpportunityRow
    detail_row = OpportunityDetailRow
    filters = OpportunityFilters
    orderings = (BY_ID,)
    refusals = (OrderRefused,)

    def complete(self, rows: Rows, asking: Asking) -> None:
        """How the dealer of each stands."""
        watch_rows(rows, asking.on, Opportunity)

    def enrich(self, row: dict[str, Any], asking: Asking) -> None:
        """The lines, who shares in it, and who at the customer has a say in it."""
        for name, shown, found in (
            ("lines", OpportunityLineRow, OpportunityLine.objects.filter(opportunity=row["id"])),
            ("credits", CreditRow, OpportunityCredit.objects.filter(opportunity=row["id"])),
            ("stakeholders", StakeholderRow, Stakeholder.objects.filter(opportunity=row["id"])),
        ):
            columns = shown.columns(prices=asking.reach.sees_prices)
            row[name] = read(found.order_by("pk").values_list(*columns.values()), list(columns))
            if not asking.reach.sees_names:
                shown.without_names(row[name])

    @creating(NewOpportunity)
    def create(self, doing: Doing) -> Opportunity:
        """Open a deal at the first stage of its kind."""
        said = dict(doing.said)
        lines, owner = _lines(said.pop("lines", ())), said.pop("owner", None) or Owner.objects.of(doing.by)
        actions.refuse_lines(lines, said["account"])
        if "partner" in said:
            refuse_dealer(said["partner"], said["account"].pk)
        return actions.create_opportunity(**said, owner=owner, lines=lines, by=doing.by, on=doing.on)

    @changing(OpportunityChanges)
    def partial_update(self, doing: Doing) -> None:
        """Change what is expected of an open deal, say which dealer works it, or move it to another open stage."""
        deal, said = doing.row, dict(doing.said)
        stage, reason = said.pop("stage", None), said.pop("stage_reason", "")
        if "partner" in said:
            name_dealer(opportunity=deal, partner=said.pop("partner"), by=doing.by, on=doing.on)
        if said:
            stands = {"name": deal.name, "value": deal.value_reporting, "expected_close_on": deal.expected_close_on}
            actions.change_opportunity(opportunity=deal, by=doing.by, on=doing.on, **(stands | said))
        if stage:
            actions.move_stage(opportunity=deal, to=stage, reason=reason, by=doing.by, on=doing.on)

    @verb(DealDecision)
    def decision(self, doing: Doing) -> None:
        """Won or lost, once. Won with what was sold: see `win`."""
        said = dict(doing.said)
        actions.close(opportunity=doing.row, won=said.pop("outcome") == "won", by=doing.by, on=doing.on, **said)

    @verb(DealLines)
    def lines(self, doing: Doing) -> None:
        """Say anew what an open deal is about. A machine stands in it once, and belongs to its account."""
        actions.change_lines(opportunity=doing.row, lines=_lines(doing.said["lines"]), by=doing.by, on=doing.on)

    @verb(SharedCredit)
    def credit(self, doing: Doing) -> None:
        """Say anew who shares in a deal that is won, and for how much."""
        shares = [Share(s["user"].pk, s["role"], s["share"]) for s in doing.said["shares"]]
        actions.share_credit(opportunity=doing.row, shares=shares, by=doing.by, on=doing.on)

    @verb(DealPeople)
    def stakeholders(self, doing: Doing) -> None:
        """Say anew who at the customer has a say in a deal: contacts of its account, each once."""
        people = [Said(**person) for person in doing.said["people"]]
        actions.name_stakeholders(opportunity=doing.row, people=people, by=doing.by, on=doing.on)

    @verb(DealReported)
    def report(self, doing: Doing) -> None:
        """Keep what the dealer told us of it: their clock starts again."""
        note_deal_report(opportunity=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(Nothing)
    def reopen(self, doing: Doing) -> None:
        """Take the decision back: the deal stands in negotiation again."""
        actions.take_back(opportunity=doing.row, by=doing.by, on=doing.on)
