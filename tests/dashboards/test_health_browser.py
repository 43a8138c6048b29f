"""An alert under somebody's hands: put off in the side sheet, without leaving Today."""

from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import expect

from core.clock import today
from core.models import Organisation
from tests import cast
from tests.dashboards.scores import RED, stood
from tests.dashboards.test_alerts import alert

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [390, 1440])
def test_an_alert_is_put_off_in_place(page, live_server, width):
    Organisation.objects.create(pk=1, name="Voss Robotics")
    mila = cast.person("mila", team=cast.pool("North"))
    type(mila).objects.update(language="en")
    account = cast.account("Van Houten", mila)
    stood(account, today(), RED)
    found = alert(account)
    client = Client()
    client.force_login(mila)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.set_viewport_size({"width": width, "height": 900})
    for path in (f"/accounts/{account.pk}/", f"/accounts/{account.pk}/health/", "/accounts/health/", "/"):
        page.goto(f"{live_server.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#alerts").get_by_role("link", name="Snooze").click()
    sheet = page.locator("#sheet")
    sheet.get_by_label("Why it can wait").fill("We visit on Friday")
    sheet.get_by_role("button", name="Snooze").click()
    expect(page.get_by_text("Nobody of yours fell or fell silent.")).to_be_visible()
    found.refresh_from_db()
    assert (found.snoozed_until, found.snoozed_reason) == (today() + timedelta(days=7), "We visit on Friday")
