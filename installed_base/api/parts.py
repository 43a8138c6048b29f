"""What customers say to spend on parts elsewhere."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from core.api.filters import DayFilter, Filters, IdFilter
from core.api.paging import BY_ID, by_day
from core.api.rows import Amount, Currency, FreeText, Row, text, whole
from core.api.writing import Body, Chosen, Doing, WriteViewSet, creating
from core.models import User
from installed_base.actions.parts import StatementRefused, state_parts
from installed_base.models import Account, Contact, PartsStatement


class PartsStatementRow(Row):
    id = whole()
    source = text()
    external_id = text()
    account_id = whole()
    account_name = text(source="account.name")
    contact_id = whole(allow_null=True)
    contact_name = FreeText(source="contact.name", help_text="Who said it.")
    on = serializers.DateField(help_text="The day it was said; the latest of a customer counts.")
    elsewhere = Amount(help_text="What they spend a year on parts of others. Only for callers who see prices.")
    elsewhere_reporting = Amount(help_text="The same in the reporting currency, at the rate of the day.")
    currency = Currency(help_text="Of `elsewhere`.")
    note = FreeText()
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class PartsStatementFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    since = DayFilter(field_name="on", lookup_expr="gte", help_text="On or after this day.")
    until = DayFilter(field_name="on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = PartsStatement
        fields: ClassVar[list[str]] = []


def _still_there(user: User) -> Any:
    return Contact.objects.visible_to(user).filter(left_on__isnull=True)


class NewPartsStatement(Body):
    account_id = Chosen(Account.objects.visible_to, source="account", help_text="Id of the account.")
    elsewhere = serializers.DecimalField(16, 2, min_value=0, help_text="A year, on parts of others; 0: all from us.")
    currency = serializers.RegexField("^[A-Z]{3}$", required=False, help_text="Left out: the reporting currency.")
    on = serializers.DateField(source="said_on", required=False, help_text="Left out: today.")
    contact_id = Chosen(_still_there, source="contact", required=False, help_text="Id of who said it.")
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


@extend_schema(tags=["parts-statements"])
class PartsStatements(WriteViewSet):
    """What customers say to spend a year on parts elsewhere: the wallet share rests on it. Technicians see none."""

    model = PartsStatement
    noun = "parts-statement"
    row = PartsStatementRow
    detail_row = PartsStatementRow
    filters = PartsStatementFilters
    orderings = (BY_ID, by_day("on"))
    refusals = (StatementRefused,)

    @creating(NewPartsStatement)
    def create(self, doing: Doing) -> PartsStatement:
        """Write down what they said, at an account that is one's own."""
        said = dict(doing.said)
        if not Account.objects.changeable_by(doing.by).filter(pk=said["account"].pk).exists():
            raise PermissionDenied(
                _("account_id: you see this account; only its owner and its team write down what it says.")
            )
        said.setdefault("said_on", doing.on)
        return state_parts(by=doing.by, on=doing.on, **said)
