"""Renewal cycles: read, worked, decided."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import Asking
from core.api.rows import Amount, FreeText, Row, Rows, day_or_null, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, Nothing, WriteViewSet, changing, verb
from installed_base.actions.terms import Offer, TermRefused
from installed_base.models import Level
from installed_base.models.contracts import EndReason
from playbooks.api import Notes, PutOff
from playbooks.models import Note
from renewals.actions.deciding import decide_let_go, decide_lost, decide_renewed, reopen
from renewals.actions.forecasting import say_forecast, withdraw_forecast
from renewals.actions.working import (
    Work,
    WorkRefused,
    assign,
    assignable_owners,
    save_work,
    snooze,
    take,
    wake,
    write_note,
)
from renewals.api.contract import ContractVerbs
from renewals.models import ForecastCategory, Outcome, Renewal, Stage
from renewals.queries.quotes import accepted_quote
from renewals.rules import Bucket, bounds, bucket

OUTCOMES = [Outcome.RENEWED.value, Outcome.LOST.value, Outcome.LET_GO.value]
WORKED = ("stage", "next_step", "next_step_on")
FORECAST = ("forecast_category", "forecast_annual_reporting")
# What an accepted quote says of the next term.
QUOTED = ("months", "annual_value", "level")


class RenewalRow(Row):
    derived = ("bucket", "days_left")
    id = whole()
    account_id = whole()
    account_name = text(source="account.name")
    term_id = whole()
    contract_id = whole(source="term.contract_id")
    contract_number = text(source="term.contract.number")
    owner_id = whole()
    owner_name = text(source="owner.name")
    opened_on = serializers.DateField()
    decides_on = serializers.DateField(help_text="The last day on which a side can still decide.")
    ends_on = day_or_null("The last day of the term.")
    days_left = whole(allow_null=True, help_text="From the date to decides_on; null once it is decided.")
    bucket = serializers.ChoiceField(
        [b.value for b in Bucket], allow_null=True, help_text="Where it stands in the queue; null once it is decided."
    )
    stage = serializers.ChoiceField(Stage.choices)
    next_step = FreeText()
    next_step_on = day_or_null()
    snoozed_until = day_or_null()
    decided_on = day_or_null()
    outcome = serializers.ChoiceField(Outcome.choices, allow_blank=True)
    reason = text()
    annual_value_reporting = Amount(help_text="In the reporting currency. Only for callers who see prices.")


class RenewalDetailRow(RenewalRow):
    review = whole(help_text="0, or the number of the anniversary of an open-ended term.")
    late_days = whole(help_text="Days after T-90 on which it was opened.")
    snoozed_reason = FreeText()
    outcome_note = FreeText()
    agreed_on = day_or_null("Let go: since when it is agreed.")
    forecast_category = text(
        source="forecast.category", allow_null=True, help_text="What a person said: commit, best_case or at_risk."
    )
    forecast_annual_reporting = Amount(
        source="forecast.annual_reporting",
        help_text="What a person expects back, a year in the reporting currency. Only for callers who see prices.",
    )
    version = whole()


class RenewalFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    bucket = WordFilter(method="standing_in", choices=[(b.value, b.value) for b in Bucket])
    stage = WordFilter(choices=Stage.choices)
    open = FlagFilter(field_name="decided_on", lookup_expr="isnull", help_text="Whether it is still to be decided.")
    decides_after = DayFilter(field_name="decides_on", lookup_expr="gte", help_text="On or after this day.")
    decides_before = DayFilter(field_name="decides_on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = Renewal
        fields: ClassVar[list[str]] = []

    def standing_in(self, rows: Any, name: str, value: str) -> Any:
        first, last = bounds(Bucket(value), self.on)
        rows = rows.filter(decided_on__isnull=True)
        rows = rows.filter(decides_on__gte=first) if first else rows
        return rows.filter(decides_on__lte=last) if last else rows


class RenewalChanges(Changes):
    stage = serializers.ChoiceField(Stage.choices, required=False)
    next_step = serializers.CharField(max_length=240, required=False, allow_blank=True)
    next_step_on = serializers.DateField(required=False, allow_null=True, help_text="The day of the next step.")
    owner_id = Chosen(
        assignable_owners, source="owner", required=False, help_text="Id of the person or team who works it from now."
    )

    forecast_category = serializers.ChoiceField(
        ForecastCategory.choices, required=False, allow_null=True, help_text="How sure; null withdraws the forecast."
    )
    forecast_annual_reporting = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, required=False,
        help_text="What is expected back, a year in the reporting currency.",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        _check_forecast(self.context["row"], attrs)
        work = work_of(self.context["row"], super().validate(attrs))
        if work.next_step_on and not work.next_step.strip() and {"next_step", "next_step_on"} & attrs.keys():
            raise ValidationError({"next_step": [_("Write the step that belongs to this date.")]})
        return attrs


def _check_forecast(row: Renewal, said: dict[str, Any]) -> None:
    stands = getattr(row, "forecast", None)
    for here, other in (FORECAST, FORECAST[::-1]):
        if said.get(here) is not None and other not in said and stands is None:
            raise ValidationError({other: [_("A forecast has a category and an amount. Say both.")]})


def _say_forecast(doing: Doing, version: int) -> None:
    row, said = doing.row, doing.said
    if said.get("forecast_category", "") is None:
        withdraw_forecast(renewal=row.pk, version=version, by=doing.by, on=doing.on)
        return
    category, annual = (said.get(name) for name in FORECAST)
    say_forecast(
        renewal=row.pk, category=category or row.forecast.category, version=version, by=doing.by, on=doing.on,
        annual=row.forecast.annual_reporting if annual is None else annual,
    )  # fmt: skip


def work_of(row: Renewal, said: dict[str, Any]) -> Work:
    """Stage and next step as they stand, with what was said in their place."""
    return Work(**{name: said.get(name, getattr(row, name)) for name in WORKED})


class Decision(Body):
    """Renewed: the next term, signed; where a quote was accepted, that one, and no terms of its own. Lost: a reason
    from the list and what they said. Let go: not renewed on purpose, with a reason, a note, and since when."""

    outcome = serializers.ChoiceField(OUTCOMES)
    note = serializers.CharField(
        max_length=4000,
        required=False,
        allow_blank=True,
        help_text="What was agreed or said; compulsory unless renewed.",
    )
    reason = serializers.ChoiceField(EndReason.choices, required=False, help_text="Lost or let go: why; compulsory.")
    agreed_on = serializers.DateField(required=False, help_text="Let go: since when it is agreed; compulsory.")
    months = serializers.IntegerField(
        min_value=1,
        max_value=240,
        required=False,
        help_text="Renewed: length of the next term; compulsory without an accepted quote.",
    )
    annual_value = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, required=False, allow_null=True,
        help_text="Renewed: a year's price in the currency of the term; left out, as it stands.",
    )  # fmt: skip
    level_id = Chosen(
        lambda by: Level.objects.all(), source="level", required=False, allow_null=True,
        help_text="Renewed: id of the level; left out, as it stands.",
    )  # fmt: skip
    signed_on = serializers.DateField(required=False, help_text="Renewed: left out, today.")
    planned = serializers.BooleanField(
        required=False, help_text="Renewed: write the invoice schedule; left out, only where a quote was accepted."
    )

    NEXT_TERM: ClassVar = ("months", "annual_value", "level", "signed_on", "planned")
    NEEDED: ClassVar = {
        Outcome.RENEWED: ("months",),
        Outcome.LOST: ("reason", "note"),
        Outcome.LET_GO: ("reason", "note", "agreed_on"),
    }
    FOREIGN: ClassVar = {
        Outcome.RENEWED: ("reason", "agreed_on"),
        Outcome.LOST: (*NEXT_TERM, "agreed_on"),
        Outcome.LET_GO: NEXT_TERM,
    }

    def validate_signed_on(self, signed_on: date) -> date:
        if signed_on > self.context["on"]:
            raise ValidationError(_("The day of signature lies in the future."))
        return signed_on

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        outcome = Outcome(attrs["outcome"])
        quoted = outcome == Outcome.RENEWED and accepted_quote(self.context["row"]) is not None
        needed = () if quoted else self.NEEDED[outcome]
        missing = [name for name in needed if not str(attrs.get(name) or "").strip()]
        if missing:
            raise ValidationError({missing[0]: [_("Say this: the outcome asks for it.")]})
        if foreign := [name for name in self.FOREIGN[outcome] if name in attrs]:
            raise ValidationError({foreign[0]: [_("This does not belong to the outcome. Leave it out.")]})
        if said := [name for name in QUOTED if quoted and name in attrs]:
            raise ValidationError({said[0]: [_("The quote that was accepted says this. Leave it out, or revise it.")]})
        return attrs


class RenewalNote(Body):
    text = serializers.CharField(max_length=8000, help_text="What was said.")


def _offer(row: Renewal, said: dict[str, Any]) -> Offer | None:
    """The terms that were said; None where the accepted quote says them."""
    if "months" not in said:
        return None
    level = said.get("level", row.term.level)
    return Offer(said["months"], said.get("annual_value"), level and level.pk, said.get("planned", False))


@extend_schema(tags=["renewals"])
class Renewals(ContractVerbs, WriteViewSet):
    """Renewal cycles: one per term, from its first milestone to its outcome."""

    model = Renewal
    noun = "renewal"
    refusals = (WorkRefused, TermRefused)
    row = RenewalRow
    detail_row = RenewalDetailRow
    filters = RenewalFilters
    orderings = (BY_ID, by_day("decides_on"))
    as_of = True

    def base(self, on: date, *, dated: bool) -> QuerySet[Any]:
        rows = Renewal.objects.all()
        return rows.filter(opened_on__lte=on) if dated else rows

    def complete(self, rows: Rows, asking: Asking) -> None:
        for row in rows:
            waiting = row["decided_on"] is None
            row["days_left"] = (row["decides_on"] - asking.on).days if waiting else None
            row["bucket"] = bucket(row["decides_on"], asking.on).value if waiting else None

    @changing(RenewalChanges)
    def partial_update(self, doing: Doing) -> None:
        """Change stage, next step, forecast or owner of an open renewal."""
        row, said = doing.row, doing.said
        worked = bool(said.keys() & set(WORKED))
        if worked:
            save_work(renewal=row.pk, work=work_of(row, said), version=row.version, by=doing.by)
        if said.keys() & set(FORECAST):
            _say_forecast(doing, row.version + worked)
        if "owner" in said:
            assign(renewals=[row.pk], owner=said["owner"].pk, by=doing.by)

    @verb(Nothing)
    def take(self, doing: Doing) -> None:
        """From a pool to oneself, with the pool's open tasks."""
        take(renewals=[doing.row.pk], by=doing.by)

    @verb(PutOff)
    def snooze(self, doing: Doing) -> None:
        """Put it aside until a day, with a reason."""
        snooze(renewals=[doing.row.pk], by=doing.by, on=doing.on, **doing.said)

    @verb(Nothing)
    def wake(self, doing: Doing) -> None:
        """Take it back into the queue."""
        wake(renewals=[doing.row.pk], by=doing.by)

    @verb(RenewalNote, makes=Notes)
    def notes(self, doing: Doing) -> Note:
        """Write down what was said, in the journal of the account."""
        return write_note(renewal=doing.row.pk, text=doing.said["text"], by=doing.by, on=doing.on)

    @verb(Decision)
    def decision(self, doing: Doing) -> None:
        """Renewed, lost, or let go on purpose. What it signs or ends can be taken back with `reopen`, while nothing
        stands on it."""
        said, row, note = doing.said, doing.row, doing.said.get("note", "")
        stops: dict[str, Any] = {"reason": said.get("reason"), "note": note, "version": row.version}
        if said["outcome"] == Outcome.LOST:
            decide_lost(renewal=row.pk, by=doing.by, on=doing.on, **stops)
            return
        if said["outcome"] == Outcome.LET_GO:
            decide_let_go(renewal=row.pk, agreed_on=said["agreed_on"], by=doing.by, on=doing.on, **stops)
            return
        signed_on, planned = said.get("signed_on", doing.on), said.get("planned")
        decide_renewed(
            renewal=row.pk, offer=_offer(row, said), signed_on=signed_on, note=note, version=row.version,
            by=doing.by, on=doing.on, planned=planned,
        )  # fmt: skip

    @verb(Nothing)
    def reopen(self, doing: Doing) -> None:
        """Take the decision back, as far as nothing stands on it yet."""
        reopen(renewal=doing.row.pk, version=doing.row.version, by=doing.by, on=doing.on)
