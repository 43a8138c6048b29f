"""What the lists of facts share: whose machines they are about."""

from typing import Any

from django.db.models import Q

from core.reach import Level, reach_of


def of_own_machines(rows: Any, actor: Any, *also: Q) -> Any:
    """What the actor may see; for a technician what is about a machine of theirs, or `also` theirs."""
    found = rows.visible_to(actor)
    if getattr(actor, "role", "") and reach_of(actor).level is Level.ASSIGNED:
        own = Q(asset__technician=actor)
        for other in also:
            own |= other
        return found.filter(own)
    return found
