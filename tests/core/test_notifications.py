"""Notifications: told once, read by their reader alone, mailed once a day under a key that cannot be there twice."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db.models.functions import Now

from core.digest import choose_mail, hour_has_come, post_digests, token_of, user_behind, wants_mail
from core.models import Notification, Organisation, Outbox
from core.notifying import forget_told
from core.outbox import relay
from installed_base.models import Account
from tests import cast
from tests.renewals.pages import standing, text_of

ON = date(2026, 11, 22)
PAGE = "/notifications/"


@pytest.fixture(autouse=True)
def nobody_asked_yet():
    cache.clear()


@pytest.fixture
def team(db):
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.pool("North")


@pytest.fixture
def mila(team):
    user = cast.person("mila", team=team)
    user.language = "en"
    user.save()
    return user


def say(owner, key="a", kind="renewal", pk=None, **values):
    facts = {"kind": "milestone.fired", "payload": {"milestone": "T-60"}} | values
    Outbox.objects.create(dedupe_key=key, subject_kind=kind, subject_id=pk, destination=f"owner:{owner.pk}", **facts)


# Told.


def test_a_person_and_the_members_of_a_pool_are_told_once(team, mila):
    carl, gone = cast.person("carl", team=team), cast.person("gone", team=team)
    gone.is_active = False
    gone.save()
    say(mila.owner, "a"), say(team.owner, "b")
    relay()
    Outbox.objects.update(state="pending", next_at=Now())  # the relay died before it marked them
    relay()
    told = sorted(Notification.objects.values_list("user__username", "key"))
    assert told == [("carl", "b"), ("mila", "a"), ("mila", "b")]
    assert carl.notifications.count() == 1


def test_the_page_names_what_is_in_reach_now(client, mila):
    near = standing(mila, "Near BV")
    far = standing(mila, "Moved away")
    say(mila.owner, "a", pk=near.pk), say(mila.owner, "b", pk=far.pk), say(mila.owner, "c", pk=987654)
    Notification.objects.create(user=mila, key="d", kind="signals.raised", payload={"age": 2})
    relay()
    Account.objects.filter(pk=far.account_id).update(owner=cast.pool("South").owner)
    client.force_login(mila)
    answer = client.get(PAGE)
    said = text_of(answer)
    assert "4 not read." in said and said.count("A renewal reached T-60.") == 3
    assert f'href="/renewals/{near.pk}/"' in answer.content.decode() and f"Near BV, {near.term.contract}" in said
    assert str(far.term.contract) not in said and said.count("no longer in your reach") == 2
    assert 'aria-label="4 notifications not read"' in answer.content.decode()


def test_only_the_reader_marks_their_own_as_read(client, mila, team):
    carl = cast.person("carl", team=team)
    say(mila.owner, "a"), say(mila.owner, "b"), say(carl.owner, "c")
    relay()
    client.force_login(mila)
    theirs = carl.notifications.get().pk
    first = mila.notifications.order_by("pk").first().pk
    assert client.post(f"{PAGE}read/", {"id": theirs}).status_code == 302
    assert not Notification.objects.filter(read_at__isnull=False).exists()
    client.post(f"{PAGE}read/", {"id": first})
    assert list(Notification.objects.filter(read_at__isnull=False).values_list("pk", flat=True)) == [first]
    assert "1 not read." in text_of(client.get(PAGE)) and f'value="{first}"' not in client.get(PAGE).content.decode()
    assert len(re.findall("<tr data-row", client.get(f"{PAGE}?show=unread").content.decode())) == 1
    assert "1 notification marked as read." in text_of(client.post(f"{PAGE}read/", follow=True))
    assert "Everything is read." in text_of(client.get(PAGE))
    assert carl.notifications.get().read_at is None
    for wrong in ("x", "-1", "9" * 30):
        assert client.post(f"{PAGE}read/", {"id": wrong}).status_code == 404


@pytest.mark.parametrize("count", [1, 49])
def test_the_page_asks_the_same_questions_however_many_rows(client, mila, count, django_assert_num_queries):
    for number in range(count):
        say(mila.owner, f"k{number}", pk=standing(mila, f"A{number}").pk)
    relay()
    client.force_login(mila)
    client.get(PAGE)
    with django_assert_num_queries(4):  # the opening, with the count; the rows, their names, the choice of mail
        client.get(PAGE)


def test_sixty_are_two_pages(client, mila):
    Notification.objects.bulk_create(
        Notification(user=mila, key=f"k{n}", kind="milestone.fired", payload={"milestone": f"T-{n:03}"})
        for n in range(60)
    )
    client.force_login(mila)
    first = client.get(PAGE)
    older = re.search(r'rel="next" href="([^"]+)"', first.content.decode()).group(1)
    seen = [set(re.findall(r"T-(\d{3})", text_of(page))) for page in (first, client.get(PAGE + older))]
    assert (len(seen[0]), len(seen[1]), seen[0] & seen[1]) == (50, 10, set())


def test_what_was_told_half_a_year_ago_is_forgotten(mila):
    say(mila.owner, "old"), say(mila.owner, "new")
    relay()
    at = Notification.objects.get(key="new").told_at
    Notification.objects.filter(key="old").update(told_at=at - timedelta(days=181))
    assert forget_told(at=at) == 1
    assert [n.key for n in Notification.objects.all()] == ["new"]


# Mailed.


def test_one_mail_a_day_with_what_is_new_and_none_without(mila):
    row = standing(mila, "Near BV", annual=214000)
    assert post_digests(on=ON) == 0, "there is nothing"
    say(mila.owner, "a", pk=row.pk), say(mila.owner, "b", pk=row.pk)
    relay()
    assert [post_digests(on=ON) for _ in range(3)] == [1, 0, 0]
    say(mila.owner, "c", pk=row.pk)
    relay()
    assert post_digests(on=ON) == 0, "what comes later waits for tomorrow"
    relay()
    (sent,) = mail.outbox
    assert sent.to == ["mila@example.com"] and sent.subject == "2 new things to do in Bowtie"
    assert sent.body.count(f"Near BV, {row.term.contract}: A renewal reached T-60.") == 2
    assert f"http://127.0.0.1:8000/renewals/{row.pk}/" in sent.body
    assert not re.search(r"€|214\W000", sent.body)
    assert sent.extra_headers["Message-ID"] == f"<digest.{mila.pk}.2026-11-22@localhost>"
    assert [post_digests(on=ON + timedelta(days=1)) for _ in range(2)] == [1, 0]
    relay()
    assert len(mail.outbox) == 2 and mail.outbox[1].subject == "1 new thing to do in Bowtie"
    assert Outbox.objects.filter(kind="digest.daily").count() == 2


def test_what_was_read_in_the_page_is_not_mailed(mila):
    say(mila.owner, "a", kind=""), say(mila.owner, "b", kind="")
    relay()
    Notification.objects.filter(key="a").update(read_at=Now())
    post_digests(on=ON)
    Notification.objects.update(read_at=Now())
    relay()
    assert mail.outbox == [], "it was read between the making and the sending"


def test_nobody_gets_a_mail_who_shall_not(mila, team):
    silent, gone, bare = (cast.person(name, team=team) for name in ("silent", "gone", "bare"))
    choose_mail(silent, daily=False)
    bare.email = ""
    bare.save()
    gone.is_active = False
    for user in (silent, gone, bare):
        Notification.objects.create(user=user, key="a", kind="milestone.fired", payload={"milestone": "T-60"})
    gone.save()
    assert post_digests(on=ON) == 0
    Notification.objects.create(user=mila, key="a", kind="milestone.fired", payload={"milestone": "T-60"})
    assert post_digests(on=ON) == 1
    choose_mail(mila, daily=False)
    relay()
    assert mail.outbox == [], "she said no before it went out"


def test_what_left_the_reach_is_not_mailed(mila):
    row = standing(mila)
    say(mila.owner, "a", pk=row.pk)
    relay()
    post_digests(on=ON)
    Account.objects.update(owner=cast.pool("South").owner)
    relay()
    assert mail.outbox == []


def test_two_days_that_wait_are_one_mail(mila):
    for day in (0, 1):
        Notification.objects.create(user=mila, key=f"k{day}", kind="health.fell")
        post_digests(on=ON + timedelta(days=day))
    relay()
    assert [m.subject for m in mail.outbox] == ["2 new things to do in Bowtie"]


def test_the_mail_speaks_the_language_of_its_reader(mila):
    mila.language = "nl"
    mila.save()
    Notification.objects.create(user=mila, key="a", kind="health.fell")
    post_digests(on=ON)
    relay()
    assert "new thing" not in mail.outbox[0].subject


def test_the_hour_is_that_of_the_organisation():
    assert [hour_has_come(datetime(2026, 11, 22, hour, 59, tzinfo=UTC)) for hour in (4, 5)] == [False, True]


# Unsubscribed.


def test_one_click_stops_the_mail_without_signing_in(client, mila):
    Notification.objects.create(user=mila, key="a", kind="health.fell")
    post_digests(on=ON)
    relay()
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = headers["List-Unsubscribe"].removeprefix("<http://127.0.0.1:8000").removesuffix(">")
    assert path in mail.outbox[0].body
    assert "Stop the daily mail?" in text_of(client.get(path)) and wants_mail(mila), "looking changes nothing"
    assert "no more of these mails" in text_of(client.post(path, {"List-Unsubscribe": "One-Click"}))
    assert not wants_mail(mila)
    Notification.objects.create(user=mila, key="b", kind="health.fell")
    assert post_digests(on=ON + timedelta(days=1)) == 0
    client.force_login(mila)
    client.post(f"{PAGE}daily/", {"daily": "1"})
    assert wants_mail(mila)


def test_a_changed_address_stops_nobody(client, mila):
    other = cast.person("other")
    token = token_of(mila)
    for wrong in (token.replace(str(mila.pk), str(other.pk), 1), token[:-1], f"{mila.pk}", "x" * 3000):
        assert client.post(f"{PAGE}mail/{wrong}/").status_code == 404
        assert user_behind(wrong) is None
    assert wants_mail(mila) and wants_mail(other)
    assert user_behind(token) == mila
