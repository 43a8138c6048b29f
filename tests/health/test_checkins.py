"""The recurring talks of a tier as tasks: from the anchor, one at a time, gone with the tier."""

from datetime import timedelta
from typing import Any

import pytest

from core.models import Outbox
from health.models import Alert, Spell
from health.tasks import CHECKINS, SCORES, SILENCE
from installed_base.models import Account
from playbooks import day as engine
from playbooks.actions.tasks import complete_task
from playbooks.models import Firing, Play, Release, Task
from tests import cast
from tests.health.base import ON, days_ago
from tests.health.test_day import healthy
from tests.health.test_spells import calm, trouble

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def run(on: Any, through: Any = None) -> Any:
    report = engine.run([SCORES, SILENCE, CHECKINS], on=on, through=through or on)
    assert report.poison == []
    return report


def stay(until: Any) -> None:
    """Every day up to then, with the account where it is."""
    assert engine.run([CHECKINS], on=ON, through=until).poison == []


def yellow() -> tuple[Account, Any]:
    """An account that fell to yellow on the day it says."""
    at = healthy()
    run(ON)
    trouble(at, ON + DAY)
    run(ON + DAY)
    return at, ON + DAY


def talks() -> list[str]:
    return list(Task.objects.filter(step__startswith="check-in").order_by("pk").values_list("step", flat=True))


def test_yellow_gets_its_corrective_action_and_a_talk_a_month():
    at, fell = yellow()
    plan = Task.objects.get(step="plan")
    assert plan.title == "Satisfaction drags the score down: plan better support with service"
    assert talks() == ["check-in"]
    complete_task(task=Task.objects.get(step="check-in"), by=cast.person("eva"), on=fell)
    stay(fell + 70 * DAY)
    assert talks() == ["check-in", "check-in@2027-01-22"]
    task = Task.objects.get(step="check-in@2027-01-22")
    assert (task.title, task.owner, task.account) == ("Monthly check-in: does the plan work?", at.owner, at)
    assert str(task.milestone_on) == "2027-01-22"


def test_a_talk_that_still_waits_is_not_asked_for_twice():
    _at, fell = yellow()
    stay(fell + 100 * DAY)
    assert talks() == ["check-in"]
    fired = Firing.objects.filter(rule="health.checkin", state="fired")
    assert fired.count() == 2 == Release.objects.filter(firing__in=fired).count()


def test_the_talks_end_with_the_tier():
    at, fell = yellow()
    calm(at, fell + DAY)
    run(ON, fell + 100 * DAY)
    assert not Task.objects.filter(play__playbook="recover").open().exists()
    assert not Firing.objects.filter(rule="health.checkin", due_on__lt=fell + 60 * DAY).exists()
    assert Play.objects.filter(playbook="grow", closed_on=None).count() <= 1


def test_each_new_tier_is_told_to_whoever_listens_from_outside():
    at, fell = yellow()
    calm(at, fell + DAY)
    run(ON, fell + 10 * DAY)
    told = Outbox.objects.filter(kind="health.tier_changed").order_by("pk")
    assert [(m.payload["came_from"], m.payload["tier"], m.destination) for m in told] == [
        ("green", "yellow", ""),
        ("yellow", "green", ""),
    ]
    assert {m.payload["account"] for m in told} == {at.pk}


def test_silence_is_too_long_sooner_for_red_and_says_why_it_closes():
    at = cast.account()
    cast.asset(at, days_ago(900))
    cast.moment(at, days_ago(20))
    Spell.objects.create(account=at, tier="red", began_on=days_ago(10))
    engine.run([SILENCE], on=ON, through=ON)
    assert Alert.objects.get().kind == "silence"
    Spell.objects.filter(account=at).update(ended_on=ON + DAY)
    Spell.objects.create(account=at, tier="green", began_on=ON + DAY)
    engine.run([SILENCE], on=ON + DAY, through=ON + DAY)
    assert Alert.objects.get().closed_reason == "We speak less often with accounts like this one"
