"""Invitations to surveys: read, and sent to one person."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import DayFilter, Filters, IdFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import Asking
from core.api.rows import FreeText, Row, Rows, day_or_null, text, whole
from core.api.writing import Body, Chosen, Doing, WriteViewSet, creating
from core.problems import Refused
from health.actions.inviting import invite
from health.models import Invitation, Question
from health.queries.surveys import sendable
from health.rules.survey import KINDS, Stand, stand_of
from health.words.surveys import why_words

STANDS = [(stand.value, stand.value) for stand in Stand]


class InvitationRow(Row):
    id = whole()
    kind = text(help_text="The survey: onboarding, ticket, relationship.")
    account_id = whole()
    account_name = text(source="account.name")
    contact_id = whole(allow_null=True, help_text="Id of the person; null: no longer known to us.")
    contact_name = FreeText(source="contact.name")
    asset_id = whole(allow_null=True, help_text="Id of the machine it is about.")
    ticket_id = whole(allow_null=True, help_text="Id of the ticket it is about.")
    question = serializers.ChoiceField(Question.choices)
    scale_from = whole()
    scale_to = whole()
    language = text()
    sent_on = serializers.DateField()
    sent_by_id = whole(allow_null=True, help_text="Id of the user who sent it; null: it went out by itself.")
    valid_until = serializers.DateField(help_text="The last day on which it can be answered.")
    answered_on = day_or_null()
    answer_id = whole(allow_null=True, help_text="Id of the answer it became.")
    stand = serializers.ChoiceField(STANDS, help_text="As of today.")

    derived = ("stand",)


class InvitationFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    contact = IdFilter(help_text="Id of the person at the customer.")
    kind = WordFilter(choices=[(kind.key, kind.name) for kind in KINDS])
    stand = WordFilter(choices=STANDS, method="standing", help_text="Open, answered or expired, as of today.")
    since = DayFilter(field_name="sent_on", lookup_expr="gte", help_text="Sent on or after this day.")
    until = DayFilter(field_name="sent_on", lookup_expr="lte", help_text="Sent on or before this day.")

    class Meta:
        model = Invitation
        fields: ClassVar[list[str]] = []

    def standing(self, rows: Any, name: str, value: str) -> Any:
        waiting, in_time = Q(answered_on__isnull=True), Q(valid_until__gte=self.on)
        asked = {Stand.OPEN: waiting & in_time, Stand.EXPIRED: waiting & ~in_time, Stand.ANSWERED: ~waiting}
        return rows.filter(asked[Stand(value)])


class NewInvitation(Body):
    contact_id = Chosen(sendable, source="contact", help_text="Id of the person who is asked.")
    kind = serializers.ChoiceField(
        [(kind.key, kind.name) for kind in KINDS if kind.by_hand], help_text="A survey that is sent by hand."
    )


@extend_schema(tags=["survey invitations"])
class Invitations(WriteViewSet):
    """Who was asked what, and whether they answered. The link itself is in the mail alone. Technicians see none."""

    model = Invitation
    noun = "survey-invitation"
    row = InvitationRow
    detail_row = InvitationRow
    filters = InvitationFilters
    orderings = (BY_ID, by_day("sent_on"))

    def complete(self, rows: Rows, asking: Asking) -> None:
        for row in rows:
            row["stand"] = _stand(row, asking.on)

    @creating(NewInvitation)
    def create(self, doing: Doing) -> Invitation:
        """Send a survey to one person. Refused, with the reason, for somebody who is to be left in peace."""
        sent = invite(kind=doing.said["kind"], contacts=[doing.said["contact"].pk], by=doing.by, on=doing.on)
        for _person, why in sent.skipped:
            raise Refused(why_words(why))
        return sent.invited[0]


def _stand(row: dict[str, Any], on: date) -> str:
    return stand_of(row["answered_on"] is not None, row["valid_until"], on).value
