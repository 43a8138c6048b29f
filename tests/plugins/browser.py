"""A real Chromium for tests marked `browser`. Without one they fail with a sentence: they are never skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium_path() -> str:
    """The Chromium of this machine; BOWTIE_CHROMIUM names another."""
    for name in (os.environ.get("BOWTIE_CHROMIUM"), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    return pytest.fail(
        "No Chromium found: apt-get install chromium, or BOWTIE_CHROMIUM=/path/to/chromium.", pytrace=False
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # loaded only where a browser is driven: it costs half a second

    path = chromium_path()
    # Playwright's loop runs in the thread of the tests; Django would take that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh window in English, 1440 pixels wide, that moves nothing for show."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", reduced_motion="reduce")
    yield context.new_page()
    context.close()


def faults(said: Iterable[str]) -> list[str]:
    """What a console said that is a fault: not that a form was refused, nor that a page was left while it loaded a part
    of itself."""
    left = ("htmx:sendAbort", "htmx:afterRequest")
    return [words for words in said if "422" not in words and not words.startswith(left)]
