"""Who is to be trained on a machine, and who was."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from core.api.filters import Filters, FlagFilter, IdFilter, WordFilter
from core.api.paging import BY_ID
from core.api.rows import FreeText, Row, day_or_null, text, whole
from core.api.writing import Body, Chosen, Doing, WriteViewSet, creating, verb
from core.models import User
from installed_base.actions import training as act
from installed_base.models import Account, Asset, Contact, Training


class TrainingRow(Row):
    id = whole()
    source = text()
    external_id = text()
    account_id = whole()
    account_name = text(source="account.name")
    asset_id = whole()
    asset_serial = text(source="asset.serial")
    contact_id = whole(allow_null=True, help_text="Null: several of whom no name is known.")
    contact_name = FreeText(source="contact.name")
    people = whole(help_text="How many; 1 for somebody with a name.")
    kind = serializers.ChoiceField(Training.Kind.choices)
    planned_on = day_or_null()
    trained_on = day_or_null("Null: they are still to be trained.")
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class TrainingFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    asset = IdFilter(help_text="Id of the machine.")
    kind = WordFilter(choices=Training.Kind.choices)
    trained = FlagFilter(method="was_trained")

    class Meta:
        model = Training
        fields: ClassVar[list[str]] = []

    def was_trained(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(trained_on__isnull=not value)


def _still_there(user: User) -> Any:
    return Contact.objects.visible_to(user).filter(left_on__isnull=True)


class NewTraining(Body):
    asset_id = Chosen(Asset.objects.visible_to, source="asset", help_text="Id of the machine.")
    contact_id = Chosen(_still_there, source="contact", required=False, help_text="Id of the operator.")
    people = serializers.IntegerField(required=False, min_value=1, max_value=act.MOST, help_text="Without a contact.")
    kind = serializers.ChoiceField(Training.Kind.choices)
    planned_on = serializers.DateField(required=False)


class TrainedOn(Body):
    on = serializers.DateField(required=False, help_text="Left out: today.")
    people = serializers.IntegerField(
        required=False, min_value=1, max_value=act.MOST, help_text="How many of them; left out: all. The rest stays."
    )


@extend_schema(tags=["trainings"])
class Trainings(WriteViewSet):
    """Operators to be trained, and those who were; a row without a contact may be several people."""

    model = Training
    noun = "training"
    row = TrainingRow
    detail_row = TrainingRow
    filters = TrainingFilters
    orderings = (BY_ID,)
    refusals = (act.TrainingRefused,)

    @creating(NewTraining)
    def create(self, doing: Doing) -> Training:
        """Put somebody on the list, or so many without names."""
        said = dict(doing.said)
        if not Account.objects.changeable_by(doing.by).filter(pk=said["asset"].account_id).exists():
            raise PermissionDenied(
                _("asset_id: you see this machine; only the owner of its account and their team plan training.")
            )
        return act.plan_training(by=doing.by, on=doing.on, **said)

    @verb(TrainedOn)
    def trained(self, doing: Doing) -> None:
        """They were trained."""
        day = doing.said.get("on", doing.on)
        act.mark_trained(
            training=doing.row.pk, trained_on=day, people=doing.said.get("people"), by=doing.by, on=doing.on
        )

    @verb()
    def undo(self, doing: Doing) -> None:
        """Take back that they were trained."""
        act.unmark_trained(training=doing.row.pk, by=doing.by, on=doing.on)
