"""What every fact carries, and how history is kept where it counts (architecture.md, decision 1)."""

from django.db import models
from django.db.models.functions import Now

from core.calendar import BEGINNING


class Fact(models.Model):
    """A dated fact with its origin.

    `known_on` is the business date on which we learned of it, `recorded_at` the moment it was written.
    `source` and `external_id` are its natural key in the system it came from; both empty when it was entered here.
    """

    source = models.CharField(max_length=60, blank=True, default="")
    external_id = models.CharField(max_length=200, blank=True, default="")
    known_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    # Where it came from: set by the import alone, read by line. A constraint and an index on every fact would cost each
    # import a sixth of its time.
    batch = models.ForeignKey(
        "core.ImportBatch",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        abstract = True


def unique_external_id(table: str) -> models.UniqueConstraint:
    """One row per (source, external id) for whatever came from elsewhere."""
    return models.UniqueConstraint(
        fields=["source", "external_id"], condition=~models.Q(external_id=""), name=f"{table}_external_id"
    )


class Period(models.Model):
    """A stretch of days on which the values of a subject stood.

    `valid_to` is the first day on which they no longer stood; empty while they stand. The first period of a subject
    begins on 1900-01-01: as far as we know, it was always so. `core.history.keep` writes these rows.
    """

    valid_from = models.DateField(default=BEGINNING)
    valid_to = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


def period_constraints(table: str, subject: str) -> list[models.BaseConstraint]:
    """A period ends after it begins, and a subject has one open period and one per first day."""
    return [
        models.CheckConstraint(
            condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
            name=f"{table}_ends_after_it_begins",
        ),
        models.UniqueConstraint(fields=[subject, "valid_from"], name=f"{table}_one_per_day"),
        models.UniqueConstraint(fields=[subject], condition=models.Q(valid_to__isnull=True), name=f"{table}_one_open"),
    ]
