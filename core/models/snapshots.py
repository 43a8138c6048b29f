"""Figures as they were known when they were stored (architecture.md, decisions 1 and 12)."""

from django.db import models

from core.models.numbers import Number


class Snapshot(models.Model):
    """One figure as of a date, of everything or of one member of one dimension.

    `part` names a part of the metric and is empty for the metric itself; `dimension` and `member` are empty for
    everything, else the name of a filter and its value as text. `n` rows count. `taken_on` is the business date on
    which it was taken: a figure that was taken on a date before its own end may still change. `stale_since` is the
    earliest date from which facts changed since then. When a figure is taken again and has changed, `first_value` and
    `first_taken_at` keep what was stored first after the date had passed.
    """

    metric = models.CharField(max_length=80)
    part = models.CharField(max_length=80, blank=True, default="")
    as_of = models.DateField()
    dimension = models.CharField(max_length=20, blank=True, default="")
    member = models.CharField(max_length=120, blank=True, default="")
    value = Number(null=True)
    numerator = Number(null=True)
    denominator = Number(null=True)
    n = models.BigIntegerField(default=0)
    unknown = models.BigIntegerField(default=0)
    unattributed = models.BigIntegerField(default=0)
    small = models.BooleanField(default=False)
    reason = models.TextField(blank=True, default="")
    policy = models.JSONField(default=dict)
    taken_at = models.DateTimeField()
    taken_on = models.DateField()
    stale_since = models.DateField(null=True, blank=True)
    first_value = Number(null=True)
    first_taken_at = models.DateTimeField(null=True, blank=True)
    first_taken_on = models.DateField(null=True, blank=True)
    run = models.ForeignKey("core.Job", on_delete=models.SET_NULL, null=True, db_index=False, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dimension", "member", "as_of", "metric", "part"], name="snapshot_once")
        ]
        indexes = [models.Index(fields=["as_of"], name="snapshot_as_of")]
