"""One contract from T-180 to its signature and another to its loss, in a real browser with the clock moved: the gate,
the first talk, the quote, the follow-up, and what the figures say afterwards."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from playwright.sync_api import expect

from bowtie.day import run_day
from core.clock import today
from core.display import day_long
from core.models import Organisation, Outbox
from installed_base.models import ContactMoment, LedgerEntry, Term
from playbooks.models import Firing, Task
from renewals.models import Quote, Renewal
from tests import cast
from tests.journeys.test_health_journey import Customer as Watched
from tests.plugins.browser import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)
MILESTONES = ("renewal.T-90", "renewal.T-60", "renewal.T-30", "renewal.T-0")


class Customer(Watched):
    """A customer with two covered machines, whose contract of a year ends 180 days from today."""

    def __init__(self, name, owner, annual):
        begins = today() - 185 * DAY
        self.account = cast.account(name, owner, known_on=begins - 365 * DAY)
        self.machine = cast.asset(self.account, begins - 900 * DAY, known_on=begins)
        self.term = cast.term(self.account, begins, today() + 180 * DAY, annual, known_on=begins)
        for machine in (self.machine, cast.asset(self.account, begins - 900 * DAY, known_on=begins)):
            cast.cover(self.term, machine, annual_value=annual // 2)
        roles = ("operator", "engineering", "management")
        self.people = [cast.contact(self.account, role, champion_since=today() - 90 * DAY) for role in roles]
        cast.roi(self.account, today() - 200 * DAY, today() - 20 * DAY)

    @property
    def renewal(self):
        return Renewal.objects.get(term=self.term)


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
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))

    def go(path):
        page.goto(f"{live_server.url}{path}")
        return page

    # The first look at each page compiles it; on a busy machine that takes a while.
    page.set_default_navigation_timeout(90_000)
    expect.set_options(timeout=20_000)
    yield go
    expect.set_options(timeout=5_000)
    assert faults(said) == []


@pytest.fixture
def move_to(settings):
    """The clock of the sandbox stands so many days ahead, and every day until then has been run."""

    def move(days):
        settings.CLOCK_OFFSET_DAYS = days
        assert run_day(through=today()).poison == []

    return move


def do_steps(page, *titles):
    """Tick these steps off on the page of the renewal."""
    for title in titles:
        page.get_by_role("button", name=f"Done: {title}").click()
        expect(page.get_by_role("button", name=f"Done: {title}")).to_have_count(0)


def log_a_call(page, what):
    page.get_by_role("link", name="Log a call").click()
    sheet = page.locator("#sheet")
    sheet.get_by_label("What was said").fill(what)
    sheet.get_by_role("button", name=re.compile("Write it down|Save|Log")).click()
    expect(page.locator("#history")).to_contain_text(what)


def test_one_is_signed_and_another_is_lost(window, mila, move_to, settings):
    red, other = Customer("Van Houten", mila, 24_000), Customer("Great Lakes", mila, 9_000)
    decides = red.term.ends_on

    # T-180: the gate opens for the red customer alone, and asks to mend first.
    red.does_badly()
    other.does_well()
    move_to(0)
    queue = window("/renewals/")
    expect(queue.get_by_role("link", name="Van Houten")).to_be_visible()
    expect(queue.get_by_role("link", name="Great Lakes")).to_have_count(0)
    expect(queue.get_by_label("Stage of Van Houten").locator("option:checked")).to_have_text("Fix first")
    queue.get_by_role("link", name="Van Houten").click()
    at = queue
    expect(at.get_by_role("main")).to_contain_text(day_long(decides))
    expect(at.locator("#fix-first")).to_contain_text("Fix first, then send the quote")
    do_steps(at, "Fix first: find out what is wrong before talking about renewal")
    expect(at.locator("#tasks")).to_contain_text("mila")

    # T-90: mended in the meantime; both are asked to be called, and one is called.
    settings.CLOCK_OFFSET_DAYS = 60
    red.does_well()
    move_to(90)
    both = [f"/renewals/{one.renewal.pk}/" for one in (red, other)]
    at = window(both[0])
    log_a_call(at, "They want to go on for two years.")
    do_steps(at, "Call: the contract ends, let us discuss renewal", "Discuss satisfaction and open issues")
    assert ContactMoment.objects.get(subject_kind="renewal").subject_id == red.renewal.pk
    expect(window("/").get_by_role("main")).to_contain_text("Great Lakes · T-90")

    # T-60: the quote is made, sent, discussed and accepted; the step of the playbook is done by sending it.
    move_to(120)
    at = window(both[0])
    expect(at.locator("#tasks")).to_contain_text("Send the quote to the customer")
    at.get_by_role("link", name="Make a quote").click()
    at.get_by_label("Length in months").fill("24")
    expect(at.locator("#worked")).to_contain_text("2 years")
    at.get_by_role("button", name="Write version 1").click()
    at.get_by_role("button", name="It was sent").click()
    expect(at.locator("#quote")).to_contain_text("Sent")
    assert Task.objects.get(play=red.renewal.play_id, step__startswith="send-quote").done_by == mila
    at.get_by_role("link", name="Value statement").click()
    expect(at.get_by_role("heading", level=1)).to_contain_text("Van Houten")

    # T-30: the follow-up; they accept.
    move_to(150)
    at = window(both[0])
    do_steps(at, "Follow up: questions, negotiation, price")
    at.get_by_role("button", name="It was discussed").click()
    at.get_by_role("button", name="They accept").click()
    at.get_by_role("link", name="Sign it").click()
    quote = Quote.objects.get()
    expect(at.locator("#next-term")).to_contain_text(day_long(decides + DAY))
    at.get_by_role("button", name="Sign this term").click()
    expect(at.locator("#outcome")).to_contain_text("Renewed")
    signed = Term.objects.get(predecessions__term=red.term)
    assert (signed.starts_on, signed.annual_value) == (decides + DAY, quote.new_annual)
    assert LedgerEntry.objects.filter(term=signed, state="planned").count() == 2

    # After T without a signature: the loss is asked for, with a reason and a note, and both are needed.
    move_to(181)
    assert other.renewal.decided_on is None
    at = window(both[1])
    expect(at.locator("#tasks")).to_contain_text("Not signed: hold the loss interview and write down the reason")
    at.locator("#outcome").get_by_role("link", name="Lost").click()
    at.get_by_role("button", name="Write down as lost").click()
    expect(at.get_by_label("Reason")).to_be_focused()
    at.get_by_label("Reason").select_option("price")
    at.get_by_label("What did they say?").fill("A third cheaper elsewhere.")
    at.get_by_role("button", name="Write down as lost").click()
    expect(at.locator("#outcome")).to_contain_text("A third cheaper elsewhere.")
    expect(at.locator("#outcome")).to_contain_text("Price")

    queue = window("/renewals/?bucket=decided")
    for name, outcome in (("Van Houten", "Renewed"), ("Great Lakes", "Lost")):
        row = queue.get_by_role("row").filter(has=queue.get_by_role("link", name=name, exact=True))
        expect(row).to_contain_text(outcome)
    what_was_left(red, other, decides)
    receipt = window("/metrics/renewal_rate/").get_by_role("main")
    expect(receipt).to_contain_text("1 / 2")
    expect(receipt.get_by_role("row").filter(has_text="Great Lakes")).to_contain_text("lapsed")


def what_was_left(red, other, decides: date) -> None:
    """Each milestone once, each message once, and no work on what is decided."""
    for one, until in ((red, 3), (other, 4)):
        fired = Firing.objects.filter(subject_kind="term", subject_id=one.term.pk, state="fired", rule__in=MILESTONES)
        assert sorted(fired.values_list("rule", flat=True)) == sorted(MILESTONES[:until])
        assert sorted(f.due_on for f in fired) == [decides - d * DAY for d in (90, 60, 30, 0)][:until]
        assert not Task.objects.open().filter(play=one.renewal.play_id).exists()
        assert Outbox.objects.filter(kind="renewal.opened", subject_id=one.renewal.pk).count() == 1
        assert Outbox.objects.filter(kind="milestone.fired", payload__renewal=one.renewal.pk).count() == until + (
            one is red
        )
    ends = ("renewal.won", "renewal.lost")
    told = Outbox.objects.filter(kind__in=ends).order_by("pk").values_list("kind", "subject_id")
    assert list(told) == [("renewal.won", red.renewal.pk), ("renewal.lost", other.renewal.pk)]
