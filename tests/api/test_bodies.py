"""Whatever is sent, a problem names the field and says what to do; nothing of it is written."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import Role, User
from expansion.models import Signal
from health.models import Alert
from installed_base.models import Level, MachineOrder
from playbooks.models import Qbr, Task
from renewals.models import Renewal
from sales.models import Handoff, Lead, Opportunity
from tests import cast
from tests.api.base import LATER, MODELS, VERBS, work_of
from tests.api.conftest import writer
from tests.api.test_problems import problem

pytestmark = pytest.mark.django_db
EARLIER = "2020-01-01"


@pytest.fixture
def anna(db):
    return writer(cast.person("anna", Role.CS_MANAGER, cast.pool("Ours")))


@pytest.fixture
def own(anna):
    return work_of(anna.user)


WRONG = [
    ("PATCH", "renewals", "", {}, "body"),
    ("PATCH", "renewals", "", {"stage": "won"}, "stage"),
    ("PATCH", "renewals", "", {"next_step_on": LATER}, "next_step"),
    ("PATCH", "renewals", "", {"next_step": "x" * 241}, "next_step"),
    ("PATCH", "renewals", "", {"next_step": "a\x00b"}, "next_step"),
    ("PATCH", "renewals", "", {"next_step": "x", "next_step_on": "31-12-2026"}, "next_step_on"),
    ("PATCH", "renewals", "", {"owner_id": None}, "owner_id"),
    ("PATCH", "renewals", "", {"owner_id": 2**63}, "owner_id"),
    ("PATCH", "renewals", "", {"owner_id": True}, "owner_id"),
    ("PATCH", "renewals", "", {"decided_on": LATER}, "decided_on"),
    ("PATCH", "renewals", "", {"account_id": 1}, "account_id"),
    ("PATCH", "renewals", "", {"version": 9, "stage": "to_start"}, "version"),
    ("POST", "renewals", "snooze/", {"reason": "x"}, "until"),
    ("POST", "renewals", "snooze/", {"until": EARLIER, "reason": "x"}, "until"),
    ("POST", "renewals", "snooze/", {"until": LATER, "reason": "  "}, "reason"),
    ("POST", "renewals", "wake/", {"now": True}, "now"),
    ("POST", "renewals", "notes/", {"text": ""}, "text"),
    ("POST", "renewals", "decision/", {"outcome": "closed"}, "outcome"),
    ("POST", "renewals", "decision/", {"outcome": "renewed"}, "months"),
    ("POST", "renewals", "decision/", {"outcome": "renewed", "months": 0}, "months"),
    ("POST", "renewals", "decision/", {"outcome": "renewed", "months": 12, "reason": "price"}, "reason"),
    ("POST", "renewals", "decision/", {"outcome": "renewed", "months": 12, "annual_value": "NaN"}, "annual_value"),
    ("POST", "renewals", "decision/", {"outcome": "renewed", "months": 12, "annual_value": -1}, "annual_value"),
    ("POST", "renewals", "decision/", {"outcome": "renewed", "months": 12, "signed_on": LATER}, "signed_on"),
    ("POST", "renewals", "decision/", {"outcome": "renewed", "months": 12, "level_id": 987654}, "level_id"),
    ("POST", "renewals", "decision/", {"outcome": "lost", "note": "x"}, "reason"),
    ("POST", "renewals", "decision/", {"outcome": "lost", "reason": "price", "note": " "}, "note"),
    ("POST", "renewals", "move-end/", {"ends_on": "31-12-2026"}, "ends_on"),
    ("POST", "renewals", "move-end/", {"ends_on": LATER, "together_with": [987654]}, "together_with"),
    ("POST", "renewals", "end-early/", {"terminated_on": EARLIER, "reason": "because", "note": "x"}, "reason"),
    ("POST", "renewals", "end-early/", {"terminated_on": EARLIER, "reason": "price", "note": " "}, "note"),
    ("POST", "renewals", "replace/", {"term_id": 987654, "note": "x"}, "term_id"),
    ("PATCH", "tasks", "", {"title": "x"}, "title"),
    ("PATCH", "tasks", "", {"done_on": LATER}, "done_on"),
    ("POST", "signals", "accept/", {"name": "x", "kind": "new_logo"}, "kind"),
    ("POST", "signals", "accept/", {"name": "x", "kind": "upgrade", "expected_close_on": EARLIER}, "expected_close_on"),
    ("POST", "signals", "accept/", {"name": "x", "kind": "upgrade", "together_with": ["y"]}, "together_with"),
    ("POST", "signals", "dismiss/", {"reason": "other"}, "note"),
    ("POST", "signals", "dismiss/", {"reason": "because"}, "reason"),
    ("PATCH", "opportunities", "", {"stage": "won"}, "stage"),
    ("PATCH", "opportunities", "", {"value": "1e30"}, "value"),
    ("PATCH", "opportunities", "", {"name": None}, "name"),
    ("PATCH", "opportunities", "", {"stage_reason": "x"}, "stage"),
    ("POST", "opportunities", "decision/", {"outcome": "lost"}, "reason"),
    ("POST", "opportunities", "decision/", {"outcome": "lost", "because": "weather"}, "because"),
    ("POST", "opportunities", "decision/", {"outcome": "won", "because": "price"}, "because"),
    ("POST", "opportunities", "decision/", {"outcome": "won", "closed_on": LATER}, "closed_on"),
    ("POST", "opportunities", "lines/", {"lines": [{"value": "5"}]}, "lines"),
    ("POST", "opportunities", "credit/", {"shares": [{"role": "sales", "share": "1"}]}, "shares"),
]


@pytest.mark.parametrize("method, kind, path, body, name", WRONG)
def test_a_wrong_field_is_named(anna, own, method, kind, path, body, name):
    pk, before = getattr(own, kind).pk, MODELS[kind].objects.values().get(pk=getattr(own, kind).pk)
    write = anna.patch if method == "PATCH" else anna.post
    said = problem(write(f"{kind}/{pk}/{path}", body), 400, name)
    assert said["detail"].startswith(f"{name}: ") and len(said["detail"]) > len(name) + 10
    assert MODELS[kind].objects.values().get(pk=pk) == before


@pytest.mark.parametrize("text", ["{", "[1", "NaN", '{"reason": "\\ud800"}', "[" * 100_000, "\x00", '{"a": 1}{"b": 2}'])
def test_what_is_no_json(anna, own, text):
    said = problem(anna.post(f"signals/{own.signals.pk}/dismiss/", text), 400)
    assert said["detail"].startswith("The body is no JSON")


@pytest.mark.parametrize("body", [[], ["x"], 5, "text", True])
def test_json_that_is_no_object(anna, own, body):
    problem(anna.post(f"signals/{own.signals.pk}/dismiss/", orjson.dumps(body).decode()), 400, "body")


def test_a_body_that_is_too_long(anna, own):
    said = problem(anna.post(f"renewals/{own.renewals.pk}/notes/", {"text": "x" * 1_000_001}), 400)
    assert "megabyte" in said["detail"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_body_of_another_kind(anna, own, kind):
    from django.test import Client

    client = Client(headers={"Authorization": f"Token {anna.token}"})
    address = f"/api/v1/signals/{own.signals.pk}/dismiss/"
    answer = client.generic("POST", address, '{"reason": "no_budget"}', content_type=kind)
    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")
    assert Signal.objects.get(pk=own.signals.pk).decision == ""


@given(
    verb=st.sampled_from(VERBS),
    body=st.dictionaries(
        st.one_of(st.text(max_size=8), st.sampled_from(("owner_id", "until", "reason", "stage", "value", "months"))),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers(-(2**63), 2**63)
            | st.floats(allow_nan=False)
            | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
            max_leaves=3,
        ),
        max_size=3,
    ),
)
def test_no_body_breaks_a_write(verb, body):
    who = User.objects.filter(username="fuzz").first()
    anna = writer(who or cast.person("fuzz"))
    renewal = Renewal.objects.filter(owner__user=anna.user).first()
    work = work_of(anna.user) if renewal is None else _known(renewal)
    answer = anna.send(verb.method, verb.address(work), orjson.dumps(body).decode(), if_match="*")
    assert answer.status_code in (200, 201, 400, 409), answer.content
    assert answer.status_code < 300 or answer["Content-Type"] == "application/problem+json"


def _known(renewal):
    from tests.api.base import Work

    at = {"account": renewal.account}
    signal, deal = Signal.objects.filter(**at).first(), Opportunity.objects.filter(**at).first()
    task, told = Task.objects.filter(**at).first(), Alert.objects.filter(**at).first()
    qbr = Qbr.objects.filter(**at).first()
    action = qbr.actions.first()
    quote, given = renewal.quotes.first(), Handoff.objects.get(opportunity=deal)
    came = Lead.objects.get(company=f"New to us {renewal.account.pk}")
    touched, order = came.touches.get(), MachineOrder.objects.get(asset__account=renewal.account)
    return Work(
        renewal.account,
        signal.asset,
        renewal,
        task,
        signal,
        deal,
        told,
        quote,
        qbr,
        action,
        given,
        came,
        touched,
        order,
    )


def test_what_its_state_forbids_says_why(anna, own):
    renewal, task, signal, deal = (getattr(own, kind).pk for kind in ("renewals", "tasks", "signals", "opportunities"))
    lost = {"outcome": "lost", "reason": "price", "note": "Too dear"}
    assert anna.post(f"renewals/{renewal}/decision/", lost).status_code == 200
    problem(anna.post(f"renewals/{renewal}/decision/", lost), 409)
    said = problem(anna.patch(f"renewals/{renewal}/", {"stage": "to_start"}), 409)
    assert said["detail"] == "This renewal is decided."
    said = problem(anna.post(f"tasks/{task}/snooze/", {"until": LATER, "reason": "x"}), 409)
    assert said["detail"] == "This task fell away by itself: Lost."
    anna.post(f"signals/{signal}/dismiss/", {"reason": "no_budget"})
    for path, body in (("accept/", {"name": "x", "kind": "upgrade"}), ("snooze/", {"until": LATER, "reason": "x"})):
        problem(anna.post(f"signals/{signal}/{path}", body), 409)
    anna.post(f"opportunities/{deal}/decision/", {"outcome": "won"})
    problem(anna.post(f"opportunities/{deal}/decision/", {"outcome": "won"}), 409)
    problem(anna.patch(f"opportunities/{deal}/", {"name": "x"}), 409)


def test_a_decision_keeps_what_is_not_said(anna, own):
    """Price and level of the next term are those of the old one; null for the level says none."""
    level = Level.objects.create(key="premium", name="Premium", rung=2)
    term = own.renewals.term
    type(term).objects.filter(pk=term.pk).update(level=level)
    anna.post(f"renewals/{own.renewals.pk}/decision/", {"outcome": "renewed", "months": 24})
    signed = term.successions.get().successor
    assert (signed.level, signed.annual_value, signed.total_value) == (level, 12000, 24000)
    other = work_of(anna.user)
    type(term).objects.filter(pk=other.renewals.term_id).update(level=level)
    anna.post(f"renewals/{other.renewals.pk}/decision/", {"outcome": "renewed", "months": 12, "level_id": None})
    assert other.renewals.term.successions.get().successor.level is None


def test_half_a_change_is_no_change(anna, own):
    """A stage that fails takes the name with it."""
    Opportunity.objects.filter(pk=own.opportunities.pk).update(stage="won")
    problem(anna.patch(f"opportunities/{own.opportunities.pk}/", {"name": "x", "stage": "proposal"}), 409)
    assert Opportunity.objects.get(pk=own.opportunities.pk).name == "A deal"


def test_the_trail_names_who_wrote_through_the_api(anna, own):
    anna.post(f"tasks/{own.tasks.pk}/done/")
    event = own.tasks.audit_events.order_by("-pgh_id").first()
    said = event.pgh_context.metadata
    assert (said["user"], said["why"]) == (anna.user.pk, "playbooks.complete_task")
