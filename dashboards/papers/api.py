"""Pages by mail: read, ordered, changed, paused, taken up again, deleted."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import Filters, FlagFilter, IdFilter, TextFilter
from core.api.paging import BY_ID
from core.api.reading import Asking
from core.api.rows import Row, Rows, day_or_null, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, Nothing, WriteViewSet, changing, creating, verb
from core.holidays import our_holidays
from core.models import PageSubscription, User
from core.page_mail import PageRefused
from core.rhythm import Rhythm, next_due
from core.subscribing import (
    change_subscription,
    may_send,
    pause_subscription,
    resume_subscription,
    subscribe,
)

Rhythms = PageSubscription.Rhythm


class PageSubscriptionRow(Row):
    derived = ("next_on",)

    id = whole()
    user_id = whole(help_text="Id of who receives it.")
    page = text(help_text="bowtie, stage, cohorts, metric or renewals.")
    subject = text(allow_blank=True, help_text="Which stage or metric.")
    query = text(allow_blank=True, help_text="The filters of the page, as in its address.")
    rhythm = serializers.ChoiceField(Rhythms.choices)
    weekday = whole(allow_null=True, help_text="1, Monday, to 7, of a weekly one.")
    made_by_id = whole(allow_null=True, help_text="Id of who ordered it.")
    made_on = serializers.DateField()
    since_on = serializers.DateField(help_text="What is due on this day or before is not sent.")
    next_on = day_or_null("When it comes next; null while it is paused.")
    paused_on = day_or_null()
    problem = text(allow_blank=True, help_text="Why it paused by itself.")
    sent_at = serializers.DateTimeField(allow_null=True, help_text="When the last one went out.")


class PageSubscriptionFilters(Filters):
    user = IdFilter(help_text="Id of who receives it.")
    page = TextFilter(help_text="bowtie, stage, cohorts, metric or renewals.")
    paused = FlagFilter(method="is_paused", help_text="Paused, by somebody or by itself.")

    class Meta:
        model = PageSubscription
        fields: ClassVar[list[str]] = []

    def is_paused(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(paused_on__isnull=not value)


def _receivers(user: User) -> Any:
    return User.objects.filter(is_active=True) if may_send(user) else User.objects.filter(pk=user.pk)


class RhythmBody(Body):
    rhythm = serializers.ChoiceField(Rhythms.choices)
    weekday = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=7, help_text="1, Monday, to 7; of a weekly one alone."
    )


class NewPageSubscription(RhythmBody):
    page = serializers.CharField(max_length=40, help_text="bowtie, stage, cohorts, metric or renewals.")
    subject = serializers.CharField(max_length=80, required=False, help_text="Which stage or metric.")
    query = serializers.CharField(max_length=1000, required=False, allow_blank=True, help_text="As in its address.")
    user_id = Chosen(
        _receivers, source="user", required=False, help_text="Who receives it; left out, the caller. Others: for leads."
    )


class PageSubscriptionChanges(Changes):
    rhythm = serializers.ChoiceField(Rhythms.choices, required=False)
    weekday = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=7)


@extend_schema(tags=["page-subscriptions"])
class PageSubscriptions(WriteViewSet):
    """Pages that come by mail: those the caller receives, and those they ordered for others."""

    model = PageSubscription
    noun = "page-subscription"
    row = PageSubscriptionRow
    detail_row = PageSubscriptionRow
    filters = PageSubscriptionFilters
    orderings = (BY_ID,)
    refusals = (PageRefused,)

    def complete(self, rows: Rows, asking: Asking) -> None:
        closed = our_holidays()
        for row in rows:
            after = max(asking.on, row["since_on"])
            paused = row["paused_on"] is not None
            row["next_on"] = None if paused else next_due(Rhythm(row["rhythm"]), after, row["weekday"], closed)

    @creating(NewPageSubscription)
    def create(self, doing: Doing) -> PageSubscription:
        """Order a page; the first mail comes on the first due day after today."""
        said = dict(doing.said)
        receiver = said.pop("user", doing.by)
        return subscribe(receivers=[receiver], by=doing.by, on=doing.on, **said)[0]

    @changing(PageSubscriptionChanges)
    def partial_update(self, doing: Doing) -> None:
        """Another rhythm, from the next due day on."""
        rhythm = doing.said.get("rhythm", doing.row.rhythm)
        kept = doing.row.weekday if rhythm == Rhythms.WEEKLY else None
        change_subscription(
            subscription=doing.row, rhythm=rhythm, weekday=doing.said.get("weekday", kept), by=doing.by, on=doing.on
        )

    @verb(Nothing)
    def pause(self, doing: Doing) -> None:
        """No more mails until it is taken up again."""
        pause_subscription(subscription=doing.row, by=doing.by, on=doing.on)

    @verb(Nothing)
    def resume(self, doing: Doing) -> None:
        """From the next due day on. What its receiver stopped, only they take up again."""
        resume_subscription(subscription=doing.row, by=doing.by, on=doing.on)
