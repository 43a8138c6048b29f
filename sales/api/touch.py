"""Touches of leads, and the sources from which leads and touches come."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, TextFilter, WordFilter
from core.api.paging import BY_ID, Ordering, by_day
from core.api.reading import Asking
from core.api.rows import FreeText, Row, Rows, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, WriteViewSet, changing, creating
from core.models import User
from installed_base.models import Account
from sales.actions.lead import log_touch
from sales.actions.lead_source import save_source
from sales.api.lead import chosen_source
from sales.models import Channel, Lead, LeadSource, Touch, TouchKind, keeps_sources


class TouchRow(Row):
    id = whole()
    source = text()
    external_id = text()
    lead_id = whole()
    company = text(source="lead.company")
    account_id = whole(source="lead.account_id", allow_null=True)
    on = serializers.DateField()
    kind = serializers.ChoiceField(TouchKind.choices)
    lead_source_id = whole(allow_null=True)
    what = FreeText()
    by_id = whole(allow_null=True, help_text="Id of our user who logged it.")
    known_on = serializers.DateField()


class TouchFilters(Filters):
    lead = IdFilter(help_text="Id of the lead.")
    account = IdFilter(field_name="lead__account", help_text="Id of the account.")
    lead_source = IdFilter(help_text="Id of the source.")
    kind = WordFilter(choices=TouchKind.choices)
    since = DayFilter(field_name="on", lookup_expr="gte", help_text="On or after this day.")
    until = DayFilter(field_name="on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = Touch
        fields: ClassVar[list[str]] = []


class NewTouch(Body):
    lead_id = Chosen(Lead.objects.visible_to, source="lead", help_text="Id of the lead.")
    kind = serializers.ChoiceField(TouchKind.choices)
    on = serializers.DateField(
        source="happened_on", required=False, help_text="The day it took place; today by default."
    )
    lead_source_id = chosen_source(required=False, allow_null=True, help_text="Where they met us.")
    what = serializers.CharField(max_length=240, required=False, allow_blank=True)


@extend_schema(tags=["leads"])
class Touches(WriteViewSet):
    """What leads saw of us, or we of them, over the years: what attribution reads."""

    model = Touch
    noun = "touch"
    row = TouchRow
    detail_row = TouchRow
    filters = TouchFilters
    orderings = (BY_ID, by_day("on"))

    def nameless(self, rows: Rows, asking: Asking) -> Rows:
        named = Lead.objects.named_to(asking.user).filter(pk__in=[row["lead_id"] for row in rows])
        known = set(named.values_list("pk", flat=True))
        return [row for row in rows if row["lead_id"] not in known]

    @creating(NewTouch)
    def create(self, doing: Doing) -> Touch:
        """Log a touch. A call, a visit or a demonstration starts the work on a new lead."""
        said = dict(doing.said)
        if not Lead.objects.changeable_by(doing.by).filter(pk=said["lead"].pk).exists():
            raise PermissionDenied(_("lead_id: you see this lead; only who works it logs what happened."))
        return log_touch(by=doing.by, on=doing.on, **said)


class LeadSourceRow(Row):
    id = whole()
    name = text()
    channel = serializers.ChoiceField(Channel.choices)
    partner_id = whole(allow_null=True, help_text="The account of the dealer or partner.")
    is_active = serializers.BooleanField(help_text="Offered where a source is chosen.")


class LeadSourceFilters(Filters):
    channel = WordFilter(choices=Channel.choices)
    active = FlagFilter(field_name="is_active")
    name = TextFilter(lookup_expr="istartswith", help_text="How it begins.")

    class Meta:
        model = LeadSource
        fields: ClassVar[list[str]] = []


def _accounts(by: User) -> Any:
    return Account.objects.visible_to(by).filter(merged_into__isnull=True)


def _partner() -> Chosen:
    return Chosen(
        _accounts, source="partner", required=False, allow_null=True, help_text="Only with the channel `partner`."
    )


class NewLeadSource(Body):
    name = serializers.CharField(max_length=120)
    channel = serializers.ChoiceField(Channel.choices)
    partner_id = _partner()


class LeadSourceChanges(Changes):
    name = serializers.CharField(max_length=120, required=False)
    channel = serializers.ChoiceField(Channel.choices, required=False)
    partner_id = _partner()
    is_active = serializers.BooleanField(required=False)


@extend_schema(tags=["leads"])
class LeadSources(WriteViewSet):
    """Where leads come from. Marketing keeps the list, with team leads and administrators."""

    model = LeadSource
    noun = "lead-source"
    row = LeadSourceRow
    detail_row = LeadSourceRow
    filters = LeadSourceFilters
    orderings = (BY_ID, Ordering("name", "name"))

    @creating(NewLeadSource)
    def create(self, doing: Doing) -> LeadSource:
        """Add a source."""
        if not keeps_sources(doing.by):
            raise PermissionDenied(_("The sources are kept by marketing, team leads and administrators."))
        return save_source(by=doing.by, **doing.said)

    @changing(LeadSourceChanges)
    def partial_update(self, doing: Doing) -> None:
        """Rename it, give it another channel or its dealer, take it out of use."""
        row = doing.row
        stands = {name: getattr(row, name) for name in ("name", "channel", "partner", "is_active")}
        save_source(source=row, by=doing.by, **(stands | doing.said))
