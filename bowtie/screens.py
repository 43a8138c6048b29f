"""Pictures of every page of the demo company: light and dark, on a desk and on a phone.

`python -m bowtie.screens [DIR]` needs the servers of `DATABASE_URL` and `REDIS_URL`, an empty database or one with the
demo company in it, and Chromium. `make screens` brings all of that.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

CHROMIUM = os.environ.get("BOWTIE_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
SIZES = {"1440": (1440, 1000), "390": (390, 844)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PASSWORD = "bowtie-demo"


@dataclass(frozen=True)
class Shot:
    """A picture: its name, who looks, the path, and the links to follow from there, one after the other."""

    name: str
    username: str
    path: str
    follow: tuple[str, ...] = ()


RENEWAL = 'a[href^="/renewals/"][href$="/"]:not([href="/renewals/"])'
ACCOUNT = 'a[href^="/accounts/"]:not([href="/accounts/"]):not([href="/accounts/health/"]):not([href*="?"])'
HEALTH = 'a[href$="/health/"]:not([href="/accounts/health/"])'
DEAL = 'a[href^="/pipeline/"]:not([href="/pipeline/"]):not([href*="?"])'
QBR = 'a.name[href^="/qbrs/"]'

SHOTS = (
    Shot("sign-in", "", "/login/"),
    Shot("today", "marloes", "/"),
    Shot("renewal-queue", "marloes", "/renewals/"),
    Shot("renewal", "marloes", "/renewals/", (RENEWAL,)),
    Shot("renewal-fix-first", "marloes", "/renewals/?show=red_large&bucket=t60", (RENEWAL,)),
    Shot("accounts", "marloes", "/accounts/"),
    Shot("account", "marloes", "/accounts/?q=van+houten", (ACCOUNT,)),
    Shot("account-health", "marloes", "/accounts/?q=van+houten", (ACCOUNT, HEALTH)),
    Shot("customers-health", "marloes", "/accounts/health/"),
    Shot("surveys", "sanne", "/health/surveys/"),
    Shot("survey-send", "sanne", "/health/surveys/send/"),
    Shot("qbrs", "marloes", "/qbrs/"),
    Shot("qbr", "marloes", "/qbrs/?state=summary", (QBR,)),
    Shot("qbr-pack", "marloes", "/qbrs/?state=summary", (QBR, 'a[href$="/pack/"]')),
    Shot("machines", "marloes", "/machines/"),
    Shot("machine", "marloes", "/machines/", ('a[href^="/assets/"]',)),
    Shot("signals", "daniel", "/expansion/"),
    Shot("pipeline", "daniel", "/pipeline/"),
    Shot("opportunity", "daniel", "/pipeline/", (DEAL,)),
    Shot("search", "marloes", "/search/?q=van"),
    Shot("bowtie", "elke", "/bowtie/"),
    Shot("receipt", "elke", "/metrics/attach_rate/"),
    Shot("technician", "ruud", "/"),
)


def main(folder: Path) -> None:
    """Take every picture; a page that does not answer stops with its path."""
    folder.mkdir(parents=True, exist_ok=True)
    for command in (["migrate", "-v0"], ["demo"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True)
    with _served() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for scheme in SCHEMES:
            for size, (width, height) in SIZES.items():
                _take_all(browser, address, folder, scheme, size, width, height)
        browser.close()


@contextmanager
def _served() -> Iterator[str]:
    """The product on a free port of the loopback, stopped afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "bowtie.wsgi"]
    server = subprocess.Popen(command, env=os.environ | {"BOWTIE_SANDBOX": "1"})
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(15)


def _wait(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("The web server did not start within ten seconds.")


def _take_all(
    browser: Browser, address: str, folder: Path, scheme: Literal["light", "dark"], size: str, width: int, height: int
) -> None:
    for username in dict.fromkeys(shot.username for shot in SHOTS):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB", reduced_motion="reduce"
        )
        page = context.new_page()
        if username:
            _sign_in(page, address, username)
        for shot in (s for s in SHOTS if s.username == username):
            _take(page, address, shot, folder / f"{shot.name}-{scheme}-{size}.png")
        context.close()


def _sign_in(page: Page, address: str, username: str) -> None:
    page.goto(f"{address}/login/")
    page.fill('input[name="login"]', username)
    page.fill('input[name="password"]', PASSWORD)
    page.click('form[action*="login"] button[type="submit"]:not([formnovalidate])')
    page.wait_for_url(lambda url: "/login" not in url)


def _take(page: Page, address: str, shot: Shot, file: Path) -> None:
    answer = page.goto(address + shot.path)
    if answer is None or answer.status >= 400:
        raise SystemExit(f"{shot.path} answered {answer and answer.status} for {shot.username or 'nobody'}.")
    for link in shot.follow:
        page.goto(address + str(page.locator(link).first.get_attribute("href")))
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(file), full_page=True, clip=_upper(page))
    Image.open(file).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


def _upper(page: Page) -> FloatRect:
    """The page, as far as three screens down."""
    size = page.viewport_size or {"width": 1440, "height": 1000}
    height = page.evaluate("document.documentElement.scrollHeight")
    return {"x": 0, "y": 0, "width": size["width"], "height": min(height, 3 * size["height"])}


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screens"))
