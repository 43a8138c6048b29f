"""Whatever a team lead reaches from Today reads well to a screen reader and fits a phone: one page of each kind."""

from collections import deque
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import resolve

from bowtie.day import run_day
from core.clock import today
from core.models import Organisation, Role
from installed_base.models import Level
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)
# Files, and what changes something when it is opened.
LEFT_OUT = ("export", "file", "feed", "pdf", "print", "paper", "calendar", "logout", "switch", "ics")
MOST = 50
LINKS = "[...document.querySelectorAll('a[href^=\"/\"]')].map(a => a.getAttribute('href'))"


@pytest.fixture
def hanna() -> Any:
    """A team lead whose team has a customer with machines, a contract that ends, orders, and the work of a day."""
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    team = cast.pool("North")
    mila = cast.person("mila", Role.CS_MANAGER, team)
    Level.objects.create(key="basic", name="Basic", rung=1, list_price=900, currency="EUR")
    at = cast.account("Van Houten", mila, country="NL", segment="small")
    cast.contact(at, "engineering", name="Joke Bos")
    cast.cover(cast.term(at, today() - 300 * DAY, today() + 40 * DAY), cast.asset(at, today() - 4000 * DAY))
    cast.asset(at, today() - 900 * DAY)
    cast.posted(at, today() - 500 * DAY, 100, "parts")
    run_day(on=today())
    return cast.person("hanna", Role.TEAM_LEAD, team)


@pytest.mark.parametrize(("width", "scheme", "language"), [(1440, "light", "en"), (390, "dark", "nl")])
def test_one_page_of_each_kind(page: Any, live_server: Any, hanna: Any, width: int, scheme: Any, language: str) -> None:
    hanna.language = language
    hanna.save()
    client = Client()
    client.force_login(hanna)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.set_default_timeout(60_000)
    axe, seen = Axe(), set[str]()
    wrong: list[tuple[str, ...]] = []
    todo = deque(["/"])
    while todo and len(seen) < MOST:
        address = todo.popleft()
        kind = resolve(urlsplit(address).path).view_name
        if kind in seen or any(word in kind for word in LEFT_OUT):
            continue
        seen.add(kind)
        assert page.goto(f"{live_server.url}{address}").status == 200, address
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            wrong.append((address, f"{wide} pixels wide"))
        found = axe.run(page).response["violations"]
        wrong += [(address, each["id"], each["nodes"][0]["html"][:160]) for each in found]
        todo += page.evaluate(LINKS)
    assert wrong == []
    assert len(seen) == MOST
