"""The secret address under which a person's calendar program reads their days."""

from django.db import models


class CalendarFeed(models.Model):
    """One per person. The token itself is shown once and not kept: `digest` is its SHA-256 in hex."""

    user = models.OneToOneField("core.User", on_delete=models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
