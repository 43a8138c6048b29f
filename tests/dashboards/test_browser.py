"""Today and the signals under somebody's hands: done, put off, accepted, without leaving the page."""

from datetime import date, timedelta

import pytest
from django.test import Client
from playwright.sync_api import expect

from core.clock import today
from core.models import Organisation
from expansion.models import Signal
from playbooks.models import Task
from sales.models import Opportunity
from tests import cast
from tests.dashboards.base import task
from tests.expansion.base import signal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mila():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    mila = cast.person("mila", team=cast.pool("North"))
    mila.language = "en"
    mila.save()
    return mila


@pytest.fixture
def open_page(page, live_server, mila):
    client = Client()
    client.force_login(mila)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))

    def go(path):
        page.goto(f"{live_server.url}{path}")
        return page

    yield go
    assert said == []


def test_a_task_is_done_by_key_and_taken_back(open_page, mila):
    account = cast.account("Van Houten", mila)
    first = task(account, mila, today(), 900, title="Ring back")
    task(account, mila, today(), 100, title="Write the quote")
    page = open_page("/")
    page.keyboard.press("j")
    page.keyboard.press("d")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.get_by_text("Done today and put off")).to_be_visible()
    assert Task.objects.get(pk=first.pk).done_on == today()
    page.get_by_role("button", name="Not done after all").click()
    expect(page.locator("tr[data-row]")).to_have_count(2)
    assert Task.objects.get(pk=first.pk).done_on is None


def test_a_task_is_put_off_in_the_side_sheet(open_page, mila):
    found = task(cast.account("Van Houten", mila), mila, today(), title="Ring back")
    page = open_page("/")
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.locator("#sheet").get_by_label("Why it can wait").fill("They are away")
    page.locator("#sheet").get_by_role("button", name="Snooze").click()
    expect(page.get_by_text("They are away")).to_be_visible()
    found.refresh_from_db()
    assert (found.snoozed_reason, found.snoozed_until) == ("They are away", today() + timedelta(days=7))


def test_signals_open_in_place_and_one_line_becomes_a_deal(open_page, mila):
    account = cast.account("Van Houten", mila)
    for serial in ("VR6-1", "VR6-2"):
        signal(cast.asset(account, date(2014, 1, 1), serial=serial), on=today(), value=5000)
    page = open_page("/expansion/")
    page.get_by_role("link", name="Why: Van Houten").click()
    expect(page.get_by_text("VR6-2")).to_be_visible()
    assert page.url.endswith("/expansion/")
    page.get_by_label("Choose Van Houten", exact=True).check()
    page.get_by_role("button", name="Accept", exact=True).click()
    page.get_by_label("Name of the opportunity").fill("Two upgrades")
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("No signal waits for a decision")).to_be_visible()
    deal = Opportunity.objects.get()
    assert (deal.name, deal.value_reporting, deal.lines.count()) == ("Two upgrades", 10000, 2)
    assert Signal.objects.filter(opportunity=deal).count() == 2


def test_the_box_suggests_while_typing(open_page, mila):
    cast.account("Van Houten", mila)
    page = open_page("/accounts/")
    page.keyboard.press("/")
    page.keyboard.type("houten")
    expect(page.locator("#suggestions").get_by_role("link", name="Van Houten")).to_be_visible()


def test_on_a_phone_the_tabs_begin_at_the_open_one(open_page, mila, page):
    signal(cast.asset(cast.account("Van Houten", mila), date(2012, 1, 1)), on=today())
    page.set_viewport_size({"width": 390, "height": 844})
    for path, more in (("/expansion/", "end"), ("/expansion/lists/", "both"), ("/expansion/rules/", "start")):
        open_page(path)
        tabs = page.locator("nav.tabs").first
        expect(tabs).to_have_attribute("data-more", more)
        expect(tabs.locator("[aria-current]")).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(tabs).to_have_attribute("data-more", "")
