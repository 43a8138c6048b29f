"""The scores of the day: which accounts are looked at, late facts, and the same rows whatever the day ran (I5, I17)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.actions import publish_policy, touch
from core.models import Job, Outbox
from health.actions.scoring import score_accounts
from health.models import Alert, Score, ScoreDue, Spell
from health.queries.readings import Known, readings_of
from health.rules import HealthPolicy, SilencePolicy, Tier, score
from health.rules.explain import as_read, inputs_hash
from health.rules.news import silent_from
from health.rules.spells import Stretch, course, fell, known_before
from health.tasks import CHECKINS, SCORES, SILENCE
from installed_base.models import Account, ContactMoment
from playbooks import day as engine
from playbooks.models import Firing, Play, Release
from tests import cast
from tests.health.base import ON, Facts, days_ago

pytestmark = pytest.mark.django_db
# Random facts leave much unknown: a card that is content with little has tiers to move between.
BOLD = HealthPolicy(min_coverage=HealthPolicy().min_coverage / 10, days_to_rise=3, days_to_fall=2)
SCORE = ("account__name", "on", "score", "low", "high", "coverage", "tier", "inputs_hash", "readings")


def bold(day: date = date(2001, 1, 1)) -> HealthPolicy:
    publish_policy(values=BOLD, valid_from=day, by=cast.person("policy"))
    return BOLD


def base(seed: int, many: int = 4) -> list[Account]:
    """Accounts of random facts around the days that the tests run, touched as an import leaves them."""
    facts = Facts(seed, days_ago(8))
    accounts = [facts.account() for _ in range(many)]
    for number, at in enumerate(accounts):
        Account.objects.filter(pk=at.pk).update(name=f"Customer {number}")
    touch("account", [a.pk for a in accounts], since=cast.KNOWN)
    return accounts


def state() -> dict[str, Any]:
    """Everything that must not depend on when the day ran, without ids."""
    return {
        "scores": list(Score.objects.order_by("account__name", "on").values_list(*SCORE)),
        "spells": list(
            Spell.objects.order_by("account__name", "began_on").values_list(
                "account__name", "tier", "came_from", "began_on", "ended_on", "score"
            )
        ),
        "firings": list(
            Firing.objects.order_by("account__name", "rule", "occurrence_key").values_list(
                "account__name", "rule", "occurrence_key", "state", "due_on", "on"
            )
        ),
        "alerts": list(
            Alert.objects.order_by("account__name", "on", "kind").values_list(
                "account__name", "kind", "tier", "came_from", "on", "score", "score_before", "closed_on",
                "closed_reason", "facts",
            )
        ),
    }  # fmt: skip


START, END = days_ago(14), days_ago(1)


def ran(**when: Any) -> Any:
    """One run, of which no account may be poison."""
    report = engine.run([SCORES, SILENCE, CHECKINS], **({"on": START} | when))
    assert report.poison == []
    return report


def every_day() -> None:
    for days in range((END - START).days + 1):
        ran(on=START + timedelta(days=days))


def with_gaps() -> None:
    for day in (START, START + timedelta(days=2), START + timedelta(days=9), END):
        ran(on=day)


def at_once() -> None:
    ran(on=START)
    ran(through=END)


def twice_and_audited() -> None:
    ran(on=START)
    assert ran(on=START, audit=True).found_by_audit == 0
    ran(on=START + timedelta(days=6))
    ran(on=START + timedelta(days=4))
    assert ran(on=END, audit=True).found_by_audit == 0


WAYS: list[Callable[[], None]] = [every_day, with_gaps, at_once, twice_and_audited]


@pytest.mark.parametrize("seed", [0])
@pytest.mark.parametrize("way", WAYS)
def test_the_scores_are_those_of_a_recomputation_of_every_day(seed: int, way: Callable[[], None]):
    policy = bold()
    accounts = base(seed)
    expected = oracle(accounts, policy)
    way()
    found = state()
    assert [row[:2] + row[6:8] for row in found["scores"]] == expected["scores"]
    assert [row[:4] for row in found["spells"]] == expected["spells"]
    tiers = [row for row in found["alerts"] if row[1] == "tier"]
    assert [(row[0], row[4], row[2]) for row in tiers] == expected["falls"]
    assert [(row[0], row[4]) for row in found["alerts"] if row[1] == "silence"] == expected["silences"]


def oracle(accounts: list[Account], policy: HealthPolicy) -> dict[str, list[Any]]:
    """Every account on every day, from its facts alone."""
    found: dict[str, list[Any]] = {"scores": [], "spells": [], "falls": [], "silences": []}
    ids = [a.pk for a in accounts]
    names = dict(Account.objects.values_list("pk", "name"))
    days = [START + timedelta(days=n) for n in range((END - START).days + 1)]
    known = {day: readings_of(ids, policy, day) for day in days}
    for pk in sorted(ids, key=lambda pk: names[pk]):
        _follow(found, pk, names[pk], {day: (known[day].get(pk) or Known()).readings for day in days}, policy)
    return found


def _follow(found: dict[str, list[Any]], pk: int, name: str, readings: dict[date, Any], policy: HealthPolicy) -> None:
    series, last = [], ""
    for day, measured in readings.items():
        health = score(measured, policy, day)
        if inputs_hash(health.inputs) != last:
            last = inputs_hash(health.inputs)
            series.append((day, health.tier))
            found["scores"].append((name, day, health.tier.value, last))
    stretches = course(series, END, rise=policy.days_to_rise, fall=policy.days_to_fall).stretches
    for n, s in enumerate(stretches):
        found["spells"].append((name, s.tier.value, s.came_from.value if s.came_from else "", s.began_on))
        if fell(s.tier, known_before(stretches[: n + 1])):
            found["falls"].append((name, s.began_on, s.tier.value))
    found["silences"] += [(name, day) for day in _silences(pk, list(readings), stretches)]


def _silences(pk: int, days: list[date], stretches: Sequence[Stretch]) -> list[date]:
    moments = list(ContactMoment.objects.filter(account=pk).order_by("on").values_list("on", flat=True))
    customer = Account.objects.filter(pk=pk, assets__taken_out_on__isnull=True, assets__isnull=False).exists()
    told, found = set(), []
    for day in days:
        last = max((on for on in moments if on <= day), default=None)
        tier = next((s.tier for s in reversed(stretches) if s.began_on <= day), Tier.UNKNOWN)
        if customer and last and last not in told and silent_from(last, SilencePolicy(), tier) <= day:
            told.add(last)
            found.append(day)
    return found


@pytest.mark.parametrize("seed", [11])
def test_whatever_way_the_days_were_run_the_rows_are_the_same(seed: int):
    bold()
    base(seed, 5)
    found = []
    for way in WAYS:
        way()
        found.append(state())
        forget()
    assert found[0]["scores"] and found[0]["firings"]
    assert all(other == found[0] for other in found[1:])


def forget() -> None:
    """Back to before the first day."""
    Outbox.objects.all().delete()
    Alert.objects.all().delete()
    Release.objects.all().delete()
    Play.objects.all().delete()
    for model in (Firing, Score, Spell, ScoreDue):
        model.objects.all().delete()
    Job.objects.all().delete()
    touch("account", Account.objects.values_list("pk", flat=True), since=cast.KNOWN)


def test_a_row_is_written_only_when_something_changes():
    at = cast.account()
    cast.moment(at, days_ago(20))
    ran(on=ON)
    ran(on=ON + timedelta(days=1))
    assert Score.objects.count() == 1
    touch("account", [at.pk], since=ON)
    with CaptureQueriesContext(connection) as found:
        ran(on=ON + timedelta(days=1))
    assert not [q for q in found if q["sql"].startswith('COPY "') and "health_" in q["sql"]]
    assert Score.objects.count() == 1


def test_time_alone_moves_a_score_on_its_day():
    at = cast.account()
    spoken = days_ago(10)
    cast.moment(at, spoken)
    ran(on=ON)
    assert ScoreDue.objects.get(account=at).on == spoken + timedelta(days=15)
    ran(through=ON + timedelta(days=40))
    values = {row.on: points(row, "last_contact") for row in Score.objects.filter(account=at)}
    assert values == {ON: "100", spoken + timedelta(days=45): "90"}


def points(row: Score, key: str) -> str:
    told = score(as_read(row.readings), HealthPolicy(), row.on)
    return next(str(m.points) for d in told.dimensions for m in d.measures if m.key == key)


def test_a_late_fact_is_worked_back_to_its_own_day():
    bold()
    at = cast.account()
    cast.moment(at, days_ago(170))
    ran(on=days_ago(10))
    ran(on=ON)
    cast.moment(at, days_ago(5), known_on=ON)
    touch("contact_moment", [1], since=days_ago(5), account_of={1: at.pk})
    ran(on=ON)
    rows = {row.on: points(row, "last_contact") for row in Score.objects.filter(account=at).order_by("on")}
    assert rows[days_ago(5)] == "100"
    assert max(rows) == days_ago(5)
    assert rows[days_ago(10)] == "20"


def test_a_late_fact_gives_the_rows_it_would_have_given_in_time():
    bold()
    accounts = base(21)
    every_day()
    late = [a.pk for a in accounts[:2]]
    for pk in late:
        cast.ticket(Account.objects.get(pk=pk), days_ago(12), severity="critical", sentiment="negative")
    touch("ticket", [1, 2], since=days_ago(12), account_of=dict(zip([1, 2], late, strict=True)))
    ran(on=END)
    worked_back = state()
    forget()
    every_day()
    in_time = state()
    assert worked_back["scores"] == in_time["scores"]
    # The score a spell began with stays the one that was known then.
    assert [row[:5] for row in worked_back["spells"]] == [row[:5] for row in in_time["spells"]]


def test_a_late_fact_is_worked_back_no_further_than_the_policy_says():
    short = replace(BOLD, rescore_days=3)
    publish_policy(values=short, valid_from=date(2001, 1, 1), by=cast.person("policy"))
    at = cast.account()
    cast.moment(at, days_ago(170))
    ran(on=days_ago(10))
    cast.moment(at, days_ago(9))
    touch("contact_moment", [1], since=days_ago(9), account_of={1: at.pk})
    ran(on=ON)
    assert points(Score.objects.filter(account=at, on__lte=days_ago(8)).latest("on"), "last_contact") == "100"
    cast.ticket(at, days_ago(9), severity="critical")
    touch("ticket", [1], since=days_ago(9), account_of={1: at.pk})
    ran(on=ON)
    assert Score.objects.filter(account=at).latest("on").on == days_ago(3)


def test_the_audit_finds_what_the_day_did_not_hear_of():
    bold()
    at = cast.account()
    cast.moment(at, days_ago(20))
    assert ran(on=ON, audit=True).found_by_audit == 0
    cast.moment(at, days_ago(1))
    cast.ticket(at, days_ago(1), severity="critical")
    assert ran(on=ON).found_by_audit == 0
    found = ran(on=ON, audit=True)
    assert (found.found_by_audit, found.made["rewritten"], found.states["baseline"]) == (2, 1, 1)
    assert ran(on=ON, audit=True).found_by_audit == 0


def test_an_account_that_is_known_later_is_scored_from_then():
    at = cast.account(known_on=ON)
    touch("account", [at.pk], since=ON)
    ran(on=days_ago(3))
    assert not Score.objects.exists()
    ran(on=ON)
    assert Score.objects.get(account=at).on == ON


def test_a_new_policy_counts_from_its_day_and_tells_nobody():
    at = healthy()
    ran(on=days_ago(2))
    assert Spell.objects.get(account=at).tier == Tier.GREEN
    stern = HealthPolicy(green=replace(HealthPolicy()).green + 20, yellow=HealthPolicy().yellow + 39)
    publish_policy(values=stern, valid_from=ON, by=cast.person("policy"))
    ran(on=ON)
    assert next((s.tier, s.began_on) for s in Spell.objects.order_by("began_on")) == (Tier.GREEN, days_ago(2))
    assert Score.objects.filter(account=at).latest("on").policy_version in (1, 2)


def healthy() -> Account:
    """An account of which all is known and all is well."""
    at = cast.account("Well and Co")
    for role in ("operator", "engineering", "management"):
        person = cast.contact(at, role, champion_since=days_ago(400))
        cast.moment(at, days_ago(5), person)
        cast.answer(at, days_ago(30), 10, person)
    machine = cast.asset(at, date(2022, 1, 1))
    for days in (5, 20, 380):
        cast.reading(machine, days_ago(days), 9, output=100, good_output=99)
    cast.cover(cast.term(at, date(2024, 1, 1), None), machine)
    cast.ticket(at, days_ago(40), 5, sentiment="positive")
    cast.roi(at, days_ago(300), days_ago(200))
    for days in (30, 400):
        cast.posted(at, days_ago(days), 100, "parts", due_on=days_ago(days - 10), paid_on=days_ago(days - 5))
    return at


def test_the_full_pass_is_one_function():
    bold()
    accounts = base(31)
    done = score_accounts([a.pk for a in accounts], on=ON)
    assert done["scored"] == Score.objects.values("account").distinct().count() == len(accounts)
    assert score_accounts([a.pk for a in accounts], on=ON)["rewritten"] == 0


def test_a_coarse_past_has_a_score_a_week_and_says_the_same_of_the_day():
    bold()
    ids = [a.pk for a in base(31)]
    score_accounts(ids, on=days_ago(60))
    score_accounts(ids, on=ON, every=7)
    for account in ids:
        days = sorted(Score.objects.filter(account=account).values_list("on", flat=True))
        assert all((after - before).days >= 7 or after == ON for before, after in pairwise(days))
    coarse = {pk: Score.objects.filter(account=pk).latest("on").inputs_hash for pk in ids}
    assert any(Score.objects.filter(account=pk).count() > 2 for pk in ids)
    Score.objects.all().delete()
    Spell.objects.all().delete()
    ScoreDue.objects.all().delete()
    score_accounts(ids, on=ON)
    assert {s.account_id: s.inputs_hash for s in Score.objects.filter(on=ON)} == coarse
