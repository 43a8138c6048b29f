"""Leads through the API: read, written down, changed, handed over, started, dropped, opened again, made a deal."""

from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, TextFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import Asking
from core.api.rows import FreeText, Row, Rows, day_or_null, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, Nothing, WriteViewSet, changing, creating, verb
from core.models import Owner, User
from core.policies import policy_on
from core.reach import reach_of
from core.scope import System
from installed_base.actions.accounts import AccountRefused
from installed_base.models import Account, Product
from playbooks.forms import assignable
from sales.actions import dealer
from sales.actions import lead as actions
from sales.actions.lead_undo import undo_conversion
from sales.api.opportunity import Opportunities
from sales.models import Channel, DealKind, DropReason, Lead, LeadSource, LeadState, Opportunity, works_leads
from sales.queries.dealer import overdue, with_dealers
from sales.queries.icp import fit_case
from sales.queries.lead import takers
from sales.rules.icp import MET, UNKNOWN, UNMET, IcpPolicy, fit_of
from sales.rules.lead import OPEN_STATES
from sales.watching import watch_rows

FITS = [MET, UNMET, UNKNOWN]


# What is said of the dealer who works a lead; null where none does, and of the clock of one that is closed.
WATCHED = ("dealer_given_on", "dealer_heard_on", "dealer_reports_by", "dealer_overdue")


class LeadRow(Row):
    derived: tuple[str, ...] = ("fit", *WATCHED)

    id = whole()
    source = text(help_text="The system it came from; empty when it was entered here.")
    external_id = text(help_text="Its key in that system.")
    company = text()
    account_id = whole(allow_null=True, help_text="The account of the base it is, once that is known.")
    lead_source_id = whole(allow_null=True)
    lead_source_name = text(source="lead_source.name", allow_null=True)
    channel = serializers.ChoiceField(Channel.choices, source="lead_source.channel", allow_null=True)
    owner_id = whole()
    owner_name = text(source="owner.name")
    partner_id = whole(allow_null=True, help_text="The account of the dealer who works it; its owner keeps watch.")
    created_on = serializers.DateField()
    person = FreeText()
    person_role = text()
    email = FreeText()
    phone = FreeText()
    country = text()
    industry = text()
    employees = whole(allow_null=True, help_text="Null: nobody asked.")
    machines = whole(allow_null=True, help_text="Machines they run, of any make. Null: nobody asked.")
    interest_id = whole(allow_null=True, help_text="Id of the product they look at.")
    state = serializers.ChoiceField(LeadState.choices)
    worked_on = day_or_null("When somebody first spoke with them.")
    closed_on = day_or_null("When it became a deal or was dropped.")
    dropped_because = serializers.ChoiceField(DropReason.choices, allow_blank=True)
    opportunity_id = whole(allow_null=True, help_text="The deal it became.")
    fit = serializers.ChoiceField(FITS, help_text="By the profile of the ideal customer that counts today.")
    dealer_given_on = day_or_null("When the dealer got it.")
    dealer_heard_on = day_or_null("Their last report since then.")
    dealer_reports_by = day_or_null("Until when they report; null of a lead that is closed.")
    dealer_overdue = serializers.BooleanField(help_text="That day has passed without a word.")


class LeadCriterionRow(Row):
    name = text(help_text="country, industry, employees or machines.")
    answer = serializers.ChoiceField(FITS)


class LeadDetailRow(LeadRow):
    derived = ("fit", *WATCHED, "criteria")

    note = FreeText()
    dropped_note = FreeText()
    state_reason = FreeText(help_text="Why it was opened again.")
    known_on = serializers.DateField()
    criteria = LeadCriterionRow(many=True, help_text="The profile, criterion by criterion.")


class LeadFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    partner = IdFilter(help_text="Id of the account of the dealer who works it.")
    dealer_overdue = FlagFilter(method="of_silence", help_text="Open, and the dealer should have reported.")
    lead_source = IdFilter(help_text="Id of the source.")
    opportunity = IdFilter(help_text="Id of the deal it became.")
    channel = WordFilter(choices=Channel.choices, field_name="lead_source__channel")
    state = WordFilter(choices=LeadState.choices)
    open = FlagFilter(method="still_open", help_text="Neither a deal nor dropped.")
    fit = WordFilter(choices=[(key, key) for key in FITS], method="of_fit")
    country = TextFilter(lookup_expr="iexact")
    company = TextFilter(lookup_expr="istartswith", help_text="How it begins.")
    external_id = TextFilter()
    created_after = DayFilter(field_name="created_on", lookup_expr="gte", help_text="On or after this day.")
    created_before = DayFilter(field_name="created_on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = Lead
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(state__in=OPEN_STATES) if value else rows.exclude(state__in=OPEN_STATES)

    def of_silence(self, rows: Any, name: str, value: bool) -> Any:
        late = with_dealers(Lead.objects.visible_to(System("narrowed by whoever asks")), self.on).filter(
            overdue(self.on)
        )
        return rows.filter(pk__in=late.values("pk")) if value else rows.exclude(pk__in=late.values("pk"))

    def of_fit(self, rows: Any, name: str, value: str) -> Any:
        return rows.alias(fits=fit_case(policy_on(IcpPolicy, self.on).values)).filter(fits=value)


def chosen_source(**options: Any) -> Chosen:
    """The id of a source that is in use."""
    return Chosen(lambda by: LeadSource.objects.visible_to(by).filter(is_active=True), source="lead_source", **options)


def _accounts(by: User) -> Any:
    return Account.objects.visible_to(by).filter(merged_into__isnull=True)


def _takers(_by: User) -> Any:
    return takers()


def _words(most: int, **options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=most, required=False, allow_blank=True, **options)


def _number(help_text: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=0, max_value=10_000_000, required=False, allow_null=True, help_text=help_text
    )


class LeadFields(Body):
    lead_source_id = chosen_source(required=False, allow_null=True, help_text="Id of the source.")
    person = _words(200)
    person_role = _words(120)
    email = serializers.EmailField(required=False, allow_blank=True)
    phone = _words(40)
    country = _words(60)
    industry = _words(80)
    employees = _number("Null: nobody asked.")
    machines = _number("Machines they run, of any make.")
    interest_id = Chosen(
        lambda by: Product.objects.all(), source="interest", required=False, allow_null=True,
        help_text="Id of the product they look at.",
    )  # fmt: skip
    note = _words(4000)


def _dealer(help_text: str) -> Chosen:
    return Chosen(_accounts, source="partner", required=False, help_text=help_text)


class NewLead(LeadFields):
    company = serializers.CharField(max_length=200)
    owner_id = Chosen(_takers, source="owner", required=False, help_text="Id of the owner; the caller by default.")
    created_on = serializers.DateField(required=False, help_text="The day it came; today by default.")
    account_id = Chosen(_accounts, source="account", required=False, help_text="The account of the base it is.")
    partner_id = _dealer("Id of the account of a dealer: it is handed to them at once.")
    all_the_same = serializers.BooleanField(
        required=False, help_text="True: it is another one, though a lead of that company or address is open."
    )


class LeadChanges(LeadFields, Changes):
    company = serializers.CharField(max_length=200, required=False)
    owner_id = Chosen(_takers, source="owner", required=False, help_text="To whom it is handed over.")
    account_id = Chosen(_accounts, source="account", required=False, allow_null=True)
    partner_id = _dealer("The dealer to whom it is handed, as `hand-to-dealer` does; `take-back` takes it back.")


class HandedToDealer(Body):
    partner_id = Chosen(_accounts, source="partner", help_text="Id of the account of the dealer.")
    answer_by = serializers.DateField(
        required=False, help_text="Until when they report, today or later; by default as many days as the policy gives."
    )


class TakenBack(Body):
    reason = serializers.CharField(max_length=240)


class Reported(Body):
    what = serializers.CharField(max_length=240, help_text="What the dealer told us.")
    on = serializers.DateField(
        source="happened_on", required=False, help_text="Since they have it, up to today; today by default."
    )
    spoke = serializers.BooleanField(required=False, help_text="True: they spoke with the customer.")
    next_by = serializers.DateField(
        required=False, help_text="The day of their next report; not earlier than the policy asks, its day by default."
    )


class Undone(Body):
    reason = serializers.CharField(max_length=240, help_text="Why it is a lead again.")


class Dropped(Body):
    because = serializers.ChoiceField(DropReason.choices)
    note = _words(240, help_text="Compulsory with `other`.")
    closed_on = serializers.DateField(required=False, help_text="Today or earlier; today by default.")


class OpenedAgain(Body):
    reason = serializers.CharField(max_length=240)


class Converted(Body):
    account_id = Chosen(
        _accounts, source="account", required=False,
        help_text="Left out: the account it is linked to, else a new one under the name of the company.",
    )  # fmt: skip
    kind = serializers.ChoiceField(
        DealKind.choices, required=False,
        help_text="Left out: a new customer, or a win-back; a customer of today gets a kind of growth.",
    )  # fmt: skip
    name = serializers.CharField(max_length=240, required=False)
    value = serializers.DecimalField(
        max_digits=16, decimal_places=2, min_value=0, required=False, allow_null=True,
        help_text="In the reporting currency; null while nobody knows.",
    )  # fmt: skip
    owner_id = Chosen(assignable, source="owner", required=False, help_text="Id of the owner; the caller by default.")
    another = serializers.BooleanField(
        required=False, help_text="True: another company than the account of that name, so a new account."
    )


@extend_schema(tags=["leads"])
class Leads(WriteViewSet):
    """Those who may become customers. Marketing works every lead and reads its person; technicians see none."""

    model = Lead
    noun = "lead"
    row = LeadRow
    detail_row = LeadDetailRow
    filters = LeadFilters
    orderings = (BY_ID, by_day("created_on"))
    refusals = (AccountRefused,)

    def nameless(self, rows: Rows, asking: Asking) -> Rows:
        named = Lead.objects.named_to(asking.user).filter(pk__in=[row["id"] for row in rows])
        known = set(named.values_list("pk", flat=True))
        return [row for row in rows if row["id"] not in known]

    def complete(self, rows: Rows, asking: Asking) -> None:
        """What each answers to the profile, and how the dealer of each stands."""
        watch_rows(rows, asking.on, Lead)
        policy = policy_on(IcpPolicy, asking.on).values
        for row in rows:
            verdict = _fit(policy, row).verdict
            row["fit"] = UNKNOWN if verdict is None else MET if verdict else UNMET

    def enrich(self, row: dict[str, Any], asking: Asking) -> None:
        found = _fit(policy_on(IcpPolicy, asking.on).values, row)
        row["criteria"] = [{"name": name, "answer": answer} for name, answer in found.criteria]

    @creating(NewLead)
    def create(self, doing: Doing) -> Lead:
        """Write a lead down. The same one that is open already is refused, unless `all_the_same`."""
        if not works_leads(doing.by):
            raise PermissionDenied(_("Leads are written down by sales, customer success and marketing."))
        said = dict(doing.said)
        apart = {name: said.pop(name) for name in ("created_on", "account", "all_the_same") if name in said}
        owner, partner = said.pop("owner", None) or Owner.objects.of(doing.by), said.pop("partner", None)
        made = actions.create_lead(said=actions.Said(**said), owner=owner, by=doing.by, on=doing.on, **apart)
        if partner:
            dealer.hand_to_dealer(lead=made, partner=partner, by=doing.by, on=doing.on)
        return made

    @changing(LeadChanges)
    def partial_update(self, doing: Doing) -> None:
        """Say anew what is known of it, which account it is, whose it is, which dealer works it."""
        lead, said = doing.row, dict(doing.said)
        by: dict[str, Any] = {"by": doing.by, "on": doing.on}
        if "account" in said:
            actions.link_account(lead=lead, account=said.pop("account"), **by)
        owner, partner = said.pop("owner", None), said.pop("partner", None)
        if partner and partner.pk != lead.partner_id:
            dealer.hand_to_dealer(lead=lead, partner=partner, **by)
        if said:
            stands = {name: getattr(lead, name) for name in actions.FIELDS}
            actions.change_lead(lead=lead, said=actions.Said(**(stands | said)), **by)
        if owner:
            actions.hand_lead_over(lead=lead, to=owner, **by)

    @verb(Nothing)
    def start(self, doing: Doing) -> None:
        """Somebody spoke with them."""
        actions.start_lead(lead=doing.row, by=doing.by, on=doing.on)

    @verb(HandedToDealer)
    def hand_to_dealer(self, doing: Doing) -> None:
        """Let a dealer work it; its owner keeps watch."""
        dealer.hand_to_dealer(lead=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(TakenBack)
    def take_back(self, doing: Doing) -> None:
        """Work it ourselves again."""
        dealer.take_back_from_dealer(lead=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(Reported)
    def report(self, doing: Doing) -> None:
        """Keep what the dealer told us: a touch, and their clock starts again."""
        dealer.note_report(lead=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(Undone)
    def undo_conversion(self, doing: Doing) -> None:
        """Make a lead of its deal again, while nobody worked on the deal: the deal is removed."""
        undo_conversion(lead=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(Dropped)
    def drop(self, doing: Doing) -> None:
        """Let it go, with the reason."""
        said: dict[str, Any] = dict(doing.said)
        day: date | None = said.pop("closed_on", None)
        actions.drop_lead(lead=doing.row, by=doing.by, on=doing.on, closed_on=day, **said)

    @verb(OpenedAgain)
    def reopen(self, doing: Doing) -> None:
        """Take up a dropped one again."""
        actions.reopen_lead(lead=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(Converted, makes=Opportunities)
    def convert(self, doing: Doing) -> Opportunity:
        """Make a deal of it, once. For those who work deals."""
        if not reach_of(doing.by).works:
            raise PermissionDenied(_("A deal is made by somebody who works deals: hand the lead over to them."))
        said = dict(doing.said)
        owner = said.pop("owner", None) or Owner.objects.of(doing.by)
        return actions.convert_lead(lead=doing.row, owner=owner, by=doing.by, on=doing.on, **said)


def _fit(policy: IcpPolicy, row: dict[str, Any]) -> Any:
    return fit_of(policy, **{name: row[name] for name in ("country", "industry", "employees", "machines")})


__all__ = ["FITS", "Leads"]
