"""The parts of an account: rhythm by machine, what it buys elsewhere, and why it buys fewer (PA-03, PA-04, PA-09)."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from core.clock import today
from core.metrics import Filters, compute
from core.models import ExchangeRate, Organisation, Owner, Role, Touched
from core.scope import System
from expansion.actions.checking_in import close_check_in
from expansion.models import DropReason, SignalKind
from expansion.rules.parts import Ordered, RhythmPolicy
from expansion.rules.rhythm import Trend, rhythm
from installed_base.actions.parts import StatementRefused, state_parts
from installed_base.models import PartsStatement
from playbooks.actions.plays import open_play
from playbooks.library import CHECK_IN
from playbooks.models import Play, Task
from tests import cast
from tests.api.conftest import caller, writer
from tests.expansion.base import signal
from tests.installed_base.importing import Importing, told
from tests.installed_base.test_parts_metrics import ordered

POLICY = RhythmPolicy()
DAY = timedelta(days=1)


def days(*back: int) -> tuple[Ordered, ...]:
    """Orders of 100 so many days before today."""
    return tuple(Ordered(today() - n * DAY, Decimal(100)) for n in sorted(back, reverse=True))


def test_the_rhythm_of_a_machine() -> None:
    found = rhythm(days(30, 60, 100, 130), today(), POLICY)
    assert found is not None
    assert (found.orders, found.usual_days, found.next_on, found.late) == (4, 30, today(), False)
    beyond = rhythm(days(61, 90, 120, 150), today(), POLICY)
    assert beyond is not None and (beyond.usual_days, beyond.late) == (30, True)


def test_two_orders_are_no_rhythm_and_none_is_nothing() -> None:
    two = rhythm(days(10, 20), today(), POLICY)
    assert two is not None and (two.usual_days, two.next_on, two.late) == (None, None, False)
    assert rhythm((), today(), POLICY) is None
    assert rhythm(days(-5), today(), POLICY) is None


@pytest.mark.parametrize(
    ("now", "before", "trend"),
    [(4, 0, None), (4, 4, Trend.LEVEL), (5, 4, Trend.MORE), (3, 4, Trend.FEWER), (0, 4, Trend.FEWER)],
)
def test_the_trend_is_the_year_beside_the_year_before(now: int, before: int, trend: Trend | None) -> None:
    found = rhythm(days(*range(1, now + 1), *range(370, 370 + before)), today(), POLICY)
    assert found is not None and found.trend is trend


@given(st.sets(st.integers(0, 900), min_size=1, max_size=12), st.integers(0, 900))
def test_only_what_was_ordered_by_then_counts(back: set[int], at: int) -> None:
    on = today() - at * DAY
    known = [n for n in back if n >= at]
    found = rhythm(days(*back), on, POLICY)
    assert (found.orders if found else 0) == len(known)
    assert found is None or (found.last_on <= on and (found.usual_days is None) == (len(known) < 3))


@pytest.fixture
def mila(db: None) -> Any:
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.person("mila", team=cast.pool("North"))


@pytest.fixture
def at(mila: Any) -> Any:
    return cast.account("Van Houten", mila)


def test_the_page_shows_the_late_machine_first(client: Any, mila: Any, at: Any) -> None:
    fine, late, never = (cast.asset(at, date(2020, 1, 1)) for _ in range(3))
    for n in (10, 40, 70, 100):
        ordered(at, today() - n * DAY, fine, 100)
    for n in (200, 230, 260, 290):
        ordered(at, today() - n * DAY, late, 100)
    client.force_login(mila)
    page = client.get(f"/accounts/{at.pk}/parts/")
    assert [row["machine"].pk for row in page.context["rows"]] == [late.pk, fine.pk]
    assert page.context["parts"].silent == 1 and never.serial not in page.content.decode()
    assert page.context["rhythm_title"] == "1 machine is beyond its ordering rhythm"
    assert f'href="/accounts/{at.pk}/parts/"' in client.get(f"/accounts/{at.pk}/").content.decode()
    past = client.get(f"/accounts/{at.pk}/parts/?as_of={today() - 250 * DAY}")
    assert [row["rhythm"].orders for row in past.context["rows"]] == [2]
    assert not past.context["may"]


def test_the_page_asks_the_same_for_one_machine_and_many(client: Any, mila: Any, at: Any) -> None:
    client.force_login(mila)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/accounts/{at.pk}/parts/")
        return len(queries)

    ordered(at, today(), cast.asset(at, date(2020, 1, 1)), 100)
    asked()
    few = asked()
    for _ in range(4):
        ordered(at, today(), cast.asset(at, date(2020, 1, 1)), 100)
    assert asked() == few


def test_their_word_is_written_down_and_counts(client: Any, mila: Any, at: Any) -> None:
    client.force_login(mila)
    cast.posted(at, today(), 400, "parts")
    anja = cast.contact(at, name="Anja Kool")
    answer = client.post(
        f"/accounts/{at.pk}/parts/statement/", {"elsewhere": "600", "said_on": str(today()), "contact": anja.pk}
    )
    assert answer.status_code == 302
    row = PartsStatement.objects.get()
    assert (row.elsewhere_reporting, row.contact, row.by, row.on) == (Decimal(600), anja, mila, today())
    assert Touched.objects.filter(kind="parts_statement", subject_id=row.pk).exists()
    share = compute("wallet_share", on=today(), actor=System("tests"), filters=Filters(account=at.pk))
    assert share.value == Decimal("0.4")
    assert client.get(f"/accounts/{at.pk}/parts/").context["share"] == "40%"
    ahead = client.post(f"/accounts/{at.pk}/parts/statement/", {"elsewhere": "1", "said_on": str(today() + DAY)})
    assert ahead.status_code == 422 and "has not come yet" in ahead.content.decode()


def test_what_cannot_be_stated_is_refused_with_a_sentence(mila: Any, at: Any) -> None:
    def state(**values: Any) -> PartsStatement:
        return state_parts(
            **{"account": at, "elsewhere": Decimal(5), "said_on": today(), "by": mila, "on": today()} | values
        )

    for wrong, words in (
        ({"said_on": today() + DAY}, "has not come yet"),
        ({"elsewhere": Decimal(-1)}, "less than nothing"),
        ({"contact": cast.contact(cast.account("Other", mila))}, "does not belong"),
    ):
        with pytest.raises(StatementRefused, match=words):
            state(**wrong)
    ExchangeRate.objects.create(currency="CHF", on=date(2026, 1, 1), rate=Decimal("1.5"))
    assert state(currency="CHF").elsewhere_reporting == Decimal("7.50")
    assert state(currency="USD").elsewhere_reporting is None


def test_a_check_in_ends_with_its_reason(client: Any, mila: Any, at: Any) -> None:
    owner = Owner.objects.of(mila)
    play = open_play(key=CHECK_IN, account=at, subject=("account", at.pk), owner=owner, by=mila, on=today())
    client.force_login(mila)
    silent = client.post(f"/accounts/{at.pk}/parts/check-in/", {"why": "other", "note": " "})
    assert silent.status_code == 422 and not DropReason.objects.exists()
    client.post(f"/accounts/{at.pk}/parts/check-in/", {"why": "aftermarket", "note": "Filters from Mann"})
    row = DropReason.objects.get()
    assert (row.why, row.note, row.play, row.on, row.by) == ("aftermarket", "Filters from Mann", play, today(), mila)
    play.refresh_from_db()
    assert (play.closed_on, play.closed_by) == (today(), mila)
    assert not Task.objects.filter(play=play).open().exists()
    assert "Filters from Mann" in client.get(f"/accounts/{at.pk}/parts/").content.decode()


def test_a_reason_without_a_check_in_closes_nothing_else(mila: Any, at: Any) -> None:
    other = open_play(
        key="cross_sell", account=at, subject=("account", at.pk), owner=Owner.objects.of(mila), by=mila, on=today()
    )
    row = close_check_in(account=at, why="idle", by=mila, on=today())
    assert row.play is None and Play.objects.open().get() == other
    for why, note in (("other", ""), ("bored", "x")):
        with pytest.raises(ValidationError):
            close_check_in(account=at, why=why, note=note, by=mila, on=today())


def test_the_reason_stands_with_the_decliners_and_in_the_story(client: Any, mila: Any, at: Any) -> None:
    ordered(at, today() - 400 * DAY, None, None, amount_reporting=50_000)
    ordered(at, today() - 30 * DAY, None, None, amount_reporting=1_000)
    client.force_login(mila)
    (line,) = client.get("/expansion/lists/?list=fewer").context["lines"]
    assert line["reason"] == ""
    close_check_in(account=at, why="problem", note="Late parts", by=mila, on=today())
    (line,) = client.get("/expansion/lists/?list=fewer").context["lines"]
    assert (line["reason"], line["reason_note"], line["reason_on"]) == ("Has a problem with us", "Late parts", today())
    body = b"".join(client.get("/expansion/lists/file/?list=fewer").streaming_content).decode("utf-8-sig")
    head, row = csv.reader(body.splitlines())
    assert dict(zip(head, row, strict=True))["Reason"] == "Has a problem with us"
    machine = cast.asset(at, date(2020, 1, 1))
    seen = {"last_on": "2026-01-01", "days": 30}
    signal(machine, SignalKind.ORDER_RHYTHM, on=today(), seen=seen)
    story = client.get(f"/expansion/accounts/{at.pk}/").content.decode()
    assert "Has a problem with us" in story and "Late parts" in story


def test_only_who_works_for_the_account_writes_and_who_sees_no_prices_reads_nothing(client: Any, at: Any) -> None:
    for who, code in ((cast.person("bob"), 404), (cast.person("tess", Role.TECHNICIAN), 404)):
        client.force_login(who)
        for url in ("parts/", "parts/statement/", "parts/check-in/"):
            assert client.get(f"/accounts/{at.pk}/{url}").status_code == code


def test_statements_through_the_api(mila: Any, at: Any) -> None:
    who = writer(mila)
    made = who.post("parts-statements/", {"account_id": at.pk, "elsewhere": "1200.50", "on": str(today() - DAY)})
    assert (made.status_code, made.data["elsewhere_reporting"], made.data["on"]) == (201, "1200.50", str(today() - DAY))
    assert who.ids("parts-statements/", account=at.pk, since=str(today() - DAY)) == [made.data["id"]]
    assert who.ids("parts-statements/", since=str(today())) == []
    assert who.post("parts-statements/", {"account_id": at.pk, "elsewhere": "-1"}).status_code == 400
    late = who.post("parts-statements/", {"account_id": at.pk, "elsewhere": "1", "on": str(today() + DAY)})
    assert late.status_code == 409
    operations = caller(cast.person("ops", Role.OPERATIONS))
    assert "elsewhere" not in (operations.rows("parts-statements/") or [{}])[0]
    stranger = writer(cast.person("bob"))
    assert stranger.ids("parts-statements/") == []
    assert stranger.post("parts-statements/", {"account_id": at.pk, "elsewhere": "1"}).status_code == 400


STATEMENTS = """
source = "crm"
[parts_statement]
key = "id"
account = "customer"
contact = "who"
on = "day"
elsewhere = "spent"
currency = { constant = "EUR" }
"""


@pytest.mark.django_db
def test_statements_come_in_from_files(tmp_path: Any) -> None:
    at = cast.account("A", source="crm", external_id="A")
    cast.contact(at, source="crm", external_id="P1")
    cast.contact(cast.account("B"), source="crm", external_id="P2")
    rows = "1,A,P1,2026-10-01,5000\n2,A,,2031-01-01,5\n3,A,,2026-10-01,-5\n4,A,P2,2026-10-01,5\n"
    outcome = Importing(tmp_path)("parts_statements", STATEMENTS, f"id,customer,who,day,spent\n{rows}")
    assert [line for line, *_ in told(outcome)] == [3, 4, 5]
    row = PartsStatement.objects.get()
    assert row.contact is not None
    assert (row.account, row.elsewhere_reporting, row.contact.external_id) == (at, Decimal(5000), "P1")
