"""The lab under somebody's hands: a weight is edited, the draft published, and the tiers follow."""

from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import expect

from core.clock import today
from core.models import Organisation, Role
from core.policies import policy_on
from health.models import Draft
from health.queries import tiers_of
from health.rules import HealthPolicy
from health.tasks import SCORES
from playbooks import day as engine
from tests import cast
from tests.plugins.browser import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lab(page, live_server):
    Organisation.objects.create(pk=1, name="Voss Robotics")
    lena = cast.person("lena", Role.TEAM_LEAD, cast.pool("North"))
    type(lena).objects.update(language="en")
    at = cast.account("Van Houten", lena)
    machine = cast.asset(at, today() - timedelta(days=900))
    for days in (3, 370):
        cast.reading(machine, today() - timedelta(days=days), 9, output=100, good_output=100)
    cast.answer(at, today() - timedelta(days=20), 1)
    cast.ticket(at, today() - timedelta(days=9), severity="critical", sentiment="negative")
    engine.run([SCORES], on=today() - timedelta(days=1))
    client = Client()
    client.force_login(lena)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{live_server.url}/health/lab/")
    yield page, at
    assert faults(said) == []


def test_a_weight_is_edited_and_published_and_the_tiers_follow(lab, live_server):
    page, at = lab
    assert tiers_of([at.pk], today())[at.pk].value == "yellow"
    page.get_by_label("What you want to try").fill("Content customers first")
    page.get_by_role("button", name="Begin a draft").click()
    expect(page.get_by_text("Nothing differs yet from what counts today.")).to_be_visible()
    page.get_by_label("Satisfaction, share in %").fill("45")
    page.get_by_label("Satisfaction, share in %").blur()
    expect(page.locator("#tried")).to_contain_text("The weights sum to 120%, and must sum to 100%.")
    page.get_by_label("Product adoption, share in %").fill("10")
    page.get_by_label("Product adoption, share in %").blur()
    expect(page.locator("#said")).to_contain_text("1 of 1 customers would change tier: 1 falls, 0 rise.")
    expect(page.locator("#tried")).to_contain_text("Van Houten")
    page.get_by_role("link", name="Publish").click()
    expect(page.get_by_text("Satisfaction: 45% instead of 25%")).to_be_visible()
    page.get_by_label("Counts from").fill(today().isoformat())
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("counts today")).to_be_visible()
    assert policy_on(HealthPolicy, today()).number == 2
    engine.run([SCORES], on=today())
    assert tiers_of([at.pk], today())[at.pk].value == "red"
    page.goto(f"{live_server.url}/accounts/{at.pk}/health/")
    expect(page.get_by_text("policy version 2")).to_be_visible()
    expect(page.get_by_text("Health is red").first).to_be_visible()


def test_a_curve_bends_as_it_is_typed_and_must_not_turn_back(lab):
    page, _at = lab
    page.get_by_label("What you want to try").fill("Another curve")
    page.get_by_role("button", name="Begin a draft").click()
    before = page.locator("#bend-utilisation svg.bends").inner_html()
    points = page.get_by_label("Use of the machines, points of corner 2")
    points.fill("95")
    points.blur()
    expect(page.locator("#bend-utilisation")).to_contain_text("the curve must not fall")
    assert page.locator("#bend-utilisation svg.bends").inner_html() != before
    points.fill("50")
    points.blur()
    expect(page.locator("#bend-utilisation")).not_to_contain_text("must not fall")
    expect(page.locator("#bend-utilisation .bend-was")).to_have_count(1)
    measure = next(m for m in Draft.objects.get().values["measures"] if m["key"] == "utilisation")
    assert measure["curve"][1] == ["0.3", "50"]


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_runs_off_the_side(lab, live_server, width):
    page, at = lab
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_label("What you want to try").fill("Wide")
    page.get_by_role("button", name="Begin a draft").click()
    page.wait_for_url("**/health/lab/*/")
    for side, share in (("Satisfaction", "45"), ("Product adoption", "10")):
        page.get_by_label(f"{side}, share in %").fill(share)
        page.get_by_label(f"{side}, share in %").blur()
    expect(page.locator("#tried .lab-matrix")).to_be_visible()
    here = page.url
    for address in (here, f"{here}account/?account={at.pk}", f"{here}backtest/", f"{here}publish/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
