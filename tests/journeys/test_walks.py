"""Three people walk through their pages in a real browser: executive, team lead and rep."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from core.clock import today
from core.models import Organisation, Role
from installed_base.models import Level
from playbooks.models import AgreedStep, Review
from sales.models import Handoff, Opportunity
from tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)


@pytest.fixture
def team() -> Any:
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return cast.pool("North")


@pytest.fixture
def base(team: Any) -> Any:
    """A manager's customer of two years, with a machine under contract and one without."""
    mila = cast.person("mila", Role.CS_MANAGER, team)
    Level.objects.create(key="basic", name="Basic", rung=1, list_price=900, currency="EUR")
    at = cast.account("Van Houten", mila, country="NL", segment="small")
    cast.contact(at, "engineering", name="Joke Bos")
    cast.cover(cast.term(at, today() - 300 * DAY, today() + 40 * DAY), cast.asset(at, today() - 4000 * DAY))
    cast.asset(at, today() - 900 * DAY)
    for days, amount in ((500, 100), (100, 70)):
        cast.posted(at, today() - days * DAY, amount, "parts")
    return at


@pytest.fixture
def walk(page: Any, live_server: Any) -> Any:
    """A window of one person; nothing may go wrong in it."""
    said: list[str] = []
    page.set_default_timeout(60_000)
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))

    def start(user: Any, path: str) -> Any:
        user.language = "en"
        user.save()
        client = Client()
        client.force_login(user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([cookie])
        page.goto(f"{live_server.url}{path}")
        return page

    expect.set_options(timeout=30_000)
    yield start
    expect.set_options(timeout=5_000)
    assert said == []


def test_the_executive_from_the_bowtie_to_a_closed_review(walk: Any, base: Any) -> None:
    elke = cast.person("elke", Role.EXECUTIVE)
    at = walk(elke, "/bowtie/")
    expect(at.get_by_text("The dashed outline is the same picture on")).to_be_visible()
    at.locator("summary", has_text="against").click()
    at.get_by_role("link", name="nothing", exact=True).click()
    expect(at.get_by_text("The dashed outline is the same picture on")).to_have_count(0)

    # A stage, and the rows behind a figure of it.
    at.get_by_role("link", name="5 Expansion & renewal", exact=True).click()
    at.locator(".tile", has_text="Net revenue retention").locator("a.asked").click()
    expect(at.locator("#sheet-body")).to_contain_text("Van Houten")
    at.locator("#sheet [data-close]").click()

    # The leak map, and what is agreed about a leak.
    row = at.locator("#leak-F")
    expect(row).to_contain_text("1 record")
    row.get_by_role("link", name="Agree on a step").click()
    at.get_by_label("What was agreed").fill("Call the ten largest")
    at.get_by_role("button", name="Agree").click()
    expect(at.locator("#leak-F")).to_contain_text("Call the ten largest")
    assert AgreedStep.objects.get().metric == "leak_uncovered"

    # A review is begun, noted and closed, and printed.
    at.get_by_role("link", name="Reviews", exact=True).first.click()
    at.get_by_label("Which review").select_option("monthly")
    at.get_by_role("button", name="Begin").click()
    at.get_by_label("What was said").fill("Parts first.")
    at.get_by_role("button", name="Keep the notes").click()
    at.locator("details", has_text="Close with these figures").locator("summary").click()
    at.get_by_role("button", name="Close with these figures").click()
    expect(at.get_by_text("with the figures of that day")).to_be_visible()
    review = Review.objects.get()
    assert (review.notes, review.closed_on) == ("Parts first.", today())
    path = at.get_by_role("link", name="PDF", exact=True).get_attribute("href")
    answer = at.request.get(f"{at.url.partition('/bowtie/')[0]}{path}")
    assert answer.headers["content-type"] == "application/pdf" and answer.body().startswith(b"%PDF-")

    # The page comes by mail from now on.
    at.goto(f"{at.url.partition('/bowtie/')[0]}/bowtie/")
    at.get_by_role("link", name="By mail", exact=True).click()
    at.get_by_role("button", name="Send it").click()
    expect(at.get_by_text("It comes by mail, first on")).to_be_visible()


def test_the_lead_from_the_bowtie_of_the_team_to_its_load_and_review(walk: Any, base: Any, team: Any) -> None:
    at = walk(cast.person("hanna", Role.TEAM_LEAD, team), "/bowtie/")
    expect(at.get_by_text("1 earlier customer brings").last).to_be_visible()
    at.get_by_role("link", name="4 Adoption and value", exact=True).click()
    at.get_by_role("link", name="Load per CS manager").click()
    expect(at.get_by_role("main")).to_contain_text("mila")
    at.get_by_role("banner").get_by_role("link", name="The bowtie").click()
    at.get_by_role("link", name="Reviews", exact=True).first.click()
    at.get_by_label("Which review").select_option("health")
    at.get_by_role("button", name="Begin").click()
    expect(at.get_by_role("heading", level=1)).to_contain_text("Weekly review of customer health")
    assert Review.objects.get().team == team


def test_the_rep_from_the_board_to_a_handoff(walk: Any, base: Any) -> None:
    sanne = cast.person("sanne", Role.SALES, cast.pool("Sales"))
    sanne.memberships.create(team=base.owner.user.memberships.get().team)
    deal = Opportunity.objects.create(
        account=base, kind="upgrade", name="A new palletiser", owner=sanne.owner, known_on=today(), value_reporting=9,
        identified_on=today(), stage="won", closed_on=today(),
    )  # fmt: skip
    open_ = Opportunity.objects.create(
        account=base, kind="upgrade", name="Vision kit", owner=sanne.owner, known_on=today(), value_reporting=4000,
        identified_on=today(),
    )  # fmt: skip
    at = walk(sanne, "/pipeline/?view=board")
    at.get_by_role("link", name=open_.name).first.click()
    expect(at.get_by_role("heading", level=1)).to_contain_text("Vision kit")
    at.goto(f"{at.url.partition('/pipeline/')[0]}/pipeline/{deal.pk}/")
    at.get_by_role("link", name="Hand over to CS").click()
    at.get_by_label("Who takes it over").select_option(label="mila")
    at.get_by_label("What was sold?").fill("One VR-8 with the gripper.")
    at.get_by_role("button", name="Hand over").click()
    expect(at.locator("#handoff")).to_contain_text("CS")
    assert Handoff.objects.get().opportunity == deal
