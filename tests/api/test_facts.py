"""Facts of service, usage and contact: who reads them, what filters find, what a page costs, a call written down."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Role, Touched
from installed_base.models import AccountMember, ContactMoment
from tests import cast
from tests.api.base import alert
from tests.api.conftest import ON, caller, writer
from tests.api.test_problems import problem
from tests.dashboards.scores import RED, stood
from tests.standing import standing

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FACTS = ("tickets", "visits", "readings", "moments", "answers", "alerts")
OF_MACHINES = ("tickets", "visits", "readings")
NAMED = ("tickets", "moments", "answers")


@pytest.fixture(autouse=True)
def _clock():
    with standing(ON):
        yield


def furnish(owner):
    """One of every fact at a customer, all about its one machine: kind -> row."""
    at = cast.account(owner=owner)
    machine = cast.asset(at, date(2020, 1, 1))
    anja = cast.contact(at, "management", name="Anja Kool")
    return {
        "account": at,
        "machine": machine,
        "contact": anja,
        "tickets": cast.ticket(at, ON - 9 * DAY, asset=machine, contact=anja, severity="critical"),
        "visits": cast.visit(at, ON - 9 * DAY, asset=machine),
        "readings": cast.reading(machine, ON - 9 * DAY),
        "moments": cast.moment(at, ON - 9 * DAY, anja),
        "answers": cast.answer(at, ON - 9 * DAY, 8, anja, asset=machine),
        "alerts": alert(at, on=ON - 9 * DAY),
    }


@pytest.fixture
def sides():
    """The same facts for two teams: our team, ours, theirs."""
    team = cast.pool("Ours")
    return team, furnish(team), furnish(cast.pool("Theirs"))


@pytest.mark.parametrize("role", [Role.CS_MANAGER, Role.SALES, Role.TEAM_LEAD])
def test_a_team_reads_its_own_facts(sides, role):
    team, ours, theirs = sides
    who = caller(cast.person("anna", role, team))
    for kind in FACTS:
        assert who.ids(f"{kind}/") == [ours[kind].pk], kind
        assert who.get(f"{kind}/{ours[kind].pk}/").data["id"] == ours[kind].pk
        foreign, missing = who.get(f"{kind}/{theirs[kind].pk}/"), who.get(f"{kind}/987654321/")
        assert (foreign.status_code, foreign.content) == (404, missing.content)
        assert who.ids(f"{kind}/", account=theirs["account"].pk) == []


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.MARKETING, Role.OPERATIONS, Role.ADMINISTRATOR])
def test_names_of_people_for_those_who_may_have_them(sides, role):
    who = caller(cast.person("mo", role))
    name = None if role in (Role.EXECUTIVE, Role.MARKETING) else "Anja Kool"
    for kind in NAMED:
        rows = [*who.rows(f"{kind}/"), who.get(f"{kind}/{sides[1][kind].pk}/").data]
        assert [row["contact_name"] for row in rows] == [name] * 3, kind


def test_a_technician_reads_service_of_assigned_machines_alone(sides):
    _team, ours, theirs = sides
    tess = cast.person("tess", Role.TECHNICIAN)
    ours["machine"].technician = tess
    ours["machine"].save()
    at, other = ours["account"], cast.asset(ours["account"], date(2020, 1, 1))
    elsewhere = (cast.ticket(at, ON, asset=other), cast.visit(at, ON, asset=other), cast.reading(other, ON))
    made = cast.visit(at, ON, asset=other, technician=tess)
    who = caller(tess)
    assert who.ids("tickets/") == [ours["tickets"].pk]
    assert who.ids("visits/") == [ours["visits"].pk, made.pk]
    assert who.ids("readings/") == [ours["readings"].pk]
    for kind, hidden in zip(OF_MACHINES, elsewhere, strict=True):
        assert who.get(f"{kind}/{hidden.pk}/").status_code == 404
        assert who.get(f"{kind}/{theirs[kind].pk}/").status_code == 404
    for kind in ("moments", "answers", "alerts"):
        assert who.ids(f"{kind}/") == []
        assert who.get(f"{kind}/{ours[kind].pk}/").status_code == 404


@pytest.mark.parametrize("kind", FACTS)
def test_since_and_until_count_both_ends(executive, sides, kind):
    both = [sides[1][kind].pk, sides[2][kind].pk]
    day = (ON - 9 * DAY).isoformat()
    assert executive.ids(f"{kind}/", since=day, until=day) == both
    assert executive.ids(f"{kind}/", since=(ON - 8 * DAY).isoformat()) == []
    assert executive.ids(f"{kind}/", until=(ON - 10 * DAY).isoformat()) == []
    assert executive.ids(f"{kind}/", account=sides[2]["account"].pk) == both[1:]
    if kind in (*OF_MACHINES, "answers"):
        assert executive.ids(f"{kind}/", asset=sides[1]["machine"].pk) == both[:1]


def test_a_ticket_belongs_to_the_day_of_the_organisation(executive):
    late = cast.ticket(cast.account(), ON, opened_at=cast.at_hour(date(2026, 6, 30), 23))
    assert executive.ids("tickets/", since="2026-07-01", until="2026-07-01") == [late.pk]


def test_tickets_that_are_open(executive):
    at = cast.account()
    done = cast.ticket(at, date(2026, 11, 1), 5)
    waits = cast.ticket(at, date(2026, 11, 2), severity="low")
    again = cast.ticket(at, date(2026, 11, 3), 5, reopened_at=cast.at_hour(date(2026, 11, 9)))
    assert executive.ids("tickets/", open="true") == [waits.pk, again.pk]
    assert executive.ids("tickets/", open="false") == [done.pk]
    assert [row["open"] for row in executive.rows("tickets/")] == [False, True, True]
    assert executive.ids("tickets/", severity="low") == [waits.pk]


def test_alerts_that_are_awake(executive):
    at = cast.account()
    awake = alert(at)
    put_off = alert(at, "silence", snoozed_until=ON + DAY, snoozed_reason="Holiday")
    closed = alert(at, on=ON - DAY, closed_on=ON, closed_reason="Called")
    assert executive.ids("alerts/", open="true") == [awake.pk, put_off.pk]
    assert executive.ids("alerts/", open="false") == [closed.pk]
    assert executive.ids("alerts/", awake="true") == [awake.pk]
    assert executive.ids("alerts/", awake="false") == [put_off.pk, closed.pk]
    assert executive.ids("alerts/", kind="silence") == [put_off.pk]


def test_a_closed_alert_stays_as_it_is():
    anna = writer(cast.person("anna"))
    closed = alert(cast.account(owner=anna.user), closed_on=ON, closed_reason="Called")
    for path, body in (
        ("close", {"reason": "Again"}),
        ("task", {}),
        ("snooze", {"until": "2027-01-01", "reason": "x"}),
    ):
        assert "closed" in problem(anna.post(f"alerts/{closed.pk}/{path}/", body), 409)["detail"]
    closed.refresh_from_db()
    assert (closed.closed_reason, closed.snoozed_until) == ("Called", None)


@pytest.mark.parametrize("ordering", ["opened_at", "-opened_at"])
def test_pages_of_tickets_hold_every_row_once(executive, pages, ordering):
    at = cast.account()
    made = [cast.ticket(at, ON - days * DAY) for days in (3, 1, 3, 2, 5)]
    expected = sorted(made, key=lambda t: (t.opened_at, t.pk), reverse=ordering.startswith("-"))
    found = pages(executive, f"tickets/?page_size=2&ordering={ordering}")
    assert found == [[t.pk for t in expected[n : n + 2]] for n in (0, 2, 4)]


@pytest.mark.parametrize(
    ("address", "query", "field"),
    [
        ("tickets/", {"severity": "huge"}, "severity"),
        ("tickets/", {"since": "yesterday"}, "since"),
        ("tickets/", {"open": "1"}, "open"),
        ("tickets/", {"ordering": "title"}, "ordering"),
        ("tickets/", {"ordering": "opened_at", "cursor": "WyJvcGVuZWRfYXQiLCIyMDI2LTAxLTAxIiwxXQ"}, "cursor"),
        ("visits/", {"kind": "holiday"}, "kind"),
        ("readings/", {"asset": "x"}, "asset"),
        ("moments/", {"as_of": "2026-01-01"}, "as_of"),
        ("answers/", {"question": "why"}, "question"),
        ("alerts/", {"awake": "yes"}, "awake"),
    ],
)
def test_what_is_asked_wrongly_is_named(executive, address, query, field):
    problem(executive.get(address, **query), 400, field)


@pytest.mark.parametrize("kind", FACTS)
def test_the_number_of_queries_does_not_grow_with_the_rows(kind):
    lead = caller(cast.person("lead", Role.TEAM_LEAD, team := cast.pool("Benelux")))

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert lead.rows(f"{kind}/")
        return len(found)

    furnish(team)
    one = queries()
    furnish(team)
    furnish(team)
    assert queries() == one <= 2


@pytest.fixture
def anna(sides):
    return writer(cast.person("anna", Role.TEAM_LEAD, sides[0]))


def call(facts, **values):
    return {"account_id": facts["account"].pk, "kind": "call", "note": "Hi"} | values


def test_a_call_is_written_down_once(sides, anna):
    ours = sides[1]
    body = call(ours, contact_id=ours["contact"].pk, subject_kind="asset", subject_id=ours["machine"].pk)
    answers = [anna.post("moments/", body, idempotency_key="k") for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].data == answers[1].data == anna.get(f"moments/{answers[0].data['id']}/").data
    moment = ContactMoment.objects.get(pk=answers[0].data["id"])
    assert (moment.account, moment.contact, moment.by, moment.on) == (ours["account"], ours["contact"], anna.user, ON)
    assert (moment.kind, moment.note, moment.subject_kind, moment.subject_id) == (
        "call",
        "Hi",
        "asset",
        ours["machine"].pk,
    )
    assert ContactMoment.objects.filter(account=ours["account"]).count() == 2
    assert Touched.objects.get(kind="moment").account_id == ours["account"].pk


def test_a_call_that_cannot_be_is_refused(sides, anna):
    _team, ours, theirs = sides
    wrong = [
        ({"account_id": theirs["account"].pk}, "account_id"),
        ({"kind": "letter"}, "kind"),
        ({"on": (ON + DAY).isoformat()}, "on"),
        ({"contact_id": theirs["contact"].pk}, "contact_id"),
        ({"subject_kind": "asset", "subject_id": theirs["machine"].pk}, "subject_id"),
        ({"subject_kind": "asset"}, "subject_id"),
        ({"subject_kind": "nothing", "subject_id": 1}, "subject_kind"),
        ({"subject_id": 1}, "subject_kind"),
        ({"note": "a\x00b"}, "note"),
        ({"by_id": 1}, "by_id"),
    ]
    for values, field in wrong:
        problem(anna.post("moments/", call(ours, **values)), 400, field)
    assert ContactMoment.objects.count() == 2


def test_a_person_of_another_account_of_ones_own_is_refused(sides, anna):
    second = furnish(sides[0])
    problem(anna.post("moments/", call(sides[1], contact_id=second["contact"].pk)), 400, "contact_id")


def test_who_only_sees_an_account_logs_no_call(sides):
    _team, ours, _theirs = sides
    for who in (writer(cast.person("vera", Role.EXECUTIVE)), writer(cast.person("tess", Role.TECHNICIAN))):
        ours["machine"].technician = who.user
        ours["machine"].save()
        assert "account_id" in problem(who.post("moments/", call(ours)), 403)["detail"]
    assert ContactMoment.objects.count() == 2
    guest = writer(cast.person("guest"))
    AccountMember.objects.create(account=ours["account"], user=guest.user)
    assert guest.post("moments/", call(ours)).status_code == 201


def test_health_of_an_account_as_of_a_day(executive):
    at = cast.account()
    stood(at, ON - 30 * DAY, RED, without="relationship")
    found = executive.get(f"accounts/{at.pk}/health/").data
    standing = (found["tier"], found["on"], found["scored_on"], found["tier_since"])
    assert standing == ("red", "2026-11-21", "2026-10-22", "2026-10-22")
    assert found["coverage"] == "0.850"
    assert float(found["low"]) < float(found["score"]) < float(found["high"])
    dimensions = {d["key"]: d for d in found["dimensions"]}
    assert set(dimensions) == {"adoption", "satisfaction", "outcomes", "relationship", "commercial"}
    assert dimensions["relationship"]["score"] is None
    assert {m["state"] for m in dimensions["relationship"]["measures"]} == {"no_data"}
    assert next(m for m in dimensions["adoption"]["measures"] if m["key"] == "machines_running")["value"] == "0.64"
    before = executive.get(f"accounts/{at.pk}/health/", as_of="2026-10-21").data
    assert (before["tier"], before["score"], before["dimensions"]) == ("unknown", None, [])
    problem(executive.get(f"accounts/{at.pk}/health/", as_of="x"), 400, "as_of")


def test_health_beside_each_account(executive):
    at, never = cast.account(), cast.account()
    score = stood(at, ON - 30 * DAY, RED).score
    known, unknown = executive.rows("accounts/")
    assert (known["id"], known["health_score"], known["health_tier"]) == (at.pk, str(score), "red")
    assert (unknown["id"], unknown["health_score"], unknown["health_tier"]) == (never.pk, None, "unknown")
    assert executive.rows("accounts/", as_of="2026-10-21")[0]["health_tier"] == "unknown"
    assert executive.get(f"accounts/{at.pk}/").data["health_tier"] == "red"


def test_health_for_those_who_may_know(sides):
    team, ours, theirs = sides
    stood(ours["account"], ON - DAY, RED)
    tess = caller(cast.person("tess", Role.TECHNICIAN))
    ours["machine"].technician = tess.user
    ours["machine"].save()
    row = tess.rows("accounts/")[0]
    assert row["health_tier"] == "red"
    assert "health_score" not in row
    problem(tess.get(f"accounts/{ours['account'].pk}/health/"), 403)
    ben = caller(cast.person("ben", Role.SALES, team))
    assert ben.get(f"accounts/{ours['account'].pk}/health/").data["tier"] == "red"
    foreign = ben.get(f"accounts/{theirs['account'].pk}/health/")
    assert (foreign.status_code, foreign.content) == (404, ben.get("accounts/99999999999999999999/health/").content)


def test_alerts_as_of_a_day_are_those_raised_by_then_open_if_they_closed_later(executive):
    at, mo = cast.account(), cast.person("mo")
    closed = {"closed_on": ON - 5 * DAY, "closed_by": mo, "closed_reason": "They called back"}
    early = alert(at, on=ON - 30 * DAY, **closed)
    put_off = alert(at, "silence", on=ON - 20 * DAY, snoozed_until=ON + 9 * DAY, snoozed_reason="Holiday")
    fresh = alert(at, on=ON - 8 * DAY)
    then = (ON - 10 * DAY).isoformat()
    assert executive.ids("alerts/", as_of=then) == [early.pk, put_off.pk]
    assert executive.ids("alerts/", as_of=then, open="true") == [early.pk, put_off.pk]
    assert executive.ids("alerts/", as_of=then, open="false") == []
    assert executive.ids("alerts/", as_of=then, awake="true") == [early.pk, put_off.pk]
    assert executive.ids("alerts/", as_of=(ON - 5 * DAY).isoformat(), open="true") == [put_off.pk, fresh.pk]
    assert executive.ids("alerts/", as_of=(ON - 5 * DAY).isoformat(), open="false") == [early.pk]
    assert early.pk not in executive.ids("alerts/", open="true")
    told = executive.get(f"alerts/{early.pk}/", as_of=then).data
    assert (told["closed_on"], told["closed_by_id"], told["closed_reason"]) == (None, None, "")
    assert executive.get(f"alerts/{put_off.pk}/", as_of=then).data["snoozed_until"] is None
    now = executive.get(f"alerts/{early.pk}/").data
    assert (now["closed_on"], now["closed_by_id"]) == ((ON - 5 * DAY).isoformat(), mo.pk)
    assert executive.get(f"alerts/{early.pk}/", as_of=(ON - 31 * DAY).isoformat()).status_code == 404
    problem(executive.get("alerts/", as_of="soon"), 400, "as_of")


def test_an_alert_of_a_past_day_carries_no_etag(executive):
    """What was read of another day cannot be written on."""
    row = alert(cast.account(), on=ON - 9 * DAY)
    assert "ETag" in executive.get(f"alerts/{row.pk}/")
    assert "ETag" not in executive.get(f"alerts/{row.pk}/", as_of=(ON - 1 * DAY).isoformat())
