"""The quote under somebody's hands: the total follows every field, and what was seen is what is written."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from core.clock import today
from core.models import Organisation
from installed_base.models import Coverage
from renewals.models import Quote
from tests import cast
from tests.renewals.book import ending, renewal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def row():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    mila = cast.person("mila", team=cast.pool("North"))
    mila.language = "en"
    mila.save()
    term = ending(cast.account("Van Houten", mila), on=today())
    for value in (6000, 4000, 2000):
        cast.cover(term, cast.asset(term.contract.account), annual_value=value)
    return renewal(term)


@pytest.fixture
def screen(page, live_server, row):
    client = Client()
    client.force_login(row.account.owner.user)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{live_server.url}/renewals/{row.pk}/quote/")
    yield page
    assert said == []


def test_the_total_follows_and_what_was_seen_is_written(screen, row):
    total = screen.locator("#worked")
    expect(total).to_contain_text("€12,360.00 a year")
    first, second, third = Coverage.objects.filter(term=row.term).order_by("pk")
    screen.get_by_label(f"Keep or drop {third.asset}").select_option("sold_on")
    expect(total).to_contain_text("€10,300.00 a year")
    expect(screen.locator(f"#new-{third.pk}")).to_have_text("dropped")
    screen.locator(f"[name='price-{second.pk}']").fill("3500")
    expect(total).to_contain_text("€9,680.00 a year")
    expect(screen.locator(f"#new-{first.pk}")).to_have_text("€6,180.00")
    screen.get_by_label("Price follows").select_option("indexation")
    expect(screen.get_by_label("Uplift, %")).to_be_hidden()
    expect(total).to_contain_text("Figure now: The index asks for this.")
    for label, value in (("Index", "CPI"), ("Figure then", "100"), ("Figure now", "110")):
        screen.get_by_label(label).fill(value)
    expect(total).to_contain_text("€10,100.00 a year")
    screen.get_by_role("button", name="Write version 1").click()
    expect(screen.locator("#quote")).to_contain_text("€10,100")
    quote = Quote.objects.get()
    assert (str(quote.new_annual), str(quote.uplift), quote.index_name) == ("10100.00", "0.100000", "CPI")
    screen.get_by_role("button", name="It was sent").click()
    screen.get_by_role("button", name="They accept").click()
    screen.get_by_role("link", name="Sign it").click()
    expect(screen.locator("#next-term")).to_contain_text("€10,100 a year")
    screen.get_by_role("button", name="Sign this term").click()
    expect(screen.locator("#quote")).to_contain_text("Signed")
    quote.refresh_from_db()
    assert list(quote.successor.coverages.order_by("pk").values_list("asset_id", "annual_value")) == [
        (first.asset_id, 6600),
        (second.asset_id, 3500),
    ]
