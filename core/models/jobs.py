"""Touched subjects, jobs and the outbox: our tables are the truth, the scheduler is a bell (firing.md)."""

from django.db import models
from django.db.models.functions import Now


class Touched(models.Model):
    """A subject whose facts changed and that the rooms above have not looked at yet.

    Plain ids: core has no relation upward.
    """

    kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True)
    since = models.DateField()
    touched_at = models.DateTimeField(db_default=Now(), editable=False)
    # Counts the touches, so that a runner only clears what it has seen.
    revision = models.BigIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject_id"], name="touched_once")]


class Job(models.Model):
    """One run of anything that takes time: its progress, owner, result, and what a retry needs."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    kind = models.CharField(max_length=60)
    on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    owner = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="jobs")
    queued_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # The last business date that is completely done; moved on in the transaction of the last chunk.
    completed_on = models.DateField(null=True, blank=True)
    examined = models.BigIntegerField(default=0)
    fired = models.BigIntegerField(default=0)
    found_by_audit = models.BigIntegerField(default=0)
    progress = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["kind", "-id"], name="job_kind")]


class Outbox(models.Model):
    """A message born in the transaction of what it tells; sent at least once with a stable id."""

    class State(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        DEAD = "dead"

    dedupe_key = models.CharField(max_length=250)
    kind = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40, blank=True, default="")
    subject_id = models.BigIntegerField(null=True)
    destination = models.CharField(max_length=200, blank=True, default="")
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING, db_default="pending")
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    next_at = models.DateTimeField(db_default=Now())
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dedupe_key"], name="outbox_once")]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(state="pending"), name="outbox_pending"),
            models.Index(fields=["subject_kind", "subject_id", "id"], name="outbox_subject"),
        ]
