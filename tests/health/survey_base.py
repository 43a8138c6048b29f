"""People who are asked, and what the mail brought them."""

import re
from datetime import date
from typing import Any

from django.core import mail

from core.models import Outbox
from core.outbox import relay
from health.actions.inviting import invite
from health.models import Invitation
from health.rules.survey import RELATIONSHIP
from health.survey_link import token_of
from health.tasks import LOOPS, SURVEYS
from playbooks import day as engine
from tests import cast

LINK = re.compile(r"http://[^\s\"]+/survey/[^\s\"?]+/")


def reader(at: Any, **values: Any) -> Any:
    """A person with an address."""
    found = cast.contact(at, **values)
    if "email" not in values:
        found.email = f"person{found.pk}@example.com"
        found.save(update_fields=["email"])
    return found


def invited(who: Any, by: Any, on: date, kind: str = RELATIONSHIP) -> Invitation:
    """An invitation by hand."""
    [row] = invite(kind=kind, contacts=[who.pk], by=by, on=on).invited
    return row


def path_of(invitation: Invitation, page: str = "") -> str:
    return f"/survey/{token_of(invitation.pk)}/{page}"


def run(on: date, **how: Any) -> Any:
    """The day, as far as surveys go."""
    return engine.run([SURVEYS, LOOPS], on=on, **how)


def posted_mail() -> list[Any]:
    """What the relay sends to people."""
    relay()
    assert not Outbox.objects.exclude(state="sent").exclude(kind="x").exists()
    return mail.outbox
