"""Machines that started, and short ways to run the day over them."""

from datetime import date, timedelta
from typing import Any

from core.actions import touch
from health.tasks import ADOPTION
from installed_base.models import Account, Asset, Promise, Training
from playbooks import day
from playbooks.day import Report
from tests import cast

LIVE = date(2026, 11, 2)


def on(n: int) -> date:
    """The nth day after going live."""
    return LIVE + timedelta(days=n)


def live(at: Account, went_live_on: date | None = LIVE, **values: Any) -> Asset:
    """A machine that was installed ten days before it went live, known since then."""
    known = (went_live_on or LIVE) - timedelta(days=10)
    facts = {"installed_on": known, "known_on": known, "went_live_on": went_live_on} | values
    row = cast.asset(at, **facts)
    touch("asset", [row.pk], since=known)
    return row


def run(*, on: date, **options: Any) -> Report:
    return day.run([ADOPTION], on=on, **options)


def promise(at: Account, **values: Any) -> Promise:
    facts = {
        "kind": "output",
        "text": "900 boxes an hour",
        "promised": 900,
        "promised_on": cast.KNOWN,
        "known_on": cast.KNOWN,
    }
    return Promise.objects.create(account=at, **(facts | values))


def training(of: Asset, **values: Any) -> Training:
    facts = {"kind": "operation", "known_on": cast.KNOWN}
    return Training.objects.create(account_id=of.account_id, asset=of, **(facts | values))
