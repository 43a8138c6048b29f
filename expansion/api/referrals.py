"""Referrals: asked for, given, followed up, thanked for."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError

from core.api.filters import DayFilter, Filters, IdFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import Asking
from core.api.rows import FreeText, Row, Rows, day_or_null, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, Nothing, WriteViewSet, changing, creating, verb
from expansion.actions import referring
from expansion.models import Referral, ReferralKind
from expansion.queries.referrals import STATES, in_state
from installed_base.models import Account, Contact
from sales.models import Stage


class ReferralRow(Row):
    derived = ("state",)

    id = whole()
    account_id = whole(help_text="The advocate's account.")
    account_name = text(source="account.name")
    contact_id = whole(allow_null=True, help_text="The advocate.")
    kind = serializers.ChoiceField(ReferralKind.choices)
    owner_id = whole()
    state = text(help_text="asked, declined, given, opportunity, won or lost.")
    known_on = serializers.DateField()
    asked_on = day_or_null("Null: it came by itself.")
    approved_on = day_or_null("When they said OK to the introduction.")
    declined_on = day_or_null()
    given_on = day_or_null()
    company = FreeText(help_text="To whom they introduce us.")
    person = FreeText()
    prospect_id = whole(allow_null=True, help_text="The account it led to.")
    opportunity_id = whole(allow_null=True)
    opportunity_stage = serializers.ChoiceField(Stage.choices, source="opportunity.stage", allow_null=True)
    thanked_on = day_or_null()
    told_on = day_or_null("When they heard that it became a deal.")
    recognition = serializers.ChoiceField(Referral.Recognition.choices, allow_blank=True)
    recognised_on = day_or_null()


class ReferralDetailRow(ReferralRow):
    talking_points = FreeText()
    intro = FreeText(help_text="The introduction, in their voice.")
    declined_reason = FreeText()


class ReferralFilters(Filters):
    account = IdFilter(help_text="Id of the advocate's account.")
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    kind = WordFilter(choices=ReferralKind.choices)
    state = WordFilter(choices=[(key, key) for key in STATES], method="of_state")
    given_after = DayFilter(field_name="given_on", lookup_expr="gte", help_text="Given on or after this day.")

    class Meta:
        model = Referral
        fields: ClassVar[list[str]] = []

    def of_state(self, rows: Any, name: str, value: str) -> Any:
        return in_state(rows, value)


def _there(by: Any) -> Any:
    return Contact.objects.visible_to(by).filter(left_on__isnull=True)


class NewReferral(Body):
    """With `company` it came by itself; without it, it is asked for."""

    account_id = Chosen(Account.objects.visible_to, source="account", help_text="Id of the advocate's account.")
    contact_id = Chosen(_there, source="contact", required=False, help_text="Id of the advocate; needed to ask.")
    kind = serializers.ChoiceField(ReferralKind.choices, required=False, help_text="What is asked for.")
    talking_points = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    intro = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    company = serializers.CharField(required=False, max_length=200)
    person = serializers.CharField(required=False, allow_blank=True, max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "company" in attrs:
            if extra := attrs.keys() & {"kind", "talking_points", "intro"}:
                raise ValidationError({min(extra): [_("With a company it was given already; nothing is asked.")]})
        elif "contact" not in attrs:
            raise ValidationError({"contact_id": [_("Say who is asked.")]})
        elif "person" in attrs:
            raise ValidationError({"person": [_("Name the company they introduce us to as well.")]})
        return attrs


class ReferralChanges(Changes):
    talking_points = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    intro = serializers.CharField(required=False, allow_blank=True, max_length=4000)


class WasGiven(Body):
    company = serializers.CharField(required=False, max_length=200, help_text="With an introduction: to whom.")
    person = serializers.CharField(required=False, allow_blank=True, max_length=200)


class SaidNo(Body):
    reason = serializers.CharField(max_length=240)


class Pursued(Body):
    prospect_id = Chosen(
        Account.objects.changeable_by, source="prospect", required=False,
        help_text="Id of the account it leads to; left out, a new one is made.",
    )  # fmt: skip
    name = serializers.CharField(required=False, max_length=240)
    value = serializers.DecimalField(
        max_digits=16, decimal_places=2, min_value=0, required=False, allow_null=True,
        help_text="In the reporting currency.",
    )  # fmt: skip


class Recognised(Body):
    how = serializers.ChoiceField(Referral.Recognition.choices)


@extend_schema(tags=["referrals"])
class Referrals(WriteViewSet):
    """What customers were asked for, and whom they sent us. Technicians see none."""

    model = Referral
    noun = "referral"
    row = ReferralRow
    detail_row = ReferralDetailRow
    filters = ReferralFilters
    orderings = (BY_ID, by_day("known_on"))

    def complete(self, rows: Rows, asking: Asking) -> None:
        for row in rows:
            row["state"] = _state(row)

    @creating(NewReferral)
    def create(self, doing: Doing) -> Referral:
        """Ask for one, or write down one that came by itself."""
        said = dict(doing.said)
        account = Account.objects.changeable_by(doing.by).filter(pk=said.pop("account").pk).first()
        if account is None:
            raise PermissionDenied(_("account_id: you see this account; only its owner and its team ask there."))
        if "company" in said:
            return referring.record_referral(account=account, by=doing.by, on=doing.on, **said)
        kind = said.pop("kind", ReferralKind.INTRODUCTION)
        return referring.ask_referral(account=account, kind=kind, by=doing.by, on=doing.on, **said)

    @changing(ReferralChanges)
    def partial_update(self, doing: Doing) -> None:
        """Write the talking points or the introduction, while it is asked for."""
        row, said = doing.row, doing.said
        referring.write_intro(
            referral=row, talking_points=said.get("talking_points", row.talking_points),
            intro=said.get("intro", row.intro), by=doing.by, on=doing.on,
        )  # fmt: skip

    @verb(Nothing)
    def approve(self, doing: Doing) -> None:
        """They said OK to the introduction."""
        referring.approve_intro(referral=doing.row, by=doing.by, on=doing.on)

    @verb(SaidNo)
    def decline(self, doing: Doing) -> None:
        """They would rather not."""
        referring.decline(referral=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(WasGiven)
    def give(self, doing: Doing) -> None:
        """They gave it. Thanks become a task."""
        referring.give(referral=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(Pursued)
    def pursue(self, doing: Doing) -> None:
        """Make an opportunity of it."""
        referring.pursue(referral=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(Nothing)
    def thank(self, doing: Doing) -> None:
        """They were thanked."""
        referring.thank(referral=doing.row, by=doing.by, on=doing.on)

    @verb(Nothing)
    def tell(self, doing: Doing) -> None:
        """They know that it became a deal."""
        referring.tell_won(referral=doing.row, by=doing.by, on=doing.on)

    @verb(Recognised)
    def recognise(self, doing: Doing) -> None:
        """Write down how they were recognised."""
        referring.recognise(referral=doing.row, by=doing.by, on=doing.on, **doing.said)


def _state(row: dict[str, Any]) -> str:
    if row["declined_on"]:
        return "declined"
    if not row["given_on"]:
        return "asked"
    stage = row["opportunity_stage"]
    return stage if stage in (Stage.WON, Stage.LOST) else "opportunity" if stage else "given"
