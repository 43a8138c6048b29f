"""What a person is told: in the page, and once a day by mail."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Notification(models.Model):
    """One message of the outbox for one person. `key` is the dedupe key of the message: told once, however often it is
    delivered. `digest_on` is the local date of the mail that held it."""

    user = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="notifications")
    key = models.CharField(max_length=250)
    kind = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40, blank=True, default="")
    subject_id = models.BigIntegerField(null=True)
    payload = models.JSONField(default=dict)
    told_at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True, blank=True)
    digest_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notification_once")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_list"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notification_unread"),
            models.Index(
                fields=["user"],
                condition=Q(read_at__isnull=True, digest_on__isnull=True),
                name="notification_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class NotificationChoice(models.Model):
    """What a person chose; without a row, the daily mail comes."""

    user = models.OneToOneField("core.User", on_delete=models.CASCADE, related_name="notification_choice")
    daily = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"choice of {self.user_id}"
