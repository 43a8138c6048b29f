"""The machine of an order found among many, in a real browser: typed, narrowed and chosen without a mouse."""

from datetime import timedelta

import pytest
from django.test import Client

from core.clock import today
from installed_base.models import MachineOrder
from tests import cast
from tests.sales.test_delivery_pages import ordered

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_machine_is_typed_and_chosen_from_the_keyboard(page, live_server):
    sale = ordered()
    made = [
        cast.asset(sale.account, today() - timedelta(days=1), product=sale.new, serial=f"VR8-{number}")
        for number in range(500, 530)
    ]
    sale.ilse.language = "en"
    sale.ilse.save()
    client = Client()
    client.force_login(sale.ilse)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{live_server.url}{sale.address}")
    page.get_by_role("link", name="This is the same machine").click()
    sheet = page.locator("#sheet")
    sheet.get_by_role("searchbox").wait_for()
    assert sheet.get_by_role("radio").count() == 20
    sheet.get_by_role("searchbox").focus()
    page.keyboard.type("vr8-507")
    sheet.get_by_role("radio", name="VR8-507").wait_for()
    page.wait_for_function("document.querySelectorAll('#sheet input[type=radio]').length === 1")
    held = []
    page.route("**/match/?*", lambda route: held.append(route))
    page.keyboard.press("Enter")  # searches again, and stays
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert sheet.get_by_role("radio").is_checked()
    # What that search brings comes in now: neither the choice nor the place of the keyboard is lost.
    with page.expect_response("**/match/?*"):
        held[0].continue_()
    page.wait_for_timeout(300)
    assert sheet.get_by_role("radio").is_checked()
    page.keyboard.press("Enter")
    page.get_by_text("The order and VR8-507 are one machine now.").wait_for()
    assert MachineOrder.objects.get().asset == made[7]
    assert faults == []
