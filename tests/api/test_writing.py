"""What a page can change, the API can: by the same people, and by nobody else."""

import pytest

from core.models import ApiToken, Membership, Owner, Role
from installed_base.models import Asset
from playbooks.models import Note, Task
from tests import cast
from tests.api.base import LATER, VERBS, Verb, work_of
from tests.api.conftest import caller, writer
from tests.api.test_problems import problem

pytestmark = pytest.mark.django_db
# Verbs that answer with what they made.
MAKES = ("notes/", "task/", "revise/", "actions/", "next/", "convert/")
every_verb = pytest.mark.parametrize("verb", VERBS, ids=str)


@pytest.fixture
def team():
    return cast.pool("Ours")


@pytest.fixture
def anna(team):
    return writer(cast.person("anna", Role.CS_MANAGER, team))


@pytest.fixture
def own(anna):
    return work_of(anna.user)


@pytest.fixture
def theirs():
    return work_of(cast.person("zoe", Role.CS_MANAGER, cast.pool("Theirs")))


def send(who, verb: Verb, work, **headers):
    write = who.patch if verb.method == "PATCH" else who.post
    return write(verb.address(work), verb.body, **headers)


def refused(who, verb: Verb, work, status: int):
    """The answer is this problem, and the row is as it was."""
    before = verb.prepare(work)
    said = problem(send(who, verb, work), status)
    assert verb.version(work) == before
    return said


@every_verb
def test_on_ones_own(anna, own, verb):
    verb.prepare(own)
    answer = send(anna, verb, own)
    assert answer.status_code == (201 if verb.path in MAKES else 200), answer.content
    assert verb.done(own), answer.data
    shown = (
        answer["Location"].removeprefix("/api/v1/") if answer.status_code == 201 else f"{verb.kind}/{verb.row(own).pk}/"
    )
    again = anna.get(shown)
    assert (again.data, again["ETag"]) == (answer.data, answer["ETag"])


@every_verb
def test_what_a_colleague_owns_is_seen_and_not_changed(own, team, verb):
    said = refused(writer(cast.person("ben", Role.SALES, team)), verb, own, 403)
    assert "owner" in said["detail"]


@every_verb
def test_a_lead_changes_what_the_team_owns(own, team, verb):
    verb.prepare(own)
    assert send(writer(cast.person("lea", Role.TEAM_LEAD, team)), verb, own).status_code in (200, 201)
    assert verb.done(own)


@every_verb
@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.MARKETING, Role.OPERATIONS])
def test_who_only_reads_changes_nothing(own, verb, role):
    eve = writer(cast.person("eve", role))
    works = {Role.MARKETING: "leads", Role.OPERATIONS: "deliveries"}.get(role)
    if verb.kind == works and verb.path not in MAKES:
        verb.prepare(own)
        assert send(eve, verb, own).status_code == 200 and verb.done(own)
    else:
        refused(eve, verb, own, 403)


@every_verb
def test_what_is_not_visible_is_not_there(anna, theirs, verb):
    before = verb.prepare(theirs)
    missing = f"{verb.kind}/987654321/{verb.path}"
    bodies = [anna.send(verb.method, where, verb.body).content for where in (verb.address(theirs), missing)]
    assert bodies[0] == bodies[1]
    said = problem(anna.send(verb.method, missing, verb.body), 404)
    assert said["status"] == 404
    assert verb.version(theirs) == before


@every_verb
def test_a_technician(own, verb):
    """Sees the tasks at customers of their machines and when a machine comes, and nothing of the commercial work."""
    who = writer(cast.person("tess", Role.TECHNICIAN))
    Asset.objects.filter(pk=own.machine.pk).update(technician=who.user)
    refused(who, verb, own, 403 if verb.kind in ("tasks", "deliveries") else 404)


@every_verb
def test_a_token_that_only_reads(anna, own, verb):
    said = refused(caller(anna.user), verb, own, 403)
    assert "--write" in said["detail"]


