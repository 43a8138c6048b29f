"""A judgement by hand that expired: told once, on the day after its last, until somebody judges anew."""

from datetime import date, timedelta
from typing import Any

import pytest

from core.actions import touch
from health.models import Alert
from health.tasks import EXPIRIES
from health.words import alert_title, alert_words
from installed_base.models import Account
from playbooks import day as engine
from tests import cast
from tests.health.base import ON

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def judge(at: Account, on: date, until: date, withdrawn_on: Any = None) -> None:
    cast.judgement(at, on, 40, until, withdrawn_on=withdrawn_on)


def run(on: date) -> None:
    assert engine.run([EXPIRIES], on=on, through=on).poison == []


def test_it_is_told_once_and_closes_when_somebody_judges_anew():
    at = cast.account("Van Houten")
    judge(at, ON - 30 * DAY, ON)
    run(ON)
    assert not Alert.objects.exists()
    run(ON + DAY)
    alert = Alert.objects.select_related("account").get()
    assert (alert.kind, alert.on) == ("expired", ON + DAY)
    assert alert_title(alert) == "Van Houten: the judgement by hand expired"
    assert alert_words(alert).startswith("it counted until ")
    run(ON + 4 * DAY)
    assert Alert.objects.count() == 1
    judge(at, ON + 5 * DAY, ON + 60 * DAY)
    touched(at, ON + 5 * DAY)
    run(ON + 5 * DAY)
    assert Alert.objects.get().closed_reason == "Somebody judged anew"


def touched(at: Account, since: date) -> None:

    touch("account", [at.pk], since=since)


def test_what_was_taken_back_or_followed_by_another_is_not_told():
    at, other = cast.account(), cast.account()
    judge(at, ON - 30 * DAY, ON - DAY, withdrawn_on=ON - 2 * DAY)
    judge(other, ON - 30 * DAY, ON - DAY)
    judge(other, ON - 3 * DAY, ON + 90 * DAY)
    run(ON)
    assert not Alert.objects.exists()
