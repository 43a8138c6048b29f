"""Contact moments: read, and written down."""

from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError

from core.api.filters import DayFilter, Filters, IdFilter, WordFilter
from core.api.paging import BY_ID, LARGEST_ID, by_day
from core.api.rows import FreeText, Row, text, whole
from core.api.writing import Body, Chosen, Doing, WriteViewSet, creating
from core.models import User
from core.subjects import subject, subjects
from installed_base.actions.contacts import MomentRefused, log_contact
from installed_base.models import Account, Contact, ContactMoment


class MomentRow(Row):
    id = whole()
    source = text()
    external_id = text()
    account_id = whole()
    account_name = text(source="account.name")
    contact_id = whole(allow_null=True)
    contact_name = FreeText(source="contact.name")
    contact_role = text(source="contact.role", allow_null=True)
    by_id = whole(allow_null=True, help_text="Id of our user who spoke.")
    kind = serializers.ChoiceField(ContactMoment.Kind.choices)
    on = serializers.DateField()
    note = FreeText()
    subject_kind = text(help_text="What it was about: renewal, opportunity, asset; empty: nothing in particular.")
    subject_id = whole(allow_null=True)
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class MomentFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    contact = IdFilter(help_text="Id of the person at the customer.")
    kind = WordFilter(choices=ContactMoment.Kind.choices)
    since = DayFilter(field_name="on", lookup_expr="gte", help_text="On or after this day.")
    until = DayFilter(field_name="on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = ContactMoment
        fields: ClassVar[list[str]] = []


def _still_there(user: User) -> Any:
    return Contact.objects.visible_to(user).filter(left_on__isnull=True)


class NewMoment(Body):
    account_id = Chosen(Account.objects.visible_to, source="account", help_text="Id of the account they are of.")
    kind = serializers.ChoiceField(ContactMoment.Kind.choices)
    on = serializers.DateField(required=False, help_text="The day it took place; left out, today.")
    contact_id = Chosen(
        _still_there, source="contact", required=False, help_text="Id of the person; left out: nobody in particular."
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=8000, help_text="What was said.")
    subject_kind = serializers.CharField(
        required=False, max_length=40, help_text="What it was about: renewal, opportunity, asset; with `subject_id`."
    )
    subject_id = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)

    def validate_on(self, on: date) -> date:
        if on > self.context["on"]:
            raise ValidationError(_("A contact is one that took place; choose today or earlier."))
        return on

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        contact = attrs.get("contact")
        if contact and contact.account_id != attrs["account"].pk:
            raise ValidationError({"contact_id": [_("This person does not belong to the account. Choose another.")]})
        return attrs | {"about": self._about(attrs.pop("subject_kind", ""), attrs.pop("subject_id", None))}

    def _about(self, kind: str, pk: int | None) -> tuple[str, int] | None:
        """What it was about, within the caller's reach; ValidationError names the wrong half."""
        if not kind and pk is None:
            return None
        if kind not in {s.kind for s in subjects()}:
            raise ValidationError({"subject_kind": [_("There is no such kind of thing here.")]})
        if pk is None or not subject(kind).visible_to(self.context["by"]).filter(pk=pk).exists():
            raise ValidationError({"subject_id": [Chosen.default_error_messages["absent"]]})
        return kind, pk


@extend_schema(tags=["moments"])
class Moments(WriteViewSet):
    """Calls, meetings, visits and answered messages. Technicians see none. One is written once and stays as it is."""

    model = ContactMoment
    noun = "moment"
    row = MomentRow
    detail_row = MomentRow
    filters = MomentFilters
    orderings = (BY_ID, by_day("on"))
    refusals = (MomentRefused,)

    @creating(NewMoment)
    def create(self, doing: Doing) -> ContactMoment:
        """Write down that somebody was spoken with, at an account that is one's own."""
        said = dict(doing.said)
        if not Account.objects.changeable_by(doing.by).filter(pk=said["account"].pk).exists():
            raise PermissionDenied(
                _("account_id: you see this account; only its owner and its team write down who they spoke with.")
            )
        return log_contact(happened_on=said.pop("on", doing.on), by=doing.by, on=doing.on, **said)