@every_verb
def test_nobody_signed_in(client, own, verb):
    before = verb.prepare(own)
    answer = client.generic(verb.method, f"/api/v1/{verb.address(own)}", "{}", content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert verb.version(own) == before


def test_a_technician_does_their_own_task(theirs):
    who = writer(cast.person("tess", Role.TECHNICIAN))
    Task.objects.filter(pk=theirs.tasks.pk).update(owner=Owner.objects.of(who.user))
    assert who.ids("tasks/") == [theirs.tasks.pk]
    answer = who.post(f"tasks/{theirs.tasks.pk}/done/")
    assert answer.data["done_by_id"] == who.user.pk
    assert "value_reporting" not in answer.data


def test_a_session_writes_with_its_csrf_token_alone(anna, own):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(anna.user)
    address = f"/api/v1/tasks/{own.tasks.pk}/done/"
    assert browser.post(address).status_code == 403
    assert not VERBS[7].done(own)
    browser.cookies["csrftoken"] = "a" * 32
    assert browser.post(address, content_type="application/json", headers={"X-CSRFToken": "a" * 32}).status_code == 200
    assert VERBS[7].done(own)


def test_a_task_is_written_handed_on_and_taken(anna, own, team):
    made = anna.post("tasks/", {"account_id": own.account.pk, "title": "Count the heads", "due_on": LATER})
    assert made.status_code == 201
    row = Task.objects.get(pk=made.data["id"])
    assert made["Location"] == f"/api/v1/tasks/{row.pk}/"
    assert (row.title, row.owner.user, row.created_by) == ("Count the heads", anna.user, anna.user)
    pool = Owner.objects.of(team)
    handed = anna.patch(f"tasks/{row.pk}/", {"owner_id": pool.pk})
    assert (handed.data["owner_id"], handed.data["owner_name"]) == (pool.pk, "Ours")
    assert anna.post(f"tasks/{row.pk}/take/").data["owner_id"] == Owner.objects.of(anna.user).pk


def test_a_renewal_changes_hands_with_its_tasks(anna, own, team):
    ben = cast.person("ben", Role.CS_MANAGER, team)
    answer = anna.patch(f"renewals/{own.renewals.pk}/", {"owner_id": Owner.objects.of(ben).pk, "stage": "negotiating"})
    assert (answer.data["owner_name"], answer.data["stage"]) == ("ben", "negotiating")
    assert Task.objects.get(pk=own.tasks.pk).owner.user == ben


def test_work_is_handed_only_to_whom_a_page_offers(anna, own, theirs):
    outside = theirs.account.owner_id
    for kind in ("renewals", "tasks"):
        address = f"{kind}/{getattr(own, kind).pk}/"
        foreign = problem(anna.patch(address, {"owner_id": outside}), 400, "owner_id")
        assert foreign == problem(anna.patch(address, {"owner_id": 987654321}), 400, "owner_id")


def test_a_foreign_account_cannot_be_written_about(anna, theirs):
    for kind, said in (("tasks", {"title": "x", "due_on": LATER}), ("notes", {"text": "x"})):
        foreign = problem(anna.post(f"{kind}/", said | {"account_id": theirs.account.pk}), 400, "account_id")
        assert foreign == problem(anna.post(f"{kind}/", said | {"account_id": 987654321}), 400, "account_id")
    assert not Note.objects.exists()


def test_a_note_in_ones_own_journal_alone(anna, own, team):
    made = anna.post("notes/", {"account_id": own.account.pk, "text": "They like it"})
    assert (made.status_code, made.data["by_id"]) == (201, anna.user.pk)
    ben = writer(cast.person("ben", Role.SALES, team))
    said = problem(ben.post("notes/", {"account_id": own.account.pk, "text": "x"}), 403)
    assert said["detail"].startswith("account_id:")
    assert ben.ids("notes/") == [made.data["id"]]


def test_signals_are_accepted_together(anna, own, theirs):
    from tests.expansion.base import signal

    second = signal(cast.asset(own.account), on=own.signals.raised_on)
    address, said = f"signals/{own.signals.pk}/accept/", {"name": "Two heads", "kind": "upgrade"}
    problem(anna.post(address, said | {"together_with": [theirs.signals.pk]}), 400, "together_with")
    deal = anna.post(address, said | {"together_with": [second.pk]}).data["opportunity_id"]
    assert anna.get(f"signals/{second.pk}/").data["opportunity_id"] == deal
    assert anna.get(f"opportunities/{deal}/").data["value_reporting"] == "2000.00"


def test_preferences(anna):
    assert anna.get("preferences/").data == {"language": "", "theme": "system", "density": "comfortable"}
    assert anna.patch("preferences/", {"theme": "dark"}).data["theme"] == "dark"
    anna.user.refresh_from_db()
    assert anna.user.theme == "dark"
    problem(anna.patch("preferences/", {"theme": "pink"}), 400, "theme")
    problem(anna.send("PATCH", "preferences/", {"theme": "light"}), 428)
    problem(anna.patch("preferences/", {"theme": "light"}, if_match='"0"'), 412)
    problem(caller(anna.user).patch("preferences/", {"theme": "light"}), 403)


def test_leaving_a_team_takes_writing_away_at_once(anna, own, team):
    lea = writer(cast.person("lea", Role.TEAM_LEAD, team))
    assert lea.post(f"tasks/{own.tasks.pk}/done/").status_code == 200
    Membership.objects.filter(user=lea.user).delete()
    problem(lea.post(f"tasks/{own.tasks.pk}/reopen/"), 404)


def test_the_token_command_gives_what_was_asked_for(capsys):
    from django.core.management import call_command

    cast.person("erp")
    for flags in ([], ["--write"]):
        call_command("api_token", "erp", *flags)
    assert sorted(ApiToken.objects.values_list("scope", flat=True)) == ["read", "write"]


def test_ct20_a_pools_renewal_is_taken_once(anna, own, team):
    desk = cast.pool("Desk", team)
    Membership.objects.create(team=desk, user=anna.user)
    address = f"renewals/{own.renewals.pk}/"
    type(own.renewals).objects.filter(pk=own.renewals.pk).update(owner=Owner.objects.of(desk))
    assert anna.post(f"{address}take/").data["owner_name"] == "anna"
    assert "anna has taken it already" in problem(anna.post(f"{address}take/"), 409)["detail"]


def test_letting_go_asks_for_its_day_and_no_other_outcome_takes_it(anna, own):
    address, said = f"renewals/{own.renewals.pk}/decision/", {"reason": "discontinued", "note": "x"}
    problem(anna.post(address, said | {"outcome": "let_go"}), 400, "agreed_on")
    foreign = said | {"outcome": "lost", "agreed_on": "2026-01-01"}
    problem(anna.post(address, foreign), 400, "agreed_on")
    wrong = said | {"outcome": "let_go", "agreed_on": "2026-01-01", "reason": "price"}
    assert "Choose a reason from the list" in str(problem(anna.post(address, wrong), 409))
