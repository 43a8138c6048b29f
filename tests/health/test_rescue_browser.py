"""A red account is rescued, in a browser, to recovered: begun by hand, worked in place, and time does the rest."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from core.clock import today
from core.models import Organisation, Role
from health.models import Spell
from playbooks.models import Play
from tests import cast
from tests.health.test_rescues import red, scored

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)


@pytest.fixture
def mila():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    found = cast.person("mila", team=cast.pool("North"))
    found.language = "en"
    found.save()
    cast.person("elke", Role.EXECUTIVE)
    return found


@pytest.fixture
def desk(page, live_server, mila):
    client = Client()
    client.force_login(mila)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert said == []


def test_rescue_a_red_account_to_recovered(desk: Any, live_server: Any, mila: Any):
    at = red(mila)
    desk.goto(f"{live_server.url}/accounts/health/?tier=red")
    desk.get_by_label("Choose Van Houten").check()
    desk.get_by_role("button", name="Begin a rescue").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Begin a rescue of one account")
    desk.get_by_role("button", name="Begin", exact=True).click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Rescue of Van Houten")
    expect(desk.locator(".standfirst")).to_contain_text("Day 0 of 90: at risk.")

    desk.get_by_label("What is at the root of it").select_option("support")
    desk.get_by_label("In your own words").fill("Calls waited a day")
    desk.get_by_role("button", name="Save the cause").click()
    expect(desk.locator("#cause")).to_contain_text("Service and support fall short")
    desk.get_by_label("New action").fill("A named engineer")
    desk.get_by_role("button", name="Add the action").click()
    desk.get_by_label("Who of our board").select_option(label="elke")
    desk.get_by_role("button", name="Save the sponsor").click()
    expect(desk.locator(".standfirst")).to_contain_text("Day 0 of 90: plan in place.")
    desk.get_by_role("button", name="Done: A named engineer").click()
    expect(desk.locator("#plan")).to_contain_text("done")

    play = Play.objects.get()
    began = today() - 40 * DAY
    Play.objects.filter(pk=play.pk).update(anchor_on=began, opened_on=began)
    scored(at, today() - DAY, 52)
    desk.reload()
    expect(desk.locator(".standfirst")).to_contain_text("Day 40 of 90: recovering.")

    Spell.objects.filter(account=at).update(ended_on=today())
    Spell.objects.create(account=at, tier="yellow", came_from="red", began_on=today(), score=62)
    desk.reload()
    expect(desk.locator(".standfirst")).to_have_text("The account left red. Over after 40 days.")
    expect(desk.get_by_role("button", name="Add the action")).to_have_count(0)
    for width in (390, 1440):
        desk.set_viewport_size({"width": width, "height": 900})
        for path in (f"/rescues/{play.pk}/", "/rescues/", "/health/alerts/", "/customers/segments/"):
            desk.goto(f"{live_server.url}{path}")
            assert desk.evaluate("document.documentElement.scrollWidth") <= width, path
