"""From what was heard at a customer to a deal with its play, under somebody's hands."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from core.clock import today
from core.models import Organisation
from expansion.models import Signal
from expansion.tasks import ACCOUNT_EVENT
from installed_base.models import AccountEvent
from playbooks import day
from playbooks.models import Play
from sales.models import Opportunity
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mila():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    person = cast.person("mila", team=cast.pool("North"))
    person.language = "en"
    person.save()
    return person


@pytest.fixture
def window(page, live_server, mila):
    client = Client()
    client.force_login(mila)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert said == []


def test_heard_seen_as_a_signal_and_accepted_into_a_deal(window, live_server, mila):
    at = cast.account("Van Houten", mila)
    window.goto(f"{live_server.url}/expansion/events/new/?account={at.pk}")
    window.get_by_label("What", exact=True).select_option("new_plant")
    window.get_by_label("Where it was heard").select_option("press")
    window.get_by_label("In your own words").fill("Second hall in Breda")
    window.get_by_role("button", name="Write it down").click()
    expect(window.get_by_text("a signal follows within minutes")).to_be_visible()
    assert AccountEvent.objects.get().note == "Second hall in Breda"
    day.run([ACCOUNT_EVENT], on=today())
    window.goto(f"{live_server.url}/expansion/")
    window.get_by_role("link", name="Van Houten", exact=True).wait_for()
    window.goto(f"{live_server.url}/expansion/accounts/{at.pk}/")
    expect(window.get_by_text("New plant or site (")).to_be_visible()
    window.get_by_role("button", name="Accept all").click()
    window.get_by_role("button", name="Accept", exact=True).click()
    expect(window.get_by_text("stands in the pipeline now")).to_be_visible()
    assert Signal.objects.get().decision == "accepted"
    assert (Opportunity.objects.get().kind, Play.objects.get().playbook) == ("additional_machine", "capacity")
