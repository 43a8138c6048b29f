"""Segments of accounts: what stands, what the rule says, what somebody chose; read and changed."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import Filters, IdFilter, TextFilter
from core.api.paging import BY_ID
from core.api.reading import Asking
from core.api.rows import Amount, FreeText, Row, Rows, day_or_null, text, whole
from core.api.writing import Body, Doing, Nothing, WriteViewSet, verb
from core.problems import Refused
from core.reach import reach_of
from core.scope import System
from health.queries.segments import placed
from installed_base.actions import placing
from installed_base.models import Account
from installed_base.models.accounts import Segment


class SegmentRow(Row):
    derived = ("suggested", "by_hand", "reason", "strategic_since", "value_reporting")
    id = whole(help_text="Id of the account.")
    account_name = text(source="name")
    segment = text(help_text="As it stands.")
    owner_id = whole()
    owner_name = text(source="owner.name")
    suggested = text(help_text="What the rule says; the present one where the value is not known.")
    by_hand = serializers.BooleanField(help_text="Somebody chose it; it wins over the rule.")
    reason = FreeText(help_text="Why somebody chose it.")
    strategic_since = day_or_null()
    value_reporting = Amount(help_text="What it is worth a year. Null: not known. Only for callers who see prices.")


class SegmentFilters(Filters):
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    segment = TextFilter()

    class Meta:
        model = Account
        fields: ClassVar[list[str]] = []


class SegmentChosen(Body):
    segment = serializers.ChoiceField(Segment.choices)
    reason = serializers.CharField(max_length=240, help_text="Why it fits better than the rule.")


class Marked(Body):
    reason = serializers.CharField(max_length=240, help_text="Why the account is strategic.")


@extend_schema(tags=["segments"])
class Segments(WriteViewSet):
    """Accounts by segment, with what the rule says of each. For callers who see prices."""

    model = Account
    noun = "segment"
    row = SegmentRow
    detail_row = SegmentRow
    filters = SegmentFilters
    orderings = (BY_ID,)

    def base(self, on: date, *, dated: bool) -> QuerySet[Any]:
        return Account.objects.filter(merged_into__isnull=True)

    def visible(self, rows: Any, actor: Any) -> Any:
        found = rows.visible_to(actor)
        return found if isinstance(actor, System) or reach_of(actor).sees_prices else found.none()

    def complete(self, rows: Rows, asking: Asking) -> None:
        """What the rule says of each, in a fixed number of queries."""
        actor = System("rows that were asked for")
        ids = [row["id"] for row in rows]
        accounts = Account.objects.visible_to(actor).filter(pk__in=ids).select_related("owner")
        found = {p.account.pk: p for p in placed(list(accounts), actor, asking.on)}
        for row in rows:
            here = found[row["id"]]
            row["suggested"], row["by_hand"] = here.suggested, here.choice is not None
            row["reason"] = here.choice.reason if here.choice else ""
            row["strategic_since"] = here.mark.since if here.mark else None
            row["value_reporting"] = here.weight.value

    @verb(SegmentChosen)
    def choose(self, doing: Doing) -> None:
        """A segment by hand; it wins over the rule."""
        placing.choose_segment(account=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(Nothing)
    def follow_rule(self, doing: Doing) -> None:
        """Take a choice by hand back, and place the account as the rule says."""
        placing.follow_the_rule(account=doing.row, by=doing.by)
        account = Account.objects.visible_to(doing.by).select_related("owner").get(pk=doing.row.pk)
        [found] = placed([account], doing.by, doing.on)
        if found.weight.value is None:
            raise Refused(_("What the account is worth is not known; the rule says nothing of it."))
        placing.place_in_segments(segments={account.pk: found.suggested}, by=doing.by, on=doing.on)

    @verb(Marked)
    def strategic(self, doing: Doing) -> None:
        """Mark the account as strategic, from today."""
        placing.mark_strategic(account=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(Nothing)
    def not_strategic(self, doing: Doing) -> None:
        """End the mark."""
        placing.end_strategic(account=doing.row, by=doing.by, on=doing.on)
