"""The queue under somebody's hands: edit in place, keyboard, the selection bar."""

from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import expect

from core.clock import today
from core.models import Organisation
from renewals.models import Renewal
from tests import cast
from tests.plugins.browser import faults
from tests.renewals.book import ending, renewal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rows():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    team = cast.pool("North")
    mila = cast.person("mila", team=team)
    mila.language = "en"
    mila.save()
    found = [
        renewal(ending(cast.account(name, mila), 58, on=today(), annual=annual))
        for name, annual in (("Van Houten", 214000), ("Great Lakes", 96300), ("Laiterie", 82400))
    ]
    return mila, found


@pytest.fixture
def queue(page, live_server, rows):
    mila, _found = rows
    client = Client()
    client.force_login(mila)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{live_server.url}/renewals/")
    yield page
    assert faults(said) == []


def test_enter_saves_the_step_and_moves_down_and_escape_restores(queue, rows):
    first, second, _third = rows[1]
    step = queue.get_by_label("Next step of Van Houten", exact=True)
    step.fill("Meet Ilse Brouwer")
    with queue.expect_response(f"**/renewals/{first.pk}/progress/"):
        step.press("Enter")
    below = queue.get_by_label("Next step of Great Lakes", exact=True)
    expect(below).to_be_focused()
    below.fill("never mind")
    below.press("Escape")
    expect(below).to_have_value("")
    expect(queue.locator(f"#version-{first.pk}")).to_have_value("2")
    assert Renewal.objects.get(pk=first.pk).next_step == "Meet Ilse Brouwer"
    assert Renewal.objects.get(pk=second.pk).version == 1
    # A second edit of the same row carries the version that came back.
    with queue.expect_response(f"**/renewals/{first.pk}/progress/"):
        queue.get_by_label("Stage of Van Houten").select_option("quote_sent")
    expect(queue.locator(f"#version-{first.pk}")).to_have_value("3")
    assert Renewal.objects.get(pk=first.pk).stage == "quote_sent"


def test_a_conflict_stands_under_the_field_and_keeps_what_was_typed(queue, rows):
    first = rows[1][0]
    Renewal.objects.filter(pk=first.pk).update(version=7)
    step = queue.get_by_label("Next step of Van Houten", exact=True)
    step.fill("Mine")
    step.press("Enter")
    expect(queue.get_by_role("alert").filter(has_text="changed this renewal meanwhile")).to_be_visible()
    expect(step).to_have_value("Mine")


def test_keys_choose_rows_and_the_bar_acts_on_them(queue, rows):
    queue.keyboard.press("j")
    queue.keyboard.press("x")
    queue.keyboard.press("j")
    queue.keyboard.press("x")
    bar = queue.locator("[data-selection]")
    expect(bar).to_contain_text("2 chosen")
    expect(bar).to_contain_text("€310,300")
    bar.get_by_role("button", name="Snooze with reason").click()
    dialog = queue.locator("dialog#act")
    expect(dialog).to_contain_text("Snooze 2 renewals")
    dialog.get_by_label("Why it can wait").fill("Plant closes")
    dialog.get_by_label("Until").fill(str(today()))
    dialog.get_by_role("button", name="Snooze", exact=True).click()
    expect(dialog).to_contain_text("Choose a day after today.")
    expect(dialog.get_by_label("Why it can wait")).to_have_value("Plant closes")
    dialog.get_by_label("Until").fill(str(today() + timedelta(days=30)))
    dialog.get_by_role("button", name="Snooze", exact=True).click()
    expect(queue.get_by_text("2 renewals are put aside until")).to_be_visible()
    assert Renewal.objects.filter(snoozed_reason="Plant closes").count() == 2


def test_enter_opens_the_row_and_slash_goes_to_search(queue, rows):
    queue.keyboard.press("/")
    expect(queue.locator("[data-find]").first).to_be_focused()
    queue.keyboard.press("Escape")
    queue.locator("body").click(position={"x": 5, "y": 300})
    queue.keyboard.press("j")
    queue.keyboard.press("Enter")
    queue.wait_for_url(f"**/renewals/{rows[1][0].pk}/")
    expect(queue.get_by_role("heading", level=1)).to_have_text("Van Houten, renewal")


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_runs_off_the_side(queue, rows, width):
    queue.set_viewport_size({"width": width, "height": 900})
    for address in (queue.url, f"{queue.url}{rows[1][0].pk}/", f"{queue.url}{rows[1][0].pk}/renewed/"):
        queue.goto(address)
        assert queue.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_rows_are_chosen_moved_and_put_back(queue, rows):
    first = rows[1][0]
    Renewal.objects.filter(pk=first.pk).update(next_step="Call")
    queue.set_viewport_size({"width": 390, "height": 844})
    queue.get_by_label("Choose Van Houten", exact=True).check()
    queue.locator("[data-selection]").get_by_role("button", name="Move date").click()
    dialog = queue.locator("dialog#act")
    dialog.get_by_label("New date of the next step").fill("2027-01-05")
    Renewal.objects.filter(pk=first.pk).update(version=9)
    dialog.get_by_role("button", name="Move date").click()
    expect(dialog).to_contain_text("was changed meanwhile. Look at what stands there now.")
    before = Renewal.objects.get(pk=first.pk).next_step_on
    dialog.get_by_role("button", name="Move date").click()
    expect(queue.get_by_text("The next step of 1 renewal moved to 5 Jan 2027.")).to_be_visible()
    assert str(Renewal.objects.get(pk=first.pk).next_step_on) == "2027-01-05"
    queue.get_by_role("button", name="Undo").click()
    expect(queue.get_by_text("1 renewal is as it was.")).to_be_visible()
    assert Renewal.objects.get(pk=first.pk).next_step_on == before
    assert queue.evaluate("document.documentElement.scrollWidth") <= 390
