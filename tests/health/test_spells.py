"""What follows from spells and silence: plays, alerts once, and that they close by themselves."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from core.actions import touch
from core.models import Outbox
from core.scope import System
from health.actions import close_alert, make_task, snooze_alert
from health.models import Alert, Score, Spell
from health.queries import alerts_for, distribution, panel, standing_of, tiers_of, trends_of
from health.rules import Tier
from health.tasks import SCORES, SILENCE
from installed_base.models import Account, Asset, ContactMoment, Ticket
from playbooks import day as engine
from playbooks.models import Firing, Play, Task
from tests import cast
from tests.health.base import ON, days_ago
from tests.health.test_day import healthy

pytestmark = pytest.mark.django_db


def run(on: date) -> Any:
    report = engine.run([SCORES, SILENCE], on=on, through=on)
    assert report.poison == []
    return report


def trouble(at: Account, on: date, many: int = 4) -> None:
    """So many angry, critical tickets and unhappy answers, and goals not met, that it is green no more."""
    for _ in range(many):
        cast.ticket(at, on, severity="critical", sentiment="negative")
    for person in at.contacts.all():
        cast.answer(at, on, 0, person)
    for _ in range(3):
        cast.roi(at, on)
    touch("ticket", [at.pk], since=on, account_of={at.pk: at.pk})


def calm(at: Account, on: date) -> None:
    """Everything solved and forgiven."""
    Ticket.objects.filter(account=at, resolved_at__isnull=True).update(resolved_at=cast.at_hour(on), sentiment="")
    for person in at.contacts.all():
        cast.answer(at, on, 10, person)
    at.roi_records.filter(realised_on__isnull=True).update(realised_on=on)
    touch("ticket", [at.pk], since=on, account_of={at.pk: at.pk})


def test_the_first_spell_is_where_we_begin():
    at = healthy()
    run(ON)
    spell = Spell.objects.get(account=at)
    assert (spell.tier, spell.came_from, spell.began_on, spell.ended_on) == (Tier.GREEN, "", ON, None)
    assert list(Firing.objects.values_list("occurrence_key", "state")) == [(f"SPELL.{ON}.green", "baseline")]
    assert not Alert.objects.exists() and not Play.objects.exists() and not Task.objects.exists()


def test_a_fall_is_one_alert_with_what_pulls_it_down_and_a_play():
    at = healthy()
    run(ON)
    green = Score.objects.get(account=at).score
    day = ON + timedelta(days=1)
    trouble(at, day)
    assert run(day).fired == {"health.spell": 1}
    alert = Alert.objects.get()
    assert (alert.kind, alert.tier, alert.came_from, alert.on) == ("tier", "yellow", "green", day)
    assert (alert.score_before, alert.score) == (green, Score.objects.get(account=at, on=day).score)
    assert alert.facts["pulls_down"][0][0] == "satisfaction"
    play = Play.objects.get()
    assert (play.playbook, play.subject_kind, play.subject_id) == (
        "recover",
        "spell",
        Spell.objects.get(began_on=day).pk,
    )
    tasks = Task.objects.order_by("due_on")
    assert [t.step for t in tasks] == ["diagnose", "plan", "check-in", "escalate"]
    assert {t.owner_id for t in tasks} == {at.owner_id}
    assert Outbox.objects.get(kind="health.fell").payload["tier"] == "yellow"
    run(day + timedelta(days=5))
    assert (Alert.objects.count(), Play.objects.count()) == (1, 1)


def test_a_recovery_closes_alert_and_play_and_is_no_alert_itself():
    at = healthy()
    run(ON)
    trouble(at, ON + timedelta(days=1))
    run(ON + timedelta(days=1))
    calm(at, ON + timedelta(days=3))
    run(ON + timedelta(days=8))
    assert Alert.objects.get().closed_on is None
    run(ON + timedelta(days=10))
    rose = ON + timedelta(days=9)
    alert = Alert.objects.get()
    assert (alert.closed_on, alert.closed_reason) == (rose, "The score recovered")
    assert list(Play.objects.order_by("id").values_list("playbook", "closed_on", "closed_reason")) == [
        ("recover", rose, "The account is in another tier now"),
        ("grow", None, ""),
    ]
    assert not Task.objects.filter(play__playbook="recover").open().exists()


def test_a_deeper_fall_is_a_second_alert_and_a_rescue():
    at = healthy()
    run(ON)
    trouble(at, ON + timedelta(days=1))
    run(ON + timedelta(days=1))
    day = ON + timedelta(days=2)
    Asset.objects.filter(account=at).update(taken_out_on=day)
    at.roi_records.update(agreed_on=day, realised_on=None)
    ContactMoment.objects.filter(account=at).update(on=days_ago(300))
    touch("account", [at.pk], since=day)
    run(day)
    assert list(Alert.objects.filter(kind="tier").order_by("id").values_list("tier", "closed_reason")) == [
        ("yellow", "The score fell further"),
        ("red", ""),
    ]
    rescue = Play.objects.get(playbook="rescue")
    steps = Task.objects.filter(play=rescue).order_by("due_on")
    assert [s.step for s in steps][-1] == "conclude"
    assert (steps.last().due_on - day).days in (90, 91, 92)


def test_who_was_not_spoken_to_for_three_months_is_called_this_week():
    at = cast.account()
    cast.asset(at, date(2020, 1, 1))
    cast.moment(at, date(2026, 8, 22))
    touch("account", [at.pk], since=cast.KNOWN)
    run(ON)
    assert not Alert.objects.exists()
    day = date(2026, 11, 22)
    run(day)
    alert = Alert.objects.get()
    assert (alert.kind, alert.on) == ("silence", day)
    assert alert.facts == {"last_contact": "2026-08-22", "call_by": "2026-11-29"}
    assert Firing.objects.get(rule="health.silence").occurrence_key == "SILENCE.2026-08-22"
    run(day + timedelta(days=3))
    assert Alert.objects.count() == 1
    cast.moment(at, day + timedelta(days=4))
    touch("contact_moment", [1], since=day, account_of={1: at.pk})
    run(day + timedelta(days=4))
    assert Alert.objects.get().closed_reason == "Somebody spoke with them"


def test_a_prospect_is_not_called():
    cast.moment(cast.account(), days_ago(200))
    run(ON)
    assert not Alert.objects.exists()


def test_people_put_off_close_and_make_tasks():
    eva, tom = cast.person("eva"), cast.person("tom")
    at = healthy()
    run(days_ago(1))
    trouble(at, ON)
    run(ON)
    alert = Alert.objects.get()
    everybody = System("tests")
    assert list(alerts_for(everybody, ON)) == [alert]
    assert not alerts_for(tom, ON).exists()
    with pytest.raises(ValidationError):
        snooze_alert(alert=alert, until=ON, reason="later", by=eva, on=ON)
    snooze_alert(alert=alert, until=ON + timedelta(days=3), reason="on holiday", by=eva, on=ON)
    assert [alerts_for(everybody, ON + timedelta(days=d)).count() for d in (0, 2, 3)] == [0, 0, 1]
    task = make_task(alert=alert, by=eva, on=ON)
    assert (task.subject_kind, task.subject_id, task.due_on) == ("alert", alert.pk, ON + timedelta(days=7))
    with pytest.raises(ValidationError):
        close_alert(alert=alert, reason=" ", by=eva, on=ON)
    close_alert(alert=alert, reason="known", by=eva, on=ON)
    alert.refresh_from_db()
    assert (alert.closed_on, alert.closed_by, alert.closed_reason) == (ON, eva, "known")


def test_what_a_page_asks_for():
    at, empty = healthy(), cast.account()
    run(ON)
    day = ON + timedelta(days=1)
    trouble(at, day)
    run(day)
    assert tiers_of([at.pk, empty.pk], ON) == {at.pk: Tier.GREEN, empty.pk: Tier.UNKNOWN}
    assert tiers_of([at.pk], day) == {at.pk: Tier.YELLOW}
    assert tiers_of([at.pk], days_ago(1)) == {at.pk: Tier.UNKNOWN}
    assert distribution([at.pk, empty.pk], day) == {
        Tier.GREEN: 0, Tier.YELLOW: 1, Tier.RED: 0, Tier.UNKNOWN: 1,
    }  # fmt: skip
    stands = standing_of([at.pk], day)[at.pk]
    score = Score.objects.get(account=at, on=day)
    assert (stands.score, stands.tier, stands.since) == (score.score, Tier.YELLOW, day)
    assert (stands.low, stands.high, stands.change_year) == (score.low, score.high, None)
    trend = trends_of([at.pk], day)[at.pk]
    assert (len(trend), trend[:-1], trend[-1]) == (13, [None] * 12, score.score)
    found = panel(at.pk, day)
    assert found is not None
    assert (found.tier, found.trend[-1]) == (Tier.YELLOW, (day, score.score))
    assert found.pulls_down[0][0] == "satisfaction"
    assert found.ladder and found.ladder[-1].reaches >= 80
    assert panel(at.pk, days_ago(1)) is None


def test_the_change_of_a_year():
    at = healthy()
    row = {"low": 0, "high": 100, "coverage": 1, "inputs_hash": "x", "tier": "yellow"}
    Score.objects.create(account=at, on=days_ago(500), score=60, **row)
    Score.objects.create(account=at, on=ON, score=75, **row)
    Spell.objects.create(account=at, tier="yellow", began_on=days_ago(500))
    assert standing_of([at.pk], ON)[at.pk].change_year == 15
    assert trends_of([at.pk], ON)[at.pk] == [60] * 12 + [75]
