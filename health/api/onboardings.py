"""The start of machines: how it stands and why, and the days, check-ins that move it."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import Filters, IdFilter, TextFilter
from core.api.paging import BY_ID
from core.api.reading import Asking
from core.api.rows import Row, Rows, day_or_null, text, whole
from core.api.writing import Body, Chosen, Doing, WriteViewSet, verb
from core.free_text import free_text
from core.models import User
from core.policies import policy_on
from core.reach import Level, reach_of
from health.actions.check_in import check_in
from health.queries.starts import followed, standings
from health.rules.adoption import AdoptionPolicy, Phase
from health.rules.red_flags import Course, Flag, Standing, Why
from health.words.adoption import reason
from installed_base.actions.contacts import MomentRefused
from installed_base.actions.golive import DayRefused, record_go_live, record_on_specification
from installed_base.models import Asset, Contact, ContactMoment


class ReasonRow(Row):
    key = serializers.ChoiceField([why.value for why in Why])
    since = serializers.DateField(help_text="The first day on which it was wrong.")
    stops = serializers.BooleanField(help_text="Whether the start does not go on by itself.")
    words = text(help_text="The sentence, in the language of the caller.")


class OnboardingRow(Row):
    derived = (
        "phase", "day", "course", "reasons", "next_check_in_on", "first_value_days", "value_days", "trained", "people",
    )  # fmt: skip
    id = whole(help_text="Id of the machine.")
    serial = text()
    product_name = text(source="product.name", allow_null=True)
    account_id = whole()
    account_name = text(source="account.name")
    promised_on = day_or_null("The day for which it was promised.")
    installed_on = day_or_null()
    went_live_on = day_or_null()
    on_specification_on = day_or_null()
    phase = serializers.ChoiceField([phase.value for phase in Phase])
    day = whole(allow_null=True, help_text="Days live: 0 on the first day; null before.")
    course = serializers.ChoiceField([course.value for course in Course])
    reasons = ReasonRow(many=True)
    next_check_in_on = day_or_null("May lie in the past; null: all are done.")
    first_value_days = whole(allow_null=True, help_text="From installation to specification, or so far.")
    value_days = whole(allow_null=True, help_text="From going live to a realised result, or so far.")
    trained = whole(help_text="Operators trained.")
    people = whole(help_text="Operators to be trained, those trained with them.")


class OnboardingFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    owner = IdFilter(field_name="account__owner", help_text="Id of the owner of the account.")
    segment = TextFilter(field_name="account__segment")

    class Meta:
        model = Asset
        fields: ClassVar[list[str]] = []


class DayRecorded(Body):
    on = serializers.DateField(required=False, help_text="Left out: today.")


def _still_there(user: User) -> Any:
    return Contact.objects.visible_to(user).filter(left_on__isnull=True)


class CheckIn(Body):
    kind = serializers.ChoiceField(ContactMoment.Kind.choices)
    on = serializers.DateField(required=False, help_text="The day it took place; left out, today.")
    contact_id = Chosen(_still_there, source="contact", required=False, help_text="Id of the person.")
    note = serializers.CharField(required=False, allow_blank=True, max_length=8000, help_text="What was said.")


@extend_schema(tags=["onboardings"])
class Onboardings(WriteViewSet):
    """Machines that are expected or in their first half year, with phase, course and reasons as of a date. Technicians
    see none."""

    model = Asset
    noun = "onboarding"
    row = OnboardingRow
    detail_row = OnboardingRow
    filters = OnboardingFilters
    orderings = (BY_ID,)
    as_of = True
    refusals = (DayRefused, MomentRefused)

    def base(self, on: date, *, dated: bool) -> QuerySet[Any]:
        return Asset.objects.expected(on)

    def _narrowed(self, rows: QuerySet[Any], given: dict[str, str], asking: Asking) -> QuerySet[Any]:
        """The list holds those that are followed; one machine can be asked about at any time."""
        policy = policy_on(AdoptionPolicy, asking.on).values
        return super()._narrowed(rows.filter(followed(asking.on, policy)), given, asking)

    def visible(self, rows: Any, actor: Any) -> Any:
        nobody = isinstance(actor, User) and reach_of(actor).level is Level.ASSIGNED
        seen = rows.visible_to(actor)
        return seen.none() if nobody else seen

    def complete(self, rows: Rows, asking: Asking) -> None:
        found = standings([row["id"] for row in rows], asking.on)
        for row in rows:
            row.update(_told(found[row["id"]], asking.user))

    @verb(DayRecorded)
    def go_live(self, doing: Doing) -> None:
        """The day it went live; its onboarding begins."""
        record_go_live(asset=doing.row.pk, went_live_on=doing.said.get("on", doing.on), by=doing.by, on=doing.on)

    @verb(DayRecorded)
    def on_specification(self, doing: Doing) -> None:
        """From that day it runs to production specification."""
        day = doing.said.get("on", doing.on)
        record_on_specification(asset=doing.row.pk, on_specification_on=day, by=doing.by, on=doing.on)

    @verb(CheckIn)
    def check_in(self, doing: Doing) -> None:
        """Somebody was spoken with about it; the check-in that was due is done."""
        said = dict(doing.said)
        check_in(asset=doing.row, happened_on=said.pop("on", doing.on), by=doing.by, on=doing.on, **said)


def _told(stands: Standing, user: User) -> dict[str, Any]:
    start = stands.start
    return {
        # As of the date: what came later is not told.
        "installed_on": start.installed_on,
        "went_live_on": start.went_live_on,
        "on_specification_on": start.on_specification_on,
        "phase": stands.phase.value,
        "day": stands.day,
        "course": stands.course.value,
        "reasons": [_reason(flag, user) for flag in stands.flags],
        "next_check_in_on": stands.next_check_in_on,
        "first_value_days": stands.first_value.days,
        "value_days": stands.value.days,
        "trained": start.trained.trained,
        "people": start.trained.people,
    }


def _reason(flag: Flag, user: User) -> dict[str, Any]:
    """A promise is told in the words in which it was made, which are not for those who read no names."""
    of_people = flag.why in (Why.BELOW, Why.PROMISE_LATE)
    words = reason(flag, free_text(flag.about, user, _("a promise"))) if of_people else reason(flag)
    return {"key": flag.why.value, "since": flag.since, "stops": flag.stops, "words": words}
