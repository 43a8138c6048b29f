"""Changing the contract under a renewal: another last day, an early end, another contract in its place."""

from typing import Any

from rest_framework import serializers

from core.api.writing import Body, Chosen, Doing, Nothing, verb
from installed_base.models import Term
from installed_base.models.contracts import EndReason
from renewals.actions.rearranging import end_early, move_end, replace_contract, take_end_back
from renewals.models import Renewal


class OtherEnd(Body):
    """Another last day of the contract, alone or with others of the same customer."""

    ends_on = serializers.DateField(help_text="The new last day.")
    together_with = serializers.ListField(
        child=Chosen(lambda by: Renewal.objects.changeable_by(by).open()), required=False, max_length=100,
        help_text="Ids of other open renewals of the customer whose contracts end on the same day.",
    )  # fmt: skip


class EarlyEnd(Body):
    """The contract ends before its own last day."""

    terminated_on = serializers.DateField(help_text="The first day without the contract.")
    reason = serializers.ChoiceField(EndReason.choices)
    note = serializers.CharField(max_length=4000, help_text="What happened.")


class Replacement(Body):
    """Another signed contract of the same customer takes its place."""

    term_id = Chosen(
        lambda by: Term.objects.visible_to(by), source="term", help_text="Id of the term that takes its place."
    )
    note = serializers.CharField(max_length=4000, help_text="What was agreed.")
    together_with = serializers.ListField(
        child=Chosen(lambda by: Renewal.objects.changeable_by(by).open()), required=False, max_length=100,
        help_text="Ids of other open renewals of the customer that go into the same contract.",
    )  # fmt: skip


def _together(said: dict[str, Any]) -> list[int]:
    return [row.pk for row in said.get("together_with", ())]


class ContractVerbs:
    """The verbs of renewals that change their contracts; the renewals themselves follow at the next bell."""

    @verb(OtherEnd)
    def move_end(self, doing: Doing) -> None:
        """Let the contract end on another day. The renewal follows at the next bell."""
        said, row = doing.said, doing.row
        move_end(
            renewal=row.pk, ends_on=said["ends_on"], together=_together(said), version=row.version,
            by=doing.by, on=doing.on,
        )  # fmt: skip

    @verb(EarlyEnd)
    def end_early(self, doing: Doing) -> None:
        """End the contract before its own last day. The renewal closes at the next bell."""
        end_early(renewal=doing.row.pk, version=doing.row.version, by=doing.by, on=doing.on, **doing.said)

    @verb(Nothing)
    def reinstate(self, doing: Doing) -> None:
        """Take an early end back. The renewal opens again at the next bell."""
        take_end_back(renewal=doing.row.pk, by=doing.by, on=doing.on)

    @verb(Replacement)
    def replace(self, doing: Doing) -> None:
        """Put another contract in its place. Each contract that goes into it counts as renewed once."""
        said, row = doing.said, doing.row
        replace_contract(
            renewal=row.pk, successor=said["term"].pk, note=said["note"], together=_together(said),
            version=row.version, by=doing.by, on=doing.on,
        )  # fmt: skip
