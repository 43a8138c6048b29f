"""Two at once: no change is overwritten, and what is repeated is done once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
import redis
from django.db import connection, transaction

from core.api import once as keys
from core.api.once import forget_keys
from core.api.throttling import WriteThrottle
from core.clock import now, today
from core.models import IdempotencyKey, Role
from installed_base.models import Term
from playbooks.models import Note, Task
from renewals.models import Renewal
from sales.models import Opportunity
from tests import cast
from tests.api.base import LATER, VERBS, work_of
from tests.api.conftest import writer
from tests.api.test_problems import problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(db):
    return writer(cast.person("anna", Role.CS_MANAGER, cast.pool("Ours")))


@pytest.fixture
def own(anna):
    return work_of(anna.user)


def in_threads(count, call):
    """What `call` answers, called so many times at the same moment, each on a connection of its own."""
    together = Barrier(count)

    def one(number):
        try:
            together.wait(timeout=20)
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


@pytest.mark.parametrize("verb", [v for v in VERBS if v.method == "PATCH"], ids=str)
def test_a_change_names_the_version_it_stands_on(anna, own, verb):
    before = verb.version(own)
    said = problem(anna.send("PATCH", verb.address(own), verb.body), 428)
    assert said["detail"].startswith("If-Match: send the ETag")
    for stale in ('"0123"', f'W/"{before}"', "nonsense", ""):
        problem(anna.patch(verb.address(own), verb.body, if_match=stale), 412)
    assert verb.version(own) == before
    answer = anna.patch(verb.address(own), verb.body, if_match=f'"0123", "{before}"')
    assert answer.status_code == 200 and verb.done(own)
    assert answer["ETag"] == f'"{verb.version(own)}"' != f'"{before}"'
    problem(anna.patch(verb.address(own), verb.body, if_match=f'"{before}"'), 412)


@pytest.mark.parametrize("verb", [v for v in VERBS if v.method == "POST"], ids=str)
def test_a_verb_heeds_the_version_where_one_is_named(anna, own, verb):
    before = verb.prepare(own)
    problem(anna.post(verb.address(own), verb.body, if_match='"0123"'), 412)
    assert verb.version(own) == before
    assert anna.post(verb.address(own), verb.body, if_match=f'"{before}"').status_code in (200, 201)


def test_the_etag_follows_whoever_writes(anna, own):
    """Also what the day, an import or a page writes."""
    seen = [anna.get(f"renewals/{own.renewals.pk}/")["ETag"] for _ in range(2)]
    Renewal.objects.filter(pk=own.renewals.pk).update(decides_on=today())
    assert seen[0] == seen[1] != anna.get(f"renewals/{own.renewals.pk}/")["ETag"]
    assert "ETag" not in anna.get(f"renewals/{own.renewals.pk}/", as_of=today().isoformat())
    assert "ETag" not in anna.get(f"accounts/{own.account.pk}/")


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_on_one_version_one_is_stale(anna, own):
    address = f"renewals/{own.renewals.pk}/"
    etag = anna.get(address)["ETag"]
    answers = in_threads(6, lambda n: anna.patch(address, {"next_step": f"Step {n}"}, if_match=etag))
    assert sorted(a.status_code for a in answers) == [200, 412, 412, 412, 412, 412]
    winner = next(a for a in answers if a.status_code == 200)
    row = Renewal.objects.get(pk=own.renewals.pk)
    assert (row.next_step, row.version) == (winner.data["next_step"], 2)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_waits_for_another_sees_what_it_wrote(anna, own):
    """The version is read after the wait for the lock, never before it."""
    address = f"opportunities/{own.opportunities.pk}/"
    etag, locked = anna.get(address)["ETag"], Event()

    def other():
        with transaction.atomic():
            Opportunity.objects.filter(pk=own.opportunities.pk).update(note="Meanwhile")
            locked.set()
            waited_for(1)
        connection.close()

    def late():
        assert locked.wait(10)
        answer = anna.patch(address, {"name": "Overwritten"}, if_match=etag)
        connection.close()
        return answer

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.submit(other), threads.submit(late)
        first.result()
        problem(second.result(), 412)
    row = Opportunity.objects.get(pk=own.opportunities.pk)
    assert (row.note, row.name) == ("Meanwhile", "A deal")


def waited_for(count):
    """Until so many sessions of this database wait for a lock."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with connection.cursor() as cursor:
        for _ in range(2000):
            cursor.execute(sql)
            if cursor.fetchone()[0] >= count:
                return
            cursor.execute("SELECT pg_sleep(0.005), pg_stat_clear_snapshot()")
    raise AssertionError("nobody waited")


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_under_one_key_are_one(anna, own):
    said = {"account_id": own.account.pk, "title": "Count the heads", "due_on": LATER}
    answers = in_threads(8, lambda n: anna.post("tasks/", said, idempotency_key="k-1"))
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert len({(a["ETag"], a["Location"]) for a in answers}) == 1
    assert sorted("Idempotency-Replayed" in a for a in answers) == [False] + [True] * 7
    assert Task.objects.filter(title="Count the heads").count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_decisions_sign_one_term(anna, own):
    address, said = f"renewals/{own.renewals.pk}/decision/", {"outcome": "renewed", "months": 12}
    before = Term.objects.count()
    answers = in_threads(8, lambda n: anna.post(address, said, idempotency_key=f"k-{n}"))
    assert sorted(a.status_code for a in answers) == [200] + [409] * 7
    assert Term.objects.count() == before + 1
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.parametrize("verb", [v for v in VERBS if v.method == "POST"], ids=str)
def test_repeated_it_is_done_once_and_answered_alike(anna, own, verb):
    verb.prepare(own)
    notes, terms = Note.objects.count(), Term.objects.count()
    first = anna.post(verb.address(own), verb.body, idempotency_key="once")
    after = verb.version(own), Note.objects.count(), Term.objects.count()
    for _ in range(3):
        again = anna.post(verb.address(own), verb.body, idempotency_key="once")
        assert (again.status_code, again.content, again["ETag"]) == (first.status_code, first.content, first["ETag"])
        assert again["Idempotency-Replayed"] == "true"
    assert (verb.version(own), Note.objects.count(), Term.objects.count()) == after
    assert after[1] - notes <= 1 and after[2] - terms <= 1


