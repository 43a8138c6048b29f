"""Tickets and visits, to be read."""

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, TextFilter, WordFilter
from core.api.paging import BY_ID, Ordering, by_day
from core.api.reading import Asking, ReadViewSet
from core.api.rows import FreeText, Row, Rows, text, whole
from installed_base.api.reaching import of_own_machines
from installed_base.models import Ticket, Visit
from installed_base.models.service import Sentiment, Severity

OPEN = Q(resolved_at__isnull=True) | Q(reopened_at__gte=F("resolved_at"))


def moment_or_null(help_text: str = "") -> serializers.DateTimeField:
    return serializers.DateTimeField(allow_null=True, help_text=help_text)


class TicketRow(Row):
    derived = ("open",)
    id = whole()
    source = text()
    external_id = text()
    account_id = whole()
    account_name = text(source="account.name")
    asset_id = whole(allow_null=True, help_text="The machine it is about.")
    contact_id = whole(allow_null=True)
    contact_name = FreeText(source="contact.name")
    number = text()
    title = FreeText()
    kind = serializers.ChoiceField(Ticket.Kind.choices)
    severity = serializers.ChoiceField(Severity.choices)
    sentiment = serializers.ChoiceField(Sentiment.choices, allow_blank=True)
    open = serializers.BooleanField(help_text="Not resolved, or reopened since.")
    opened_at = serializers.DateTimeField()
    first_answer_at = moment_or_null()
    resolved_at = moment_or_null("The latest resolution.")
    reopened_at = moment_or_null()
    downtime_hours = serializers.DecimalField(10, 2, allow_null=True, help_text="Hours; null: nobody wrote them down.")
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class TicketDetailRow(TicketRow):
    attributes = serializers.JSONField()


def day_begins(day: date) -> datetime:
    """Midnight where the organisation is."""
    return datetime.combine(day, time(), ZoneInfo(settings.ORGANISATION_TIME_ZONE))


def _moment(written: str) -> datetime:
    """A moment of a cursor; ValueError for one without zone or outside the years of the API."""
    found = datetime.fromisoformat(written)
    if found.tzinfo is None or not 1900 <= found.year < 2200:
        raise ValueError(written)
    return found


class TicketFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    asset = IdFilter(help_text="Id of the machine.")
    kind = WordFilter(choices=Ticket.Kind.choices)
    severity = WordFilter(choices=Severity.choices)
    external_id = TextFilter()
    open = FlagFilter(method="still_open", help_text="Not resolved, or reopened since.")
    since = DayFilter(method="opened_since", help_text="Opened on or after this day.")
    until = DayFilter(method="opened_until", help_text="Opened on or before this day.")

    class Meta:
        model = Ticket
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(OPEN) if value else rows.exclude(OPEN)

    def opened_since(self, rows: Any, name: str, value: date) -> Any:
        return rows.filter(opened_at__gte=day_begins(value))

    def opened_until(self, rows: Any, name: str, value: date) -> Any:
        return rows.filter(opened_at__lt=day_begins(value + timedelta(days=1)))


@extend_schema(tags=["tickets"])
class Tickets(ReadViewSet):
    """Issues of customers and outages of machines; for technicians those of their machines."""

    row = TicketRow
    detail_row = TicketDetailRow
    filters = TicketFilters
    orderings = (BY_ID, Ordering("opened_at", "opened_at", _moment))

    def visible(self, rows: Any, actor: Any) -> Any:
        return of_own_machines(rows, actor)

    def complete(self, rows: Rows, asking: Asking) -> None:
        for row in rows:
            done, again = row["resolved_at"], row["reopened_at"]
            row["open"] = done is None or (again is not None and again >= done)


class VisitRow(Row):
    id = whole()
    source = text()
    external_id = text()
    account_id = whole()
    account_name = text(source="account.name")
    asset_id = whole(allow_null=True, help_text="The machine that was visited.")
    ticket_id = whole(allow_null=True, help_text="The ticket for which it was made.")
    technician_id = whole(allow_null=True, help_text="Id of the user who went.")
    kind = serializers.ChoiceField(Visit.Kind.choices)
    on = serializers.DateField()
    hours = serializers.DecimalField(6, 2, allow_null=True, help_text="Hours; null: nobody wrote them down.")
    note = FreeText()
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class VisitDetailRow(VisitRow):
    attributes = serializers.JSONField()


class VisitFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    asset = IdFilter(help_text="Id of the machine.")
    ticket = IdFilter(help_text="Id of the ticket.")
    kind = WordFilter(choices=Visit.Kind.choices)
    since = DayFilter(field_name="on", lookup_expr="gte", help_text="On or after this day.")
    until = DayFilter(field_name="on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = Visit
        fields: ClassVar[list[str]] = []


@extend_schema(tags=["visits"])
class Visits(ReadViewSet):
    """Visits to customers; for technicians their own, and those to their machines."""

    row = VisitRow
    detail_row = VisitDetailRow
    filters = VisitFilters
    orderings = (BY_ID, by_day("on"))

    def visible(self, rows: Any, actor: Any) -> Any:
        return of_own_machines(rows, actor, Q(technician=getattr(actor, "pk", None)))
