"""Versions of the policies: every threshold of a rule, as data (architecture.md, decision 3)."""

from django.db import models
from django.db.models.functions import Now

from core.models.trail import trail


@trail()
class Policy(models.Model):
    """One published version. Values are those of the frozen dataclass of that name; a version is never changed."""

    name = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    values = models.JSONField()
    published_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="policy_version_once"),
            models.UniqueConstraint(fields=["name", "valid_from"], name="policy_one_per_day"),
        ]
