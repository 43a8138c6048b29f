"""A technician's tip on a phone becomes a replacement: handed to Sales with context, won, ordered, handed back with
what was promised; and who left the tip reads what became of it. In a real browser, with three people."""

from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import expect

from core.clock import today
from core.models import Organisation, Role
from expansion.models import Tip
from installed_base.models import Asset, AssetSuccession, LedgerEntry, Promise
from playbooks.models import Play, Task
from sales.models import Handoff, Opportunity
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 1000}
DAY = timedelta(days=1)


@pytest.fixture
def people():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    north = cast.pool("North")
    found = {
        "ruud": cast.person("ruud", Role.TECHNICIAN),
        "mila": cast.person("mila", Role.CS_MANAGER, north),
        "daniel": cast.person("daniel", Role.SALES, cast.pool("Sales")),
    }
    for person in found.values():
        person.language = "en"
        person.save()
    return found


@pytest.fixture
def machine(people):
    account = cast.account("Van Houten", people["mila"])
    cast.contact(account, "engineering", name="Joke Bos")
    new = cast.product("VR-8")
    old = cast.product("VR-6", successor=new)
    return cast.asset(account, today() - 5000 * DAY, product=old, serial="VR6-2012", technician=people["ruud"])


@pytest.fixture
def as_person(page, live_server, people):
    """A window of this person's own, on a desk or on a phone; nothing may go wrong in any of them."""
    said, windows = [], {}

    def window(name, path, size=DESK):
        if name not in windows:
            client = Client()
            client.force_login(people[name])
            context = page.context.browser.new_context(viewport=size, locale="en-GB", reduced_motion="reduce")
            cookie = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
            windows[name] = context.new_page()
            # The first look at each page compiles it; on a busy machine that takes a while.
            windows[name].set_default_timeout(90_000)
            windows[name].on("console", lambda m: said.append(m.text) if m.type == "error" else None)
            windows[name].on("pageerror", lambda error: said.append(str(error)))
        windows[name].goto(f"{live_server.url}{path}")
        return windows[name]

    expect.set_options(timeout=60_000)
    yield window
    expect.set_options(timeout=5_000)
    for opened in windows.values():
        opened.context.close()
    assert said == []


def fits(window):
    """Nothing of the page hangs over the edge of a phone."""
    assert window.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 1


def test_from_a_tip_on_a_phone_to_a_machine_on_order(as_person, machine, people):
    # The technician at the machine.
    at = as_person("ruud", "/tips/new/?serial=VR6-2012", PHONE)
    fits(at)
    at.get_by_role("radio", name="The machine wants replacing").check()
    at.get_by_label("What did you see or hear?").fill("Main axis has play; the foreman asked what a new one costs.")
    at.get_by_role("button", name="Send the tip").click()
    expect(at.get_by_text("Thank you. The owner of the account has it now")).to_be_visible()
    tip = Tip.objects.get()

    # The owner follows it up: a replacement with its play.
    at = as_person("mila", f"/tips/{tip.pk}/")
    at.get_by_role("radio", name="It became an opportunity").check()
    at.get_by_label("Kind of deal").select_option("replacement")
    at.get_by_label("Name of the opportunity").fill("A new palletiser")
    at.get_by_label("Your answer to the technician").fill("Well seen, Daniel calls them.")
    at.get_by_role("button", name="Answer").click()
    expect(at.get_by_text("Answered.")).to_be_visible()
    deal = Opportunity.objects.get()
    assert Play.objects.get(subject_kind="opportunity").playbook == "replacement"

    # CS to Sales, with context.
    at = as_person("mila", f"/pipeline/{deal.pk}/")
    at.get_by_role("link", name="Hand over to Sales").click()
    at.get_by_label("Who takes it over").select_option(label="daniel")
    at.get_by_label("What do you see?").fill("The axis has play; they plan next year's budget now.")
    at.get_by_label("History with them").fill("Customer since 2012, two breakdowns last year.")
    at.get_by_label("Sensitivities").fill("The maintenance chief fears for his job.")
    at.get_by_label("Who to talk to").select_option(label="Joke Bos")
    at.get_by_label("Introduced on").fill(today().isoformat())
    at.get_by_role("button", name="Hand over").click()
    expect(at.locator("#handoff")).to_contain_text("waits")

    # Sales finds it among the tasks, reads it on a phone, accepts it, and moves the deal.
    assert Task.objects.open().get(subject_kind="handoff").owner.user == people["daniel"]
    at = as_person("daniel", "/handoffs/", PHONE)
    fits(at)
    at.get_by_role("link", name="A new palletiser").click()
    expect(at.get_by_role("main")).to_contain_text("Joke Bos")
    fits(at)
    at.get_by_role("button", name="Accept").click()
    expect(at.get_by_text("Accepted: it is yours now.")).to_be_visible()
    at = as_person("daniel", f"/pipeline/{deal.pk}/")
    fits(at)
    for stage in ("Qualify", "Propose", "Close"):
        at.get_by_role("main").get_by_role("button", name=stage, exact=True).click()
        expect(at.get_by_role("main").get_by_role("button", name=stage, exact=True)).to_be_disabled()

    # Won with a value and a day: the new machine is on order in place of the old one.
    at.get_by_role("link", name="Won: say what was sold").click()
    fits(at)
    at.get_by_label("Value", exact=True).fill("185000")
    at.get_by_role("button", name="It was won").click()
    expect(at.locator("#brought")).to_contain_text("in place of VR6-2012")
    deal.refresh_from_db()
    assert (deal.stage, deal.value_reporting, deal.closed_on) == ("won", 185_000, today())
    ordered = Asset.objects.get(delivery__opportunity=deal)
    assert (ordered.product.name, AssetSuccession.objects.get().asset) == ("VR-8", machine)

    # Sales to CS, with what was promised.
    at.get_by_role("link", name="Hand over to CS").click()
    at.get_by_label("Who takes it over").select_option(label="mila")
    at.get_by_label("What was sold?").fill("One VR-8 with the gripper for both formats.")
    at.get_by_label("Who operates it?").fill("Two shifts of three.")
    at.locator("#id_training").fill("Two days on site.")
    at.get_by_label("Risks").fill("The floor has to be levelled.")
    at.locator("#id_promise-0-text").fill("97 % uptime in the first three months")
    at.get_by_role("button", name="Hand over").click()
    expect(at.locator("#handoff")).to_contain_text("CS")

    at = as_person("mila", "/handoffs/")
    at.get_by_role("button", name="Accept: A new palletiser").click()
    expect(at.get_by_text("Accepted: it is yours now.")).to_be_visible()
    assert Promise.objects.get().asset == ordered
    assert Handoff.objects.accepted().count() == 2
    assert not Task.objects.open().filter(subject_kind="handoff").exists()
    assert LedgerEntry.objects.filter(state="posted").count() == 0

    # The machine is installed: the old one goes out; and the technician reads what became of his tip.
    at = as_person("mila", f"/pipeline/{deal.pk}/")
    at.get_by_label("Installed on").fill(today().isoformat())
    at.get_by_role("button", name="It stands").click()
    expect(at.locator("#brought")).to_contain_text("out since")
    machine.refresh_from_db()
    assert machine.taken_out_on == today()
    at = as_person("ruud", f"/tips/{tip.pk}/", PHONE)
    expect(at.get_by_text("This tip became a deal of")).to_be_visible()
    fits(at)
