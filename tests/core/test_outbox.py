"""The relay: at least once, in order within a subject, a dead one waits for a person."""

import pytest
from django.core import mail
from django.db.models.functions import Now

from core import outbox
from core.models import Notification, Outbox, Owner
from core.outbox import LEASE, RETRY_AFTER, Delivery, in_words, relay, replay
from tests.cast import person

pytestmark = pytest.mark.django_db


def message(key: str, subject: int = 1, destination: str = "owner:1", **values) -> Outbox:
    defaults = {"kind": "milestone.fired", "payload": {"milestone": "T-90"}, "subject_kind": "renewal"}
    return Outbox.objects.create(dedupe_key=key, subject_id=subject, destination=destination, **(defaults | values))


def test_each_message_is_sent_once_and_marked():
    message("a"), message("b", subject=2)
    got: list[str] = []
    assert relay(lambda d: got.extend(m.dedupe_key for m in d.messages)) == 2
    assert relay(lambda d: got.append("again")) == 0
    assert got == ["a", "b"]
    assert set(Outbox.objects.values_list("state", flat=True)) == {"sent"}


def test_what_could_not_be_sent_is_tried_later_and_never_lost():
    row = message("a")

    def broken(_: Delivery) -> None:
        raise ConnectionError("receiver is away")

    assert relay(broken) == 0
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == ("pending", 1, "receiver is away")
    assert relay(lambda d: None) == 0, "it waits for its time"
    Outbox.objects.update(next_at=Now())
    assert relay(lambda d: None) == 1


def test_after_the_last_try_it_is_dead_until_somebody_replays_it():
    row = message("a", attempts=len(RETRY_AFTER))

    def broken(_: Delivery) -> None:
        raise ConnectionError("gone")

    relay(broken)
    row.refresh_from_db()
    assert row.state == "dead"
    assert replay([row.pk]) == 1
    assert relay(lambda d: None) == 1


def test_a_relay_that_died_with_its_lease_is_made_good_when_the_lease_is_over():
    row = message("a")

    def killed(_: Delivery) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        relay(killed)
    assert relay(lambda d: None) == 0, "the lease still runs"
    Outbox.objects.filter(pk=row.pk).update(leased_until=row.recorded_at)
    assert relay(lambda d: None) == 1


def test_order_within_a_subject_survives_a_waiting_message():
    first, second, other = message("1"), message("2"), message("3", subject=2)
    Outbox.objects.filter(pk=first.pk).update(next_at=Now() + RETRY_AFTER[2])
    got: list[int] = []
    relay(lambda d: got.extend(m.pk for m in d.messages))
    assert got == [other.pk]
    Outbox.objects.filter(pk=first.pk).update(next_at=Now())
    relay(lambda d: got.extend(m.pk for m in d.messages))
    assert got == [other.pk, first.pk, second.pk]


def test_what_is_for_an_owner_is_told_in_the_page_and_not_mailed_at_once():
    owner = Owner.objects.of(person("mila"))
    keys = [message(f"k{i}", subject=i, destination=f"owner:{owner.pk}").dedupe_key for i in range(3)]
    assert relay() == 3
    assert mail.outbox == []
    assert sorted(Notification.objects.values_list("key", flat=True)) == keys


@pytest.mark.parametrize("destination", ["", "nobody", "moon:7", "owner:999999"])
def test_a_message_for_nobody_is_done_with(destination):
    message("a", destination=destination)
    assert relay() == 1


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("signals.raised", {"age": 3}),
        ("renewal.opened", {"decides_on": "2026-12-31"}),
        ("milestone.fired", {"milestone": "T-90"}),
        ("milestone.missed", {"milestone": "T-60"}),
        ("import.digest", {"batch": 3, "kind": "assets", "accounts": 2, "changed": {"assets": 5}}),
        ("health.fell", {"tier": "red", "came_from": "yellow"}),
        ("renewal.won", {}),
        ("renewal.lost", {}),
        ("renewal.let_go", {}),
        ("renewal.closed", {}),
        ("renewal.reopened", {}),
        ("renewal.escalated", {}),
    ],
)
def test_a_mail_says_what_happened_in_words(kind: str, payload: dict):
    said = in_words(Delivery("owner:1", [message("a", kind=kind, payload=payload)]))
    assert kind not in said
    assert said.endswith((".", "3"))


