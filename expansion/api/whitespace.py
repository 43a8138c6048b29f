"""The whitespace matrix, and what was said of its cells."""

from typing import Any, ClassVar

from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError

from core.api.filters import Filters, FlagFilter, IdFilter, TextFilter, WordFilter
from core.api.paging import BY_ID, Ordering, by_day
from core.api.reading import Asking, ReadViewSet
from core.api.rows import Amount, FreeText, Row, Rows, day_or_null, text, whole
from core.api.writing import Body, Chosen, Doing, WriteViewSet, creating, verb
from core.policies import policy_on
from core.reach import Level, reach_of
from expansion.actions.cells import say_of_cell, take_back_answer
from expansion.cell_words import STATES, column_name
from expansion.models import CellAnswer
from expansion.queries.whitespace.bought import columns
from expansion.queries.whitespace.matrix import Cell, Line, lines_of
from expansion.queries.whitespace.peers import adoption
from expansion.rules.whitespace import State, WhitespacePolicy
from installed_base.models import Account

CELL_STATES = [(state.value, STATES[state]) for state in State]


class CellRow(Row):
    column = text(help_text="Key of the column: machine:<name>, service, or stream:<name>.")
    column_name = text()
    state = serializers.ChoiceField(CELL_STATES)
    count = whole(help_text="Machines, contracts or invoices behind a bought cell.")
    opportunity_id = whole(allow_null=True, help_text="The open deal about it.")
    answer_id = whole(allow_null=True, help_text="What was said of it last.")
    peers = whole(allow_null=True, help_text="Comparable customers of an empty cell; null: too few.")
    peers_bought = whole(allow_null=True, help_text="How many of them have it.")
    worth = Amount(help_text="What an empty cell may bring: the share of the peers times what it usually brings.")


class WhitespaceRow(Row):
    derived = ("machines", "bought", "applicable", "cells")
    id = whole(help_text="Id of the account.")
    name = text()
    segment = text()
    industry = text()
    country = text()
    machines = whole(help_text="In service on the date.")
    bought = whole()
    applicable = whole(help_text="Cells that are not marked as not applicable.")
    cells = CellRow(many=True)


class WhitespaceFilters(Filters):
    owner = IdFilter(field_name="owner_id", help_text="Id of the owner.")
    segment = TextFilter()
    industry = TextFilter()
    country = TextFilter()

    class Meta:
        model = Account
        fields: ClassVar[list[str]] = []


@extend_schema(tags=["whitespace"])
class Whitespace(ReadViewSet):
    """What each customer buys, column by column, as of a date; every empty cell with what is known of it."""

    row = WhitespaceRow
    detail_row = WhitespaceRow
    filters = WhitespaceFilters
    orderings = (BY_ID, Ordering("name", Lower("name")))
    as_of = True

    def visible(self, rows: Any, actor: Any) -> Any:
        """Of accounts that stand for themselves; who sees single machines only has no matrix."""
        found = rows.visible_to(actor).filter(merged_into__isnull=True)
        assigned = getattr(actor, "role", "") and reach_of(actor).level is Level.ASSIGNED
        return found.none() if assigned else found

    def complete(self, rows: Rows, asking: Asking) -> None:
        policy = policy_on(WhitespacePolicy, asking.on).values
        accounts = list(Account.objects.visible_to(asking.user).filter(pk__in=[row["id"] for row in rows]))
        peers = adoption(asking.on, policy) if accounts else None
        found = lines_of(accounts, columns(policy), asking.on, policy, peers) if accounts else []
        lines = {line.account.pk: line for line in found}
        for row in rows:
            row.update(_told(lines[row["id"]], asking.reach.sees_prices))


def _told(line: Line, prices: bool) -> dict[str, Any]:
    return {
        "machines": line.machines,
        "bought": line.fill.bought,
        "applicable": line.fill.applicable,
        "cells": [_cell(cell, prices) for cell in line.cells],
    }


def _cell(cell: Cell, prices: bool) -> dict[str, Any]:
    told = {
        "column": cell.column.key,
        "column_name": column_name(cell.column),
        "state": cell.state.value,
        "count": cell.count,
        "opportunity_id": cell.deal.id if cell.deal else None,
        "answer_id": cell.answer.pk if cell.answer else None,
        "peers": cell.hint.of if cell.hint else None,
        "peers_bought": cell.hint.bought if cell.hint else None,
    }
    return told | ({"worth": None if cell.worth is None else str(cell.worth)} if prices else {})


class CellAnswerRow(Row):
    id = whole()
    account_id = whole()
    account_name = text(source="account.name")
    column = text(help_text="Key of the column.")
    state = serializers.ChoiceField(CellAnswer.State.choices)
    competitor = FreeText()
    note = FreeText()
    known_on = serializers.DateField(help_text="The day from which it stands.")
    said_by_id = whole(allow_null=True)
    again_on = day_or_null("The day from which a refusal may be asked again.")
    ended_on = day_or_null("Taken back, or said anew.")
    ended_by_id = whole(allow_null=True)


class CellAnswerFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    column = TextFilter(help_text="Key of the column.")
    state = WordFilter(choices=CellAnswer.State.choices)
    standing = FlagFilter(field_name="ended_on", lookup_expr="isnull", help_text="Stands today.")

    class Meta:
        model = CellAnswer
        fields: ClassVar[list[str]] = []


class NewCellAnswer(Body):
    account_id = Chosen(Account.objects.visible_to, source="account", help_text="Id of the account.")
    column = serializers.CharField(max_length=140, help_text="Key of a column, as `whitespace/` names it.")
    state = serializers.ChoiceField(CellAnswer.State.choices)
    competitor = serializers.CharField(max_length=120, required=False, help_text="With `competitor`.")
    note = serializers.CharField(max_length=4000, required=False)
    again_on = serializers.DateField(required=False, help_text="With `declined`: from when to ask again.")

    def validate_column(self, column: str) -> str:
        keys = [c.key for c in columns(policy_on(WhitespacePolicy, self.context["on"]).values)]
        if column not in keys:
            raise ValidationError(_("There is no such column. Choose one of: %(names)s.") % {"names": ", ".join(keys)})
        return column

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        again, declined = attrs.get("again_on"), attrs["state"] == CellAnswer.State.DECLINED
        if declined and (again is None or again <= self.context["on"]):
            raise ValidationError({"again_on": [_("Say from which later day it may be asked again.")]})
        if again is not None and not declined:
            raise ValidationError({"again_on": [_("Only a refusal has a day on which it is asked again.")]})
        return attrs


@extend_schema(tags=["whitespace"])
class CellAnswers(WriteViewSet):
    """Why customers do not buy a column, by whom and from when; an answer that ended stays on record."""

    model = CellAnswer
    noun = "cell-answer"
    row = CellAnswerRow
    detail_row = CellAnswerRow
    filters = CellAnswerFilters
    orderings = (BY_ID, by_day("known_on"))

    @creating(NewCellAnswer)
    def create(self, doing: Doing) -> CellAnswer:
        """Say why a cell is empty; what was said before ends."""
        said = dict(doing.said)
        account = Account.objects.changeable_by(doing.by).filter(pk=said.pop("account").pk).first()
        if account is None:
            raise PermissionDenied(_("account_id: you see this account; only its owner and its team answer for it."))
        return say_of_cell(account=account, by=doing.by, on=doing.on, **said)

    @verb()
    def take_back(self, doing: Doing) -> None:
        """It no longer holds: the cell is open again."""
        take_back_answer(answer=doing.row, by=doing.by, on=doing.on)
