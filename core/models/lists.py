"""Lists as people keep them: filters and sort of a page under a name."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def readable_by(self, user: Any) -> Self:
        """One's own, and those shared with a team one is in."""
        shared = Q(team__memberships__user=user)
        return self.filter(Q(owner=user) | shared).distinct()


class SavedView(models.Model):
    """The query of a page under a name, private or shared with a team. It holds what is asked, never what was found:
    everybody who opens it sees their own rows."""

    owner = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="saved_views")
    team = models.ForeignKey("core.Team", on_delete=models.CASCADE, null=True, blank=True, related_name="saved_views")
    # The URL name of the page.
    page = models.CharField(max_length=80)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True, default="")
    saved_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("owner", "page", Lower("name"), name="saved_view_once")]

    def __str__(self) -> str:
        return self.name
