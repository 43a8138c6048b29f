"""A QBR held, and its summary sent within 48 hours, by hand in a real browser; the clock stands some days ahead."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from playwright.sync_api import expect

from core import clock
from core.models import Organisation
from core.outbox import relay
from playbooks.models import Qbr, Seat, Task
from tests import cast
from tests.playbooks.meetings import again, comes, customer, meeting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def qbr():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    mila = cast.person("mila", team=cast.pool("North"))
    mila.language = "en"
    mila.save()
    at = customer("Great Lakes", mila, country="United States")
    cast.ticket(at, clock.today() - timedelta(days=20), 5, asset=at.assets.get(), kind="breakdown", downtime_hours=3)
    row = meeting(at, clock.today() + timedelta(days=2))
    comes(row, cast.contact(at, "engineering", name="Jack Harper", email="jack@example.com"))
    comes(row, cast.contact(at, "management", name="Grace Owen", email="grace@example.com"), Seat.EXECUTIVE)
    return row


def signed_in(page, live_server, qbr):
    client = Client()
    client.force_login(qbr.owner.user)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def sheet(page, link):
    page.get_by_role("link", name=link, exact=True).click()
    return page.locator("dialog#sheet")


def test_hold_a_qbr_and_send_its_summary_within_48_hours(page, live_server, qbr, settings):
    said = signed_in(page, live_server, qbr)
    page.goto(f"{live_server.url}/qbrs/")
    page.get_by_role("link", name="Great Lakes").click()
    form = sheet(page, "Plan it")
    form.get_by_label("Begins at").fill("10:00")
    form.get_by_label("Where").fill("Green Bay")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("10:00, Green Bay")).to_be_visible()

    # The day comes.
    settings.CLOCK_OFFSET_DAYS = 3
    held_on = clock.today() - timedelta(days=1)
    page.reload()
    form = sheet(page, "It was held")
    form.get_by_label("Held on").fill(held_on.isoformat())
    form.get_by_label("Ended at").fill("11:20")
    form.get_by_label("Grace Owen, Executive").uncheck()
    form.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("The summary is due by")).to_be_visible()
    assert again(qbr).summary_due_at - again(qbr).held_at == timedelta(hours=48)
    assert Task._base_manager.get(step="summary").due_on == held_on + timedelta(days=2)

    form = sheet(page, "Take notes")
    form.get_by_label("Review of the period").fill("Line 2 runs again")
    form.get_by_role("button", name="Save").click()
    form = sheet(page, "Write")
    form.get_by_label("Signs of risk").fill("They look at a competitor")
    form.get_by_role("button", name="Save").click()
    form = sheet(page, "New action")
    form.get_by_label("What is to be done").fill("Train the night shift")
    form.get_by_label("Who").select_option(label="mila")
    form.get_by_label("By when").fill((held_on + timedelta(days=30)).isoformat())
    form.get_by_role("button", name="Add the action").click()
    form = sheet(page, "Agree on the next")
    form.get_by_label("Day").fill((held_on + timedelta(days=91)).isoformat())
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="The next")).to_be_visible()

    page.get_by_role("link", name="Write the summary").click()
    words = page.get_by_label("Words")
    for part in ("Line 2 runs again", "Downtime: 3 h", "Train the night shift: mila"):
        assert part in words.input_value()
    assert "competitor" not in words.input_value()
    expect(page.get_by_label("Jack Harper")).to_be_checked()
    expect(page.get_by_label("Grace Owen")).not_to_be_checked()
    words.fill(words.input_value() + "\n\nUntil then")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("in time", exact=True)).to_be_visible()
    done = again(qbr)
    assert done.held_at < done.summary_sent_at <= done.summary_due_at
    assert Task._base_manager.get(step="summary").done_on == clock.today()
    assert Qbr._base_manager.get(after=qbr).planned_on == held_on + timedelta(days=91)
    relay()
    assert [message.to for message in mail.outbox] == [["jack@example.com"]]
    assert mail.outbox[0].body.endswith("Until then")
    assert said == []


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_runs_off_the_side_and_a_figure_opens_its_rows(page, live_server, qbr, width):
    said = signed_in(page, live_server, qbr)
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("", f"{qbr.pk}/", f"{qbr.pk}/pack/", f"{qbr.pk}/letter/agenda/", f"{qbr.pk}/people/"):
        page.goto(f"{live_server.url}/qbrs/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.goto(f"{live_server.url}/qbrs/{qbr.pk}/pack/")
    page.locator("#review a.asked", has_text="3 h").first.click()
    opened = page.locator("dialog#sheet")
    expect(opened).to_contain_text("Downtime")
    expect(opened).to_contain_text("Breakdown")
    assert said == []
