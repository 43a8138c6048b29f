"""What narrows the queue beyond its menus, and the views people saved: as chips."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core.models import SavedView, User
from renewals.filters import QueueFilter

# Under which saved views of the queue are kept.
PAGE = "renewals:queue"
MENUS = ("owner", "country", "health", "level", "segment")
ONLY_WORDS = {"step_late": _("A step is overdue"), "started_late": _("Started late")}


def month_words(month: date) -> str:
    """March 2027."""
    return str(date_format(month, "F Y"))


def narrowed(filters: QueueFilter) -> list[dict[str, Any]]:
    """The month and the steps that were asked for; each can be taken away."""
    said = filters.said
    found = []
    if "month" in said:
        found.append({"key": "month", "label": month_words(date.fromisoformat(f"{said['month']}-01"))})
    if "only" in said:
        found.append({"key": "only", "label": str(ONLY_WORDS[said["only"]])})
    return found


def aside(filters: QueueFilter, on: date, *, past: bool) -> str:
    """What of the address the pages beside the queue keep: the menus and the past day."""
    kept = {name: value for name, value in filters.said.items() if name in MENUS}
    kept |= {"as_of": on.isoformat()} if past else {}
    return f"?{urlencode(kept)}" if kept else ""


def saved(views: Iterable[SavedView], filters: QueueFilter, user: User) -> list[dict[str, Any]]:
    """The saved views; the one whose filters are in force is current. Of two with the same filters both are."""
    here = filters.query
    return [
        {"pk": view.pk, "name": view.name, "query": view.query, "current": view.query == here}
        | {"own": view.owner_id == user.pk, "shared": view.team_id is not None}
        for view in views
    ]
