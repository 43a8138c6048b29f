"""The style page in a real browser: no accessibility violations, no refused content, nothing wider than the window."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.design.urls"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visit(browser, live_server):
    """Opens an address in a window of a width and mode; whatever the console refuses fails the test."""
    opened = []

    def _visit(address, width=1440, mode="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=mode)
        page, complaints = context.new_page(), []
        opened.append((context, complaints))

        def listen(message):
            if message.type == "error":
                complaints.append(f"{message.text} {message.location}")

        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}{address}")
        _visit.complaints, _visit.listen = complaints, listen
        return page

    yield _visit
    for context, complaints in opened:
        context.close()
        assert complaints == []


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("address", ["/styleguide/", "/styleguide/?past=1", "/accounts/login/"])
def test_no_violations(visit, address, mode):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(address, mode=mode)
    assert visit.complaints == []
    page.remove_listener("console", visit.listen)  # the checker styles the page itself, which the policy refuses
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:160] for node in each["nodes"]]) for each in found] == []


@pytest.mark.parametrize("width", [390, 768, 1024, 1440, 2560])
def test_the_page_never_scrolls_sideways(visit, width):
    page = visit("/styleguide/", width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_choosing_rows_counts_and_adds_up(visit):
    page = visit("/styleguide/")
    boxes, bar = page.locator("[data-pick]"), page.locator("[data-selection]")
    assert not bar.is_visible()
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    assert bar.locator("[data-count]").inner_text() == "3"
    assert bar.locator("[data-sum]").inner_text() == "€191,600"
    page.keyboard.press("Escape")
    assert not bar.is_visible()


def test_keys_move_choose_and_search(visit):
    page = visit("/styleguide/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator("[data-row].is-current").get_attribute("data-amount") == "27500"
    page.keyboard.press("x")
    assert page.locator("[data-pick]:checked").count() == 1
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"


def test_inline_edit_restores_and_moves_down(visit):
    page = visit("/styleguide/")
    fields = page.locator(".inline-field")
    fields.nth(0).fill("Something else")
    page.keyboard.press("Escape")
    assert fields.nth(0).input_value() == "Call Claes with Mr van Dam on the uplift"
    fields.nth(1).focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Next step of Bergmann Automotive"


def test_receipts_open_beside_the_page_and_dialogs_close(visit):
    page = visit("/styleguide/")
    page.route(
        "**/receipt/", lambda route: route.fulfill(body="<main><h1>138 customers</h1></main>", content_type="text/html")
    )
    page.locator("a.receipt").first.click()
    page.locator("#sheet-body h1").wait_for()
    assert page.locator("#sheet-body h1").inner_text() == "138 customers"
    page.keyboard.press("Escape")
    assert not page.locator("#sheet").is_visible()
    page.locator("button[data-opens=style-dialog]").click()
    assert page.locator("#style-dialog").is_visible()
    page.locator("#style-dialog [data-close]").click()
    assert not page.locator("#style-dialog").is_visible()
