"""What the lists of facts share: whose machines they are about, and who may read the names of people."""

from typing import Any

from django.db.models import Q

from core.api.reading import Asking
from core.api.rows import Rows
from core.reach import HIDES_NAMES, Level, reach_of


def of_own_machines(rows: Any, actor: Any, *also: Q) -> Any:
    """What the actor may see; for a technician what is about a machine of theirs, or `also` theirs."""
    found = rows.visible_to(actor)
    if getattr(actor, "role", "") and reach_of(actor).level is Level.ASSIGNED:
        own = Q(asset__technician=actor)
        for other in also:
            own |= other
        return found.filter(own)
    return found


def hide_names(rows: Rows, asking: Asking) -> None:
    """Take the names of people out for those to whom people have a role and no name."""
    if asking.user.role in HIDES_NAMES:
        for row in rows:
            row["contact_name"] = None
