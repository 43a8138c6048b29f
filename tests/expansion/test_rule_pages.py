"""The pages of rules, hunting lists and events, as different people see them; wrong input and its sentence."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.calendar import add_months
from core.clock import today
from core.models import Organisation, Policy, Role, Touched
from core.policies import policy_on
from expansion.chances import BY_KIND, FAMILY_OF, RULES, answer_to
from expansion.models import SignalKind
from expansion.queries.preview import preview
from expansion.queries.signals import lines_by_account, totals, waiting_signals
from expansion.rule_words import NAMES, sentence
from expansion.rules.warranty import WarrantyPolicy
from expansion.words import COUNTED, reason
from installed_base.models import AccountEvent, Asset, Level, PartsOrder
from playbooks.library import playbook
from tests import cast
from tests.expansion.base import signal

pytestmark = pytest.mark.django_db
OLD = date(2014, 1, 1)


@pytest.fixture
def team():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.pool("North")


@pytest.fixture
def mila(team):
    return cast.person("mila", team=team)


@pytest.fixture
def as_mila(client, mila):
    client.force_login(mila)
    return client


@pytest.fixture
def as_boss(client, team):
    client.force_login(cast.person("thijs", Role.ADMINISTRATOR))
    return client


def ending(at, days=10):
    return cast.asset(at, today() - timedelta(700), warranty_ends_on=today() + timedelta(days))


def test_every_kind_has_a_rule_a_family_a_playbook_and_words():
    for kind in SignalKind:
        book, deal = answer_to(kind.value)
        assert playbook(book).steps and deal.label and FAMILY_OF[kind] and COUNTED[kind] % 2
    for key, chance in RULES.items():
        assert NAMES[key] and sentence(key, chance.policy()).endswith(".")
    assert set(BY_KIND) | {"upgrade", "replacement", "end_of_life"} == set(SignalKind.values)


@pytest.mark.parametrize("kind", AccountEvent.Kind.values)
def test_every_event_is_answered_by_a_playbook_with_a_guide(kind):
    book, _deal = answer_to("account_event", kind)
    assert any(step.guide for step in playbook(book).steps)


def test_a_machine_counts_once_in_the_story_of_its_account(mila):
    at = cast.account("Van Houten", mila)
    machine = cast.asset(at, OLD)
    signal(machine, SignalKind.END_OF_LIFE, on=today(), value=90_000)
    signal(machine, SignalKind.UNCOVERED, on=today(), value=2_900)
    signal(cast.asset(at, OLD), SignalKind.UNCOVERED, on=today(), value=2_900)
    silent = signal(machine, SignalKind.PARTS_SILENCE, on=today(), value=700)
    down = signal(machine, SignalKind.PARTS_DROP, on=today(), value=400)
    for row in (silent, down):
        row.asset = None
        row.save()
    [line] = lines_by_account(waiting_signals(mila, today()), mila).rows
    assert (line.value, line.signals, line.machines) == (90_000 + 2_900 + 700, 5, 2)
    assert line.in_words == "1 at the end of life, 2 without contract, 1 silence in parts, 1 drop in parts"
    assert totals(waiting_signals(mila, today())).value == line.value


def test_the_story_says_why_and_where_the_estimate_comes_from(as_mila, mila):
    at = cast.account("Van Houten", mila)
    row = signal(cast.asset(at, OLD), SignalKind.WARRANTY, on=today(), worth="level_price")
    row.seen = {"ends_on": "2026-12-31", "level": "Basic"}
    row.save()
    page = as_mila.get(f"/expansion/accounts/{at.pk}/").content.decode()
    assert "and no contract follows." in page
    assert "a year of the lowest level" in page


def test_a_title_of_a_ticket_is_not_read_out_to_those_who_see_no_names(client, team, mila):
    at = cast.account("Van Houten", mila)
    row = signal(cast.asset(at, OLD), SignalKind.RECURRING, on=today())
    row.seen = {"tickets": 3, "months": 6, "problem": "Mr Post dropped it"}
    row.save()
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    assert "Mr Post" not in client.get(f"/expansion/accounts/{at.pk}/").content.decode()
    assert "Mr Post" in reason(row)


def test_the_preview_counts_what_matches_and_writes_nothing(mila):
    at, theirs = cast.account("Van Houten", mila), cast.account("Elsewhere")
    for machine_at in (at, at, theirs):
        ending(machine_at)
    ending(at, 200)
    found = preview(BY_KIND[SignalKind.WARRANTY], WarrantyPolicy(), mila, today())
    assert (found.subjects, found.standing, found.fired) == (4, 2, {30: 0, 90: 2, 365: 2})
    steps = len(playbook("cover").steps)
    assert [(p.owner, p.signals, p.tasks) for p in found.people] == [("mila", 2, steps)]
    wide = preview(BY_KIND[SignalKind.WARRANTY], WarrantyPolicy(ahead_days=365), mila, today())
    assert wide.standing == 3
    part = preview(BY_KIND[SignalKind.WARRANTY], WarrantyPolicy(), mila, today(), most=2)
    assert not part.whole and part.looked == 2


def test_the_preview_asks_as_many_questions_for_one_machine_as_for_many(mila):
    def asked():
        with CaptureQueriesContext(connection) as seen:
            preview(BY_KIND[SignalKind.WARRANTY], WarrantyPolicy(), mila, today())
        return len(seen)

    at = cast.account("Van Houten", mila)
    ending(at)
    asked()
    one = asked()
    for _ in range(5):
        ending(at)
    assert asked() == one


def test_the_list_of_rules_says_each_in_words(as_mila, mila):
    page = as_mila.get("/expansion/rules/").content.decode()
    assert "90 days before a warranty ends, unless a contract follows" in page
    assert "16 of 16 rules are on." in page


def test_trying_values_shows_them_and_changes_nothing(as_mila, mila):
    ending(cast.account("Van Houten", mila), 200)
    url = "/expansion/rules/warranty_ending/"
    assert "Van Houten" not in as_mila.get(url).content.decode()
    page = as_mila.get(url, {"try": 1, "active": "on", "ahead_days": 365, "after_days": 30}).content.decode()
    assert "365 days before a warranty ends" in page and "Van Houten" in page
    assert not Policy.objects.exists()


@pytest.mark.parametrize("days", ["-3", "many", "9999999"])
def test_a_negative_threshold_is_refused_with_a_sentence(as_boss, days):
    url = "/expansion/rules/warranty_ending/"
    said = {"active": "on", "ahead_days": days, "after_days": 30, "valid_from": today() + timedelta(1)}
    answer = as_boss.post(url, said)
    assert answer.status_code == 422
    assert b"field-error" in answer.content
    assert not Policy.objects.exists()
    assert as_boss.get(url, {"try": 1, "ahead_days": days, "after_days": 30}).status_code == 422


def test_an_administrator_publishes_a_version_from_a_day_on(as_boss):
    tomorrow = today() + timedelta(1)
    said = {"ahead_days": 120, "after_days": 30, "valid_from": tomorrow}
    assert as_boss.post("/expansion/rules/warranty_ending/", said).status_code == 302
    assert policy_on(WarrantyPolicy, today()).values == WarrantyPolicy()
    assert policy_on(WarrantyPolicy, tomorrow).values == WarrantyPolicy(active=False, ahead_days=120)
    assert "From " in as_boss.get("/expansion/rules/").content.decode()
    again = as_boss.post("/expansion/rules/warranty_ending/", said)
    assert again.status_code == 422 and b"a rule never changes what has been" in again.content


@pytest.mark.parametrize("key", sorted(RULES))
def test_every_rule_can_be_looked_at_and_published(as_boss, key):
    chance = RULES[key]
    values = {n: getattr(chance.policy(), n) for n in chance.policy.__dataclass_fields__}
    said = {n: str(v) for n, v in values.items() if not isinstance(v, tuple | bool)}
    said |= {"active": "on", "valid_from": str(today() + timedelta(2))}
    assert as_boss.get(f"/expansion/rules/{key}/").status_code == 200
    assert as_boss.post(f"/expansion/rules/{key}/", said).status_code == 302
    assert policy_on(chance.policy, today() + timedelta(2)).values == chance.policy()


def test_others_look_and_do_not_publish(as_mila, client, team):
    said = {"active": "on", "ahead_days": 5, "after_days": 5, "valid_from": today() + timedelta(1)}
    assert as_mila.post("/expansion/rules/warranty_ending/", said).status_code == 403
    assert as_mila.get("/expansion/rules/nothing/").status_code == 404
    client.force_login(cast.person("ruud", Role.TECHNICIAN, team))
    for url in ("/expansion/rules/", "/expansion/rules/age/", "/expansion/lists/", "/expansion/lists/file/"):
        assert client.get(url).status_code == 404
    client.force_login(cast.person("ilse", Role.OPERATIONS))
    assert client.get("/expansion/lists/").status_code == 404, "lists of chances are for those who see prices"


def base_of_lists(at):
    """One machine for each list."""
    basic = Level.objects.create(key="basic", name="Basic", rung=1, list_price=2900)
    Level.objects.create(key="premium", name="Premium", rung=2, list_price=6400)
    bare = cast.asset(at, today() - timedelta(12 * 366 + 5), serial="BARE")
    cast.posted(at, today() - timedelta(20), 50_000)
    ending(at)
    low = cast.asset(at, today() - timedelta(500), serial="LOW")
    cast.cover(cast.term(at, today() - timedelta(400), None, level=basic), low)
    for n in (20, 60, 100):
        cast.ticket(at, today() - timedelta(n), 9, asset=low, kind="breakdown")
    PartsOrder.objects.create(
        account=at, number="O", ordered_on=add_months(today(), -18), amount_reporting=9000, known_on=OLD
    ).lines.create(asset=bare, amount_reporting=9000, known_on=OLD)
    return bare


@pytest.mark.parametrize(
    ("name", "found"),
    [("bare", "BARE"), ("past5", "BARE"), ("past10", "BARE"), ("past12", "BARE"), ("quiet", "BARE"),
     ("fewer", "Van Houten"), ("warranty", "Van Houten"), ("premium", "LOW"), ("nonsense", "BARE")],
)  # fmt: skip
def test_each_hunting_list_finds_its_own_and_writes_a_file(as_mila, mila, name, found):
    at = cast.account("Van Houten", mila)
    base_of_lists(at)
    signal(Asset.objects.get(serial="LOW"), on=today())
    page = as_mila.get("/expansion/lists/", {"list": name}).content.decode()
    assert found in page
    assert f"/expansion/accounts/{at.pk}/" in page, "it links to what waits"
    lines = b"".join(as_mila.get("/expansion/lists/file/", {"list": name})).decode("utf-8-sig").splitlines()
    assert len(lines) >= 2 and found in lines[1] + lines[-1]


def test_a_hunting_list_shows_nobody_elses_and_asks_a_fixed_number_of_questions(as_mila, mila):
    ending(cast.account("Elsewhere", cast.person("zoe", team=cast.pool("South"))))

    def asked():
        with CaptureQueriesContext(connection) as seen:
            page = as_mila.get("/expansion/lists/?list=warranty")
        assert b"Elsewhere" not in page.content
        return len(seen)

    at = cast.account("Van Houten", mila)
    ending(at)
    asked()
    one = asked()
    for _ in range(2):
        ending(at)
    assert asked() == one


def test_something_heard_is_written_down_and_touched(as_mila, mila):
    at = cast.account("Van Houten", mila)
    machine = cast.asset(at, OLD)
    said = {"account": f"#{at.pk}", "kind": "bottleneck", "heard": "visit", "happened_on": today(), "note": "Line 2"}
    answer = as_mila.post("/expansion/events/new/", said | {"asset": machine.serial.lower()})
    assert answer.status_code == 302
    event = AccountEvent.objects.get()
    assert (event.kind, event.heard, event.asset, event.by, event.note) == (
        "bottleneck", "visit", machine, mila, "Line 2"
    )  # fmt: skip
    assert Touched.objects.filter(kind="account_event", subject_id=event.pk).exists()
    as_mila.post(f"/expansion/events/{event.pk}/take-back/")
    event.refresh_from_db()
    assert (event.taken_back_on, event.taken_back_by) == (today(), mila)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [({"happened_on": today() + timedelta(3)}, b"today or earlier"), ({"asset": "NOPE"}, b"No machine with this"),
     ({"kind": "party"}, b"party"), ({"account": "Nobody"}, b"There is no account of that name")],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_sentence_and_kept(as_mila, mila, wrong, sentence):
    at = cast.account("Van Houten", mila)
    said = {"account": f"#{at.pk}", "kind": "growth", "heard": "press", "happened_on": today(), "note": "Kept"}
    answer = as_mila.post("/expansion/events/new/", said | wrong)
    assert answer.status_code == 422
    assert sentence in answer.content and b"Kept" in answer.content
    assert not AccountEvent.objects.exists()


def test_nobody_writes_at_the_account_of_another(as_mila, mila, team):
    theirs = cast.account("Theirs", cast.person("jon", team=team))
    said = {"account": f"#{theirs.pk}", "kind": "growth", "heard": "press", "happened_on": today()}
    assert as_mila.post("/expansion/events/new/", said).status_code == 422
    event = AccountEvent.objects.create(account=theirs, kind="growth", heard="press", on=today(), known_on=today())
    assert as_mila.post(f"/expansion/events/{event.pk}/take-back/").status_code == 404
