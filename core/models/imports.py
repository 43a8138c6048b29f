"""Import batches and what was wrong in them."""

from django.db import models
from django.db.models.functions import Now


class ImportBatch(models.Model):
    """One file through one mapping. `counts` holds read, created, updated, unchanged and rejected per kind."""

    kind = models.CharField(max_length=40)
    source = models.CharField(max_length=60)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    mapping = models.CharField(max_length=255)
    known_on = models.DateField()
    by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["source", "sha256"], name="import_batch_file")]


class ImportProblem(models.Model):
    """A rejected row: where it stands, what was wrong, and what to do."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=200, blank=True, default="")
    value = models.TextField(blank=True, default="")
    reason = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["batch", "line"], name="import_problem_line")]