def test_what_is_for_nobodys_mailbox_is_marked_as_sent():
    row = message("a", destination="events", kind="renewal.won")
    assert relay() == 1
    row.refresh_from_db()
    assert (row.state, mail.outbox) == ("sent", [])


# What is slow, and what fails


@pytest.fixture
def slowly(monkeypatch):
    """A clock that moves only as messages are sent, and a channel that is slow."""
    moment = [0.0]
    monkeypatch.setattr(outbox.time, "monotonic", lambda: moment[0])
    monkeypatch.setattr(outbox, "_slow", {"page"})

    def takes(seconds: float, got: list[str], broken: frozenset[str] = frozenset()):
        def send(delivery: Delivery) -> None:
            moment[0] += seconds
            if delivery.destination in broken:
                raise ConnectionError("mailbox full")
            got.extend(m.dedupe_key for m in delivery.messages)

        return send

    return takes


def states() -> dict[str, tuple[str, int, bool]]:
    rows = Outbox.objects.values_list("dedupe_key", "state", "attempts", "leased_until")
    return {key: (state, tries, leased is not None) for key, state, tries, leased in rows}


def test_quick_messages_never_wait_behind_slow_ones(slowly):
    for n in range(5):
        message(f"page{n}", subject=n, destination=f"page:{n}", subject_kind="page_subscription")
    message("owner", subject=9), message("user", subject=10, destination="user:3")
    got: list[str] = []
    assert relay(slowly(1, got)) == 7
    assert got == ["owner", "user", "page0", "page1", "page2", "page3", "page4"]


def test_one_page_that_fails_holds_up_no_other_and_is_tried_again(slowly):
    for n in range(4):
        message(f"page{n}", subject=n, destination=f"page:{n}", subject_kind="page_subscription")
    got: list[str] = []
    assert relay(slowly(1, got, broken=frozenset({"page:1"}))) == 3
    assert got == ["page0", "page2", "page3"]
    row = Outbox.objects.get(dedupe_key="page1")
    assert (row.state, row.attempts, row.error, row.leased_until) == ("pending", 1, "mailbox full", None)
    Outbox.objects.update(next_at=Now())
    assert relay(slowly(1, got)) == 1 and got[-1] == "page1"


def test_slow_ones_go_in_bites_until_the_next_bell_is_near(slowly):
    for n in range(30):
        message(f"page{n:02}", subject=n, destination=f"page:{n:02}", subject_kind="page_subscription")
    got: list[str] = []
    assert relay(slowly(3, got)) == 20  # ten take half a minute, and so do the next
    assert {state for key, state in states().items() if key >= "page20"} == {("pending", 0, False)}
    assert relay(slowly(3, got)) == 10 and got == sorted(got)


def test_what_a_slow_relay_has_not_begun_is_given_back_before_its_lease_is_over(slowly):
    """A mail server that answers nobody takes its twenty seconds for each: another relay must not send the rest too."""
    for n in range(30):
        message(f"m{n:02}", subject=n, destination=f"user:{n:02}")
    got: list[str] = []
    assert relay(slowly(20, got)) == 10
    assert len(got) * 20 < LEASE.total_seconds() - 20
    found = states()
    assert [found[f"m{n:02}"] for n in range(30)] == [("sent", 1, False)] * 10 + [("pending", 0, False)] * 20
    assert relay(slowly(1, got)) == 20 and len(got) == len(set(got)) == 30


def test_a_single_message_that_takes_long_still_goes(slowly):
    message("long", destination="page:1", subject_kind="page_subscription")
    assert relay(slowly(900, [])) == 1