def test_a_key_stands_for_one_request(anna, own):
    said = {"account_id": own.account.pk, "text": "They like it"}
    assert anna.post("notes/", said, idempotency_key="k").status_code == 201
    problem(anna.post("notes/", said | {"text": "They do not"}, idempotency_key="k"), 422)
    problem(anna.post(f"tasks/{own.tasks.pk}/done/", idempotency_key="k"), 422)
    reordered = dict(reversed(said.items()))
    assert anna.post("notes/", reordered, idempotency_key="k")["Idempotency-Replayed"] == "true"
    assert Note.objects.count() == 1
    assert not VERBS[7].done(own)


def test_a_key_belongs_to_its_token(anna, own):
    said = {"account_id": own.account.pk, "text": "They like it"}
    first = anna.post("notes/", said, idempotency_key="k")
    second = writer(anna.user).post("notes/", said, idempotency_key="k")
    assert first.data["id"] != second.data["id"]


def test_what_was_refused_leaves_its_key_free(anna, own):
    Task.objects.filter(pk=own.tasks.pk).update(closed_on=today(), closed_reason="Renewed")
    said = problem(anna.post(f"tasks/{own.tasks.pk}/done/", idempotency_key="k"), 409)
    assert "Renewed" in said["detail"]
    Task.objects.filter(pk=own.tasks.pk).update(closed_on=None, closed_reason="")
    assert anna.post(f"tasks/{own.tasks.pk}/done/", idempotency_key="k").status_code == 200


def test_who_dies_between_the_effect_and_the_answer_leaves_neither(anna, own, monkeypatch):
    """As a killed server does: its transaction is gone, and the repeated request is the first."""
    said = {"account_id": own.account.pk, "text": "They like it"}

    def killed(*_args):
        assert Note.objects.visible_to(anna.user).count() == 1
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(keys, "_keep", killed)
        anna.post("notes/", said, idempotency_key="k")
    assert (Note.objects.count(), IdempotencyKey.objects.count()) == (0, 0)
    again = [anna.post("notes/", said, idempotency_key="k").content for _ in range(3)]
    assert len(set(again)) == 1 == Note.objects.count()


def test_a_person_at_the_pages_has_keys_too(anna, own, client):
    client.force_login(anna.user)
    said = {"account_id": own.account.pk, "text": "They like it"}
    for _ in range(2):
        made = client.post("/api/v1/notes/", said, content_type="application/json", headers={"Idempotency-Key": "k"})
        assert made.json()["id"] == Note.objects.get().pk
    assert IdempotencyKey.objects.get().token == ""


def test_a_wild_loop_is_slowed_down(anna, own, monkeypatch):
    monkeypatch.setattr(WriteThrottle, "rate", "2/min")
    address = f"tasks/{own.tasks.pk}/done/"
    assert [anna.post(address).status_code for _ in range(2)] == [200, 200]
    slowed = anna.post(address)
    problem(slowed, 429)
    assert 0 < int(slowed["Retry-After"]) <= 60
    assert anna.get(f"tasks/{own.tasks.pk}/").status_code == 200
    assert writer(anna.user).post(address).status_code == 200


def test_while_the_cache_is_away_writing_goes_on(anna, own, monkeypatch):
    def away(*_args, **_kwargs):
        raise redis.ConnectionError

    monkeypatch.setattr(WriteThrottle.cache, "get", away)
    assert anna.post(f"tasks/{own.tasks.pk}/done/").data["done_on"] == today().isoformat()


@pytest.mark.parametrize("key", ["x" * 201, "a\tb", "é"])
def test_a_key_that_cannot_be(anna, own, key):
    problem(anna.post(f"tasks/{own.tasks.pk}/done/", idempotency_key=key), 400, "Idempotency-Key")


def test_a_key_is_honoured_for_a_day_at_least(anna, own):
    anna.post(f"tasks/{own.tasks.pk}/done/", idempotency_key="k")
    assert forget_keys(at=now() + timedelta(hours=25)) == 0
    assert forget_keys(at=now() + timedelta(hours=49)) == 1
