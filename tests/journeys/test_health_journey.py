"""One customer from green to red and back, day by day, in a real browser: the facts turn, and the pages follow."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from playwright.sync_api import expect

from bowtie.day import run_day
from core.actions import touch
from core.clock import today
from core.models import Organisation
from health.models import Alert, Spell
from installed_base.models import RoiRecord, Ticket
from playbooks.models import Play, Task
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)


class Customer:
    """Van Houten with a covered machine, three voices and a goal; its facts get better or worse on a day."""

    def __init__(self, owner):
        on = today()
        self.account = cast.account("Van Houten", owner, known_on=on - 400 * DAY)
        self.machine = cast.asset(self.account, on - 900 * DAY, known_on=on - 400 * DAY)
        cast.cover(cast.term(self.account, on - 300 * DAY, on + 400 * DAY, 214_000), self.machine)
        roles = ("operator", "engineering", "management")
        self.people = [cast.contact(self.account, role, champion_since=on - 90 * DAY) for role in roles]
        cast.roi(self.account, on - 200 * DAY, on - 20 * DAY)

    def does_well(self):
        on = today()
        Ticket.objects.filter(account=self.account).update(resolved_at=cast.at_hour(on, 1), sentiment="positive")
        RoiRecord.objects.filter(account=self.account, realised_on=None).update(realised_on=on)
        for person in self.people:
            cast.answer(self.account, on, 10, person)
            cast.moment(self.account, on, person)
        self._uses(on, run=9)

    def does_badly(self):
        on = today()
        for _ in range(3):
            cast.ticket(self.account, on, severity="critical", sentiment="negative")
            cast.roi(self.account, on)
        for person in self.people:
            cast.answer(self.account, on, 1, person)
        self._uses(on, run=0)

    def _uses(self, on, run):
        good = Decimal(95 if run else 0)
        cast.reading(self.machine, on, run * 20, 200, days=9, output=100, good_output=good)
        touch("account", [self.account.pk], since=on)


@pytest.fixture
def mila():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    found = cast.person("mila", team=cast.pool("North"))
    found.language = "en"
    found.save()
    return found


@pytest.fixture
def window(page, live_server, mila):
    client = Client()
    client.force_login(mila)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )

    def go(path):
        page.goto(f"{live_server.url}{path}")
        return page

    return go


@pytest.fixture
def move_to(settings):
    """The clock of the sandbox stands so many days ahead, and every day until then has been run."""

    def move(days):
        settings.CLOCK_OFFSET_DAYS = days
        assert run_day(through=today()).poison == []

    return move


def test_a_customer_falls_is_rescued_and_recovers(window, mila, move_to, settings):
    customer = Customer(mila)
    at, page_of = customer.account, f"/accounts/{customer.account.pk}/"
    customer.does_well()
    move_to(0)
    expect(window(page_of).get_by_role("heading", name="Health is green")).to_be_visible()
    expect(window("/").get_by_text("Nobody of yours fell or fell silent.")).to_be_visible()

    settings.CLOCK_OFFSET_DAYS = 10
    customer.does_badly()
    move_to(10)
    desk = window("/")
    alert = desk.locator("#alerts").get_by_role("listitem")
    expect(alert).to_contain_text("Van Houten fell to red")
    expect(alert).to_contain_text("€214,000")
    expect(desk.get_by_role("link", name="Call them this week, and every week from now on")).to_be_visible()
    rescue = Play.objects.get(account=at, playbook="rescue")
    alert.get_by_role("link", name="Open").click()
    expect(desk.get_by_role("heading", name="Health is red")).to_be_visible()
    expect(desk.locator("#health")).to_contain_text("Ring back on the low answers")
    desk.locator("#health summary").click()
    step = desk.get_by_role("listitem").filter(has=desk.get_by_text("Ring back on the low answers", exact=True))
    step.get_by_role("link", name="Make a task").click()
    desk.locator("#sheet").get_by_role("button", name="Add the task").click()
    desk.wait_for_url(f"**{page_of}")
    expect(desk.locator("#health .health-ladder").first).to_contain_text("mila, ")
    assert Task.objects.get(step="fix.survey").account == at

    settings.CLOCK_OFFSET_DAYS = 20
    customer.does_well()
    move_to(20)
    expect(window("/").locator("#alerts")).to_contain_text("Van Houten fell to red")
    move_to(28)
    expect(window("/").get_by_text("Nobody of yours fell or fell silent.")).to_be_visible()
    expect(window(page_of).get_by_role("heading", name="Health is green")).to_be_visible()
    fell = Alert.objects.get(account=at, kind="tier")
    rescue.refresh_from_db()
    assert fell.closed_by is None and fell.closed_reason and rescue.closed_reason
    assert fell.closed_on == rescue.closed_on
    assert not Task.objects.open().filter(play=rescue).exists()
    assert [s.tier for s in Spell.objects.filter(account=at).order_by("began_on")] == ["green", "red", "green"]
    then = window(f"{page_of}health/?as_of={today() - 15 * DAY}")
    expect(then.get_by_role("heading", name="Health is red")).to_be_visible()
    expect(then.get_by_text("read only")).to_be_visible()
