"""A machine in somebody's hands: from its go-live through phase 1, with a red flag, and back on track."""

from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import expect

from core.clock import today
from core.models import Organisation
from installed_base.models import Asset, ContactMoment, Ticket, Training
from playbooks.models import Play, Task
from tests import cast
from tests.adoption.base import promise, run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Milliseconds: a busy machine may take its time.
PATIENCE = 120_000


@pytest.fixture
def mila():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    user = cast.person("mila", team=cast.pool("North"))
    user.language = "en"
    user.save()
    return user


@pytest.fixture
def desk(page, live_server, mila):
    client = Client()
    client.force_login(mila)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    expect.set_options(timeout=5_000)
    assert wrong == []


def test_from_go_live_through_a_red_flag_and_back_on_track(desk, live_server, mila):
    now = today()
    machine = cast.asset(
        cast.account("Van Houten", mila), now - timedelta(days=9), serial="VR-7", product=cast.product(),
        known_on=now - timedelta(days=9), promised_on=now - timedelta(days=3),
    )  # fmt: skip
    anja = str(cast.contact(machine.account, name="Anja Kool").pk)
    promise(machine.account, asset=machine, due_on=now + timedelta(days=60))
    desk.goto(f"{live_server.url}/adoption/")
    expect(desk.locator(".start-card")).to_contain_text("Promised to be live 3 days ago, and it is not.")

    desk.get_by_role("link", name="Record the go-live").click()
    desk.get_by_label("Went live on").fill(str(now - timedelta(days=6)))
    desk.get_by_role("button", name="Write it down").click()
    card = desk.locator(".start-card")
    expect(card).to_contain_text("day 6 of 28")
    expect(card).to_contain_text("Nobody has spoken with them for 6 days; 3 is the most now.")
    expect(card).to_contain_text("Stuck")
    run(on=now)
    assert Play.objects.get().subject_id == machine.pk
    assert Task.objects.open().filter(step="check-in").count() == 1

    card.get_by_role("link", name="Log a check-in").click()
    desk.get_by_label("With whom").select_option(anja)
    desk.get_by_label("What was said").fill("Runs, with jams at the infeed")
    desk.get_by_role("button", name="Write it down").click()
    expect(card).to_contain_text("On track")
    assert ContactMoment.objects.get().contact.name == "Anja Kool"
    assert not Task.objects.open().filter(step="check-in").exists()

    broken = cast.ticket(machine.account, now - timedelta(days=4), asset=machine, kind="breakdown", number="T-7")
    desk.goto(f"{live_server.url}/assets/{machine.pk}/")
    start = desk.locator("#start")
    expect(start).to_contain_text("It has stood still for 4 days without a solution.")
    Ticket.objects.filter(pk=broken.pk).delete()

    start.get_by_role("link", name="Put somebody on the list").click()
    desk.locator("select[name=contact]").select_option(anja)
    desk.get_by_role("button", name="Put on the list").click()
    start.get_by_role("link", name="Mark as trained").click()
    desk.get_by_role("button", name="Trained", exact=True).click()
    expect(start).to_contain_text("Training: 1 of 1 operators")
    assert Training.objects.get().trained_on == now

    start.get_by_role("link", name="measure").click()
    desk.get_by_label("Measured").fill("880")
    desk.get_by_role("button", name="Write it down").click()
    expect(start).to_contain_text("“900 boxes an hour”: measured 880, promised 900.")
    start.get_by_role("link", name="measure").click()
    desk.get_by_label("Measured").fill("905")
    desk.get_by_role("button", name="Write it down").click()
    expect(start).to_contain_text("kept")
    start.get_by_role("link", name="Record it").click()
    desk.get_by_role("button", name="Write it down").click()
    expect(start).to_contain_text("reached in 9 days")
    expect(start).to_contain_text("Early adoption: On track")
    assert Asset.objects.get().on_specification_on == now


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_runs_off_the_side(desk, live_server, mila, width):
    live_on = today() - timedelta(days=20)
    machine = cast.asset(cast.account("Verpakkingen De Smet", mila), live_on, went_live_on=live_on)
    promise(machine.account, asset=machine, text="An uptime of ninety-five per cent, measured over a month")
    desk.set_viewport_size({"width": width, "height": 900})
    for page in ("/adoption/", "/adoption/?view=list", f"/assets/{machine.pk}/", f"/assets/{machine.pk}/results/new/"):
        desk.goto(f"{live_server.url}{page}")
        assert desk.evaluate("document.documentElement.scrollWidth") <= width, page
