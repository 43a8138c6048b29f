"""QBRs over REST: who reads what, and a whole meeting from its plan to its summary."""

from datetime import timedelta

import pytest

from core import clock
from core.models import Outbox, Role
from playbooks.models import Qbr, Seat, Task
from tests import cast
from tests.api.conftest import caller, writer
from tests.playbooks.meetings import again, comes, customer, meeting

pytestmark = pytest.mark.django_db
TODAY = clock.today()


@pytest.fixture
def team():
    return cast.pool("North")


@pytest.fixture
def anna(team):
    return writer(cast.person("anna", team=team))


@pytest.fixture
def at(anna):
    return customer("Van Houten", anna.user)


def test_a_meeting_from_its_plan_to_its_summary(anna, at):
    jan = cast.contact(at, name="Jan", email="jan@example.com")
    planned = (TODAY + timedelta(days=20)).isoformat()
    made = anna.post("qbrs/", {"account_id": at.pk, "planned_on": planned}, idempotency_key="one")
    assert (made.status_code, made.data["state"], made.data["first_planned_on"]) == (201, "planned", planned)
    repeated = anna.post("qbrs/", {"account_id": at.pk, "planned_on": planned}, idempotency_key="one")
    assert (repeated.data["id"], Qbr._base_manager.count()) == (made.data["id"], 1)
    address = f"qbrs/{made.data['id']}/"
    moved = (TODAY + timedelta(days=21)).isoformat()
    refused = anna.patch(address, {"planned_on": moved})
    assert (refused.status_code, refused.data["detail"]) == (409, "Say why the date moves.")
    assert anna.patch(address, {"planned_on": moved, "reason": "Plant closed"}).data["planned_on"] == moved
    assert anna.patch(address, {"place": "Veghel"}, if_match='"stale"').status_code == 412
    row = again(Qbr._base_manager.get())
    person = comes(row, jan, Seat.EXECUTIVE)
    moment = (clock.now() - timedelta(hours=3)).isoformat()
    held = anna.post(f"{address}held/", {"held_at": moment, "attendee_ids": [person.pk]})
    assert (held.data["state"], held.data["attendees"][0]["came"]) == ("summary", True)
    said = {"title": "Train the night shift", "due_on": planned, "owner_id": at.owner_id}
    action = anna.post(f"{address}actions/", said)
    assert (action.status_code, action.data["ours"]) == (201, True)
    assert anna.post(f"qbr-actions/{action.data['id']}/done/").data["task_done_on"] == TODAY.isoformat()
    assert Task._base_manager.get(pk=action.data["task_id"]).done_on == TODAY
    letter = {"subject": "Summary", "body": "Thank you.", "contact_ids": [jan.pk]}
    sent = anna.post(f"{address}summary/", letter)
    assert (sent.data["state"], sent.data["summary_sent_at"] < sent.data["summary_due_at"]) == ("held", True)
    assert anna.post(f"{address}summary/", letter).status_code == 409
    assert Outbox.objects.filter(kind="qbr.summary_sent").count() == 1
    following = anna.post(f"{address}next/", {"planned_on": (TODAY + timedelta(days=110)).isoformat()})
    assert (following.status_code, following.data["after_id"]) == (201, made.data["id"])


def test_wrong_words_name_their_field(anna, at):
    row = meeting(at, TODAY + timedelta(days=5))
    stranger = cast.contact(customer("Other", cast.person("tom", team=cast.pool("South"))))
    wrong = anna.post(f"qbrs/{row.pk}/summary/", {"subject": "S", "body": "B", "contact_ids": [stranger.pk]})
    assert (wrong.status_code, list(wrong.data["errors"])) == (400, ["contact_ids"])
    foreign = anna.post(f"qbrs/{row.pk}/held/", {"held_at": clock.now().isoformat(), "attendee_ids": [7]})
    assert list(foreign.data["errors"]) == ["attendee_ids"]
    future = anna.post(f"qbrs/{row.pk}/held/", {"held_at": (clock.now() + timedelta(hours=1)).isoformat()})
    assert (future.status_code, again(row).held_at) == (409, None)
    both = {"title": "x", "due_on": TODAY.isoformat(), "owner_id": at.owner_id, "contact_id": cast.contact(at).pk}
    assert list(anna.post(f"qbrs/{row.pk}/actions/", both).data["errors"]) == ["contact_id"]


def test_states_and_days_narrow_the_list(anna, at):
    one = meeting(at, TODAY + timedelta(days=5))
    two = meeting(customer("Two", anna.user), TODAY + timedelta(days=9), agreed_on=TODAY)
    past = TODAY - timedelta(days=30)
    three = meeting(customer("Three", anna.user), past, held_at=cast.at_hour(past))
    assert anna.ids("qbrs/", state="to_plan") == [one.pk]
    assert anna.ids("qbrs/", state="planned") == [two.pk]
    assert anna.ids("qbrs/", state="summary") == [three.pk]
    assert anna.ids("qbrs/", state="held") == anna.ids("qbrs/", state="cancelled") == []
    assert anna.ids("qbrs/", planned_after=TODAY.isoformat(), ordering="-planned_on") == [two.pk, one.pk]


def test_who_reads_what(anna, at, team):
    row = meeting(at, TODAY + timedelta(days=5), risks_note="They talk to a competitor", place="With Jan")
    row.actions.create(title="Call Jan", due_on=TODAY, ours=False, created_on=TODAY)
    assert anna.get(f"qbrs/{row.pk}/").data["risks_note"] == "They talk to a competitor"
    ceo = caller(cast.person("ceo", Role.EXECUTIVE))
    seen = ceo.get(f"qbrs/{row.pk}/").data
    assert (seen["risks_note"], seen["place"], seen["account_name"]) == (None, None, "Van Houten")
    assert ceo.rows("qbr-actions/")[0]["title"] is None
    for stranger in (cast.person("tom", team=cast.pool("South")), cast.person("ruud", Role.TECHNICIAN)):
        who = caller(stranger)
        assert who.ids("qbrs/") == who.ids("qbr-actions/") == []
        assert who.get(f"qbrs/{row.pk}/").status_code == 404
    boss = writer(cast.person("boss", Role.EXECUTIVE))
    assert boss.post(f"qbrs/{row.pk}/cancel/", {"side": "us", "reason": "x"}).status_code == 403
    assert boss.post("qbrs/", {"account_id": at.pk, "planned_on": TODAY.isoformat()}).status_code == 403
