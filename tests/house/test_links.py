"""No link leads nowhere: whatever a role is offered on a page, the role may open."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from core.models import Role
from installed_base.models import Asset
from tests import cast
from tests.house.test_scope_everywhere import furnish

pytestmark = pytest.mark.django_db
LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)')
# Files of the product itself, and the way out.
LEFT_OUT = ("/static/", "/logout")


def offered(client: Client) -> list[tuple[str, int, str]]:
    """One address of each kind of page that this person finds links to, with its answer and where the link stood."""
    found, seen = [], set()
    waiting = [("/", "")]
    while waiting:
        address, stood = waiting.pop(0)
        path = urlsplit(address).path
        try:
            kind = resolve(path).view_name
        except Resolver404:
            kind = path
        if kind in seen or path.startswith(LEFT_OUT):
            continue
        seen.add(kind)
        answer: Any = client.get(address, follow=True)
        body = b"".join(answer)
        found.append((address, answer.status_code, stood))
        if "html" in answer.headers.get("Content-Type", ""):
            waiting += [(unescape(link), address) for link in LINK.findall(body.decode(errors="replace"))]
    return found


@pytest.mark.parametrize("role", list(Role))
def test_every_link_that_a_role_is_offered_opens(client: Client, role: Role) -> None:
    team = cast.pool("North")
    furnish("North", cast.person("anna", team=team))
    person = cast.person("carl", role, team)
    if role == Role.TECHNICIAN:
        Asset._base_manager.update(technician=person)
    client.force_login(person)
    answers = offered(client)
    nowhere = [f"{address} from {stood}: {status}" for address, status, stood in answers if status >= 400]
    assert "\n".join(nowhere) == ""
    assert len(answers) > 25
