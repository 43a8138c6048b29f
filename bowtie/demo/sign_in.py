"""Who the sign-in page of the demo offers."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from bowtie.demo.people import PASSWORD, PEOPLE, SHOWN
from core.models import Role, User

DOES = {
    Role.CS_MANAGER: _("works the renewal queue all day"),
    Role.SALES: _("decides on signals and deals"),
    Role.EXECUTIVE: _("reads the bowtie"),
    Role.TEAM_LEAD: _("sees what the team carries"),
    Role.TECHNICIAN: _("looks up a machine from a phone"),
    Role.MARKETING: _("reads accounts and deals"),
    Role.OPERATIONS: _("keeps machines and deliveries right"),
    Role.ADMINISTRATOR: _("sees and sets everything"),
}


def cast(request: HttpRequest) -> dict[str, Any]:
    """`demo_users`, one per role; empty where the demo company was not filled. Registered in a sandbox only."""
    return {"demo_users": SimpleLazyObject(_shown)}


def _shown() -> list[dict[str, Any]]:
    known = set(User.objects.filter(username__in=SHOWN, is_active=True).values_list("username", flat=True))
    return [
        {
            "username": person.username,
            "password": PASSWORD,
            "name": f"{person.first_name} {person.last_name}",
            "role": person.role.label,
            "does": DOES[person.role],
        }
        for person in PEOPLE
        if person.username in known and person.username in SHOWN
    ]
