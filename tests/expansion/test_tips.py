"""Tips: left by who stands at the machine, answered within 48 hours, told back (ST-01..04)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.clock import now, today
from core.metrics import compute
from core.models import Organisation, Outbox, Owner, Role
from expansion.actions.tipping import answer_tip, leave_tip
from expansion.models import Tip, TipKind, TipPhoto
from expansion.photos import LONGEST_SIDE, bare_jpeg
from expansion.queries import tips as query
from expansion.rules.tip import LATE, TipFacts, TipPolicy, answered_in_time, late_on, tip_news
from expansion.tasks import TIPS
from installed_base.models import Asset
from playbooks import day
from playbooks.models import Firing, Play, Task
from sales.actions import close
from sales.models import DealKind
from tests import cast

ON = date(2026, 11, 2)
AT = datetime(2026, 11, 2, 8, tzinfo=UTC)
POLICY = TipPolicy()


def facts(**values) -> TipFacts:
    known: dict[str, Any] = {"id": 1, "account_id": 1, "known_on": ON, "owner_id": 1, "giver_id": 2, "given_on": ON}
    return TipFacts(**(known | values))


def fired(tip, on, recorded=None):
    return [o.rung.key for o in tip_news(tip, recorded or {}, POLICY, date(1900, 1, 1), on)]


def test_forty_eight_hours_on_the_minute_are_in_time():
    assert answered_in_time(AT, AT + timedelta(hours=48), POLICY)
    assert not answered_in_time(AT, AT + timedelta(hours=48, seconds=1), POLICY)
    assert not answered_in_time(AT, None, POLICY)


@pytest.mark.parametrize(
    ("on", "answered", "keys"),
    [
        (ON + timedelta(days=2), None, []),
        (ON + timedelta(days=3), None, ["LATE"]),
        (ON + timedelta(days=9), ON + timedelta(days=2), []),
        (ON + timedelta(days=9), ON + timedelta(days=5), ["LATE"]),
    ],
)
def test_a_tip_is_late_when_nobody_answered_in_time(on, answered, keys):
    assert fired(facts(answered_on=answered), on) == keys


def test_a_deal_is_told_beside_the_delay_not_instead_of_it():
    won = ON + timedelta(days=40)
    assert fired(facts(answered_on=ON + timedelta(days=8), won_on=won), won) == ["LATE", f"WON.{won}"]


@given(
    st.one_of(st.none(), st.integers(0, 20)),
    st.one_of(st.none(), st.integers(0, 60)),
    st.sets(st.integers(0, 80), max_size=8),
)
def test_whatever_days_are_run_the_same_things_are_told(answered, won, days):
    tip = facts(
        answered_on=None if answered is None else ON + timedelta(days=answered),
        won_on=None if won is None else ON + timedelta(days=won),
    )
    told: dict = {}
    for n in sorted(days | {80}):
        for o in tip_news(tip, told, POLICY, date(1900, 1, 1), ON + timedelta(days=n)):
            told[(o.rung.rule, o.rung.key)] = o.state.value
    assert sorted(key for _, key in told) == sorted(fired(tip, ON + timedelta(days=80)))


def picture(size=(40, 20), kind="JPEG", **save) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **save)
    return out.getvalue()


def test_a_photo_is_made_small_and_bare():
    exif = Image.Exif()
    exif[0x010F] = "Maker of the phone"
    small = Image.open(BytesIO(bare_jpeg(BytesIO(picture((4000, 1000), exif=exif)))))
    assert (small.format, max(small.size), dict(small.getexif())) == ("JPEG", LONGEST_SIDE, {})


@pytest.mark.parametrize("content", [b"", b"<svg/>", picture()[:60], b"GIF89a" + b"0" * 40])
def test_what_is_no_photo_is_refused_with_a_sentence(content):
    with pytest.raises(ValidationError, match="no photo that can be read"):
        bare_jpeg(BytesIO(content))


@pytest.fixture
def team(db):
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return cast.pool("North")


@pytest.fixture
def mila(team):
    return cast.person("mila", team=team)


@pytest.fixture
def ruud(team):
    return cast.person("ruud", Role.TECHNICIAN)


@pytest.fixture
def machine(mila):
    return cast.asset(cast.account("Van Houten", mila), date(2016, 1, 1), serial="PC-77")


def left(machine, by, at=AT, **values) -> Tip:
    said = {"kind": TipKind.OVERLOADED, "note": "Three shifts"} | values
    return leave_tip(account=machine.account, asset=machine, by=by, on=at.date(), at=at, **said)


def words(kind):
    return list(Outbox.objects.filter(kind=kind).values_list("destination", flat=True))


def test_a_tip_becomes_a_task_of_the_owner_who_is_told_once(machine, mila, ruud):
    tip = left(machine, ruud)
    task = Task.objects.get(subject_kind="tip", subject_id=tip.pk)
    assert (task.owner, task.due_on) == (Owner.objects.of(mila), ON + timedelta(days=2))
    assert words("tip.left") == [f"owner:{Owner.objects.of(mila).pk}"]


def test_an_answer_closes_the_work_and_reaches_the_technician(machine, mila, ruud):
    tip = left(machine, ruud)
    answer_tip(tip=tip, outcome="nothing", answer="They sell the line.", by=mila, on=ON, at=AT + timedelta(hours=3))
    assert not Task.objects.open().filter(subject_kind="tip").exists()
    assert Play.objects.get(subject_kind="tip").closed_on == ON
    assert words("tip.answered") == [f"owner:{Owner.objects.of(ruud).pk}"]
    with pytest.raises(ValidationError, match="answered already"):
        answer_tip(tip=tip, outcome="known", answer="Again.", by=mila, on=ON, at=AT + timedelta(hours=4))


@pytest.mark.parametrize(
    ("outcome", "answer", "sentence"),
    [("nothing", "  ", "Tell the technician"), ("opportunity", "Good one", "which kind of deal")],
)
def test_an_answer_without_words_or_a_deal_without_a_kind_writes_nothing(
    machine, mila, ruud, outcome, answer, sentence
):
    tip = left(machine, ruud)
    with pytest.raises(ValidationError, match=sentence):
        answer_tip(tip=tip, outcome=outcome, answer=answer, by=mila, on=ON, at=AT)
    tip.refresh_from_db()
    assert (tip.answered_at, words("tip.answered"), Task.objects.open().count()) == (None, [], 1)


def won(machine, mila, ruud) -> Tip:
    tip = answer_tip(
        tip=left(machine, ruud), outcome="opportunity", answer="Well seen", by=mila, on=ON, at=AT,
        deal_kind=DealKind.UPGRADE, deal_name="Faster gripper", value=Decimal(100000),
    )  # fmt: skip
    assert tip.opportunity is not None
    close(opportunity=tip.opportunity, won=True, by=mila, on=ON + timedelta(days=30))
    return tip


def test_the_technician_hears_once_that_his_tip_became_a_deal(machine, mila, ruud):
    won(machine, mila, ruud)
    for n in (30, 31, 40):
        day.run([TIPS], on=ON + timedelta(days=n))
    assert words("tip.won") == [f"owner:{Owner.objects.of(ruud).pk}"]
    assert words("tip.late") == []


def test_a_late_tip_is_told_to_the_owner_once(machine, mila, ruud):
    left(machine, ruud)
    for n in (2, 3, 4, 9):
        day.run([TIPS], on=ON + timedelta(days=n))
    assert words("tip.late") == [f"owner:{Owner.objects.of(mila).pk}"]
    assert Firing.objects.get(rule=LATE).due_on == late_on(ON, POLICY)


def test_figures_of_tips_with_their_rows(machine, mila, ruud):
    from core.scope import System

    won(machine, mila, ruud)
    left(machine, ruud, at=AT + timedelta(days=20))
    on = ON + timedelta(days=40)
    found = {
        key: compute(key, actor=System("test"), on=on).value for key in ("tip_follow_up", "tips_given", "tip_win_value")
    }
    assert found == {"tip_follow_up": Decimal("0.5"), "tips_given": 2, "tip_win_value": Decimal(100000)}


def test_the_board_counts_a_deal_once_and_names_the_reader(machine, mila, ruud):
    tip = won(machine, mila, ruud)
    second = left(machine, ruud, at=AT + timedelta(days=1))
    answer_tip(tip=second, outcome="known", answer="It is the same one", by=mila, on=ON, at=AT + timedelta(days=1))
    Tip.objects.filter(pk=second.pk).update(opportunity=tip.opportunity)
    (score,) = query.scores(ruud, ON + timedelta(days=40))
    assert (score.tips, score.answered, score.deals, score.won, score.value, score.mine) == (2, 2, 1, 1, 100000, True)


def test_a_technician_leaves_a_tip_with_a_photo_about_any_machine_by_its_serial(client, machine, ruud):
    client.force_login(ruud)
    assert b"Three" not in client.get("/tips/new/?serial=pc-77").content
    photo = SimpleUploadedFile("x.png", picture(kind="PNG"), "image/png")
    said = {"asset": machine.pk, "kind": "competitor", "note": "A crate of another maker", "photo": photo}
    answer = client.post("/tips/new/", said)
    tip = Tip.objects.get()
    assert answer.url == f"/tips/{tip.pk}/"
    assert client.get(f"/tips/{tip.pk}/photo/")["Content-Type"] == "image/jpeg"
    assert "A crate of another maker" in client.get("/tips/").content.decode()
    assert (tip.account, TipPhoto.objects.count()) == (machine.account, 1)


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(client, machine, ruud):
    client.force_login(ruud)
    broken = SimpleUploadedFile("x.jpg", b"no picture", "image/jpeg")
    answer = client.post("/tips/new/", {"asset": machine.pk, "kind": "heard", "note": "", "photo": broken})
    text = answer.content.decode()
    assert (answer.status_code, Tip.objects.count()) == (422, 0)
    assert "This field is required" in text
    assert "no photo that can be read" in text


def test_others_do_not_read_or_answer_it(client, machine, ruud):
    tip = left(machine, ruud)
    client.force_login(cast.person("zoe", team=cast.pool("Theirs")))
    assert client.get(f"/tips/{tip.pk}/").status_code == 404
    said = {"outcome": "known", "answer": "Mine"}
    assert client.post(f"/tips/{tip.pk}/answer/", said).status_code == 404
    assert client.get("/tips/new/", {"account": machine.account_id}).status_code == 404
    client.force_login(cast.person("kees", Role.TECHNICIAN))
    assert client.get(f"/tips/{tip.pk}/photo/").status_code == 404
    tip.refresh_from_db()
    assert tip.answered_at is None


def test_an_executive_reads_that_there_is_a_tip_and_not_its_words(client, machine, ruud):
    left(machine, ruud, note="Ask Femke about the second line")
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    text = client.get("/tips/").content.decode()
    assert "Van Houten" in text
    assert "Femke" not in text


def test_an_owner_answers_on_the_page(client, machine, mila, ruud):
    tip = left(machine, ruud, at=now() - timedelta(hours=2))
    client.force_login(mila)
    wrong = client.post(f"/tips/{tip.pk}/answer/", {"outcome": "opportunity", "answer": "Good"})
    assert (wrong.status_code, "which kind of deal" in wrong.content.decode()) == (422, True)
    said = {"outcome": "opportunity", "answer": "Good", "deal_kind": "upgrade", "deal_name": "", "value": "1000"}
    client.post(f"/tips/{tip.pk}/answer/", said)
    tip.refresh_from_db()
    assert (tip.outcome, tip.opportunity.name, tip.opportunity.value_reporting) == (
        "opportunity", "The machine is overloaded", 1000,
    )  # fmt: skip
    assert "Good" in client.get("/tips/?show=opportunity").content.decode() or tip.opportunity.kind == "upgrade"


def queries_of(client, url):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_the_list_asks_as_often_for_three_tips_as_for_one(client, machine, mila, ruud):
    client.force_login(mila)
    left(machine, ruud)
    one = queries_of(client, "/tips/")
    for n in (1, 2):
        other = cast.asset(cast.account(f"Other {n}", mila), date(2015, 1, 1))
        left(Asset.objects.get(pk=other.pk), ruud, at=AT + timedelta(hours=n))
    assert queries_of(client, "/tips/") == one


def test_where_he_was_and_said_nothing_he_is_asked(machine, ruud):
    Asset.objects.filter(pk=machine.pk).update(technician=ruud)
    cast.visit(machine.account, on=today() - timedelta(days=3), technician=ruud)
    assert query.unheard(ruud, today()) == [machine.account]
    left(machine, ruud, at=now())
    assert query.unheard(ruud, today()) == []
