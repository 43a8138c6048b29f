"""The schema is valid, complete, and says what the answers look like."""

from datetime import date
from io import StringIO

import pytest
import yaml
from django.core.management import call_command
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # its types are a package of their own

from core.models import Role
from tests import cast
from tests.api.base import MODELS, VERBS, work_of
from tests.api.conftest import caller, writer
from tests.house.test_storeys import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema():
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return yaml.safe_load(out.getvalue())


def checked(schema, path, response, method="get"):
    """Validate an answer against what the schema says of its status and type."""
    kind = response["Content-Type"].split(";")[0]
    said = schema["paths"][path][method]["responses"][str(response.status_code)]["content"][kind]["schema"]
    Draft202012Validator({**said, "components": schema["components"]}).validate(response.data)


FACTS = ("tickets", "visits", "readings", "moments", "answers", "alerts", "account-events")
STARTS = ("promises", "trainings", "results", "onboardings")
WORK = (
    "renewals",
    "renewal-quotes",
    "tasks",
    "notes",
    "signals",
    "opportunities",
    "handoffs",
    "leads",
    "touches",
    "spend",
    "deliveries",
    "qbrs",
    "qbr-actions",
    "tips",
)
PLANS = ("account-plans", "plan-actions", "referrals")
REVIEWS = ("reviews", "agreed-steps", "plan-reviews", "plan-review-accounts", "page-subscriptions")
LISTS = (
    "lead-sources",
    "parts-statements",
    "whitespace",
    "cell-answers",
    "upgrade-options",
    "survey-invitations",
    "judgements",
    "rescues",
    "score-drafts",
    "segments",
    "business-cases",
    "targets",
    "figure-targets",
    "accounts",
    "assets",
    "contracts",
    *PLANS,
    *REVIEWS,
    *WORK,
    *FACTS,
    *STARTS,
)
MADE = (
    "opportunities",
    "leads",
    "touches",
    "lead-sources",
    "parts-statements",
    "tasks",
    "notes",
    "moments",
    "renewal-quotes",
    "qbrs",
    "promises",
    "trainings",
    "results",
    "account-events",
    "survey-invitations",
    "tips",
    "judgements",
    "rescues",
    "score-drafts",
    "cell-answers",
    "upgrade-options",
    "handoffs",
    "spend",
    "account-plans",
    "referrals",
    "reviews",
    "agreed-steps",
    "plan-reviews",
    "page-subscriptions",
    "targets",
    "figure-targets",
)
CHANGED = (
    "leads",
    "lead-sources",
    "spend",
    "targets",
    "upgrade-options",
    "renewals",
    "tasks",
    "opportunities",
    "qbrs",
    "score-drafts",
    *PLANS,
    *(r for r in REVIEWS if r != "plan-reviews"),
)
WRITES = {
    "renewals": (
        *("take", "snooze", "wake", "notes", "decision", "reopen"),
        *("move-end", "end-early", "reinstate", "replace"),
    ),
    "renewal-quotes": ("revise", "send", "discuss", "accept"),
    "tasks": ("done", "reopen", "snooze", "wake", "take"),
    "signals": ("accept", "dismiss", "snooze"),
    "opportunities": (
        "decision",
        "reopen",
        "lines",
        "credit",
        "stakeholders",
        "win",
        "installed",
        "business-case",
        "report",
    ),
    "reviews": ("close",),
    "agreed-steps": ("done", "reopen"),
    "plan-reviews": ("people", "close"),
    "plan-review-accounts": ("close", "reopen"),
    "page-subscriptions": ("pause", "resume"),
    "handoffs": ("accept", "give-back", "recall"),
    "leads": (
        *("start", "drop", "reopen", "convert"),
        *("hand-to-dealer", "take-back", "report", "undo-conversion"),
    ),
    "deliveries": ("done", "replan", "skip", "take-back", "describe", "match"),
    "alerts": ("snooze", "close", "task"),
    "qbrs": ("held", "cancel", "next", "summary", "actions"),
    "judgements": ("withdraw",),
    "rescues": ("actions", "cause", "conclude", "sponsor", "take-back"),
    "score-drafts": ("discard", "publish"),
    "segments": ("choose", "follow-rule", "not-strategic", "strategic"),
    "tips": ("answer",),
    "cell-answers": ("take-back",),
    "account-plans": ("actions", "points", "end-point"),
    "plan-actions": ("done", "reopen"),
    "referrals": ("approve", "decline", "give", "pursue", "thank", "tell", "recognise"),
    "qbr-actions": ("done", "reopen"),
    "promises": ("measure", "keep", "let-go", "reopen"),
    "trainings": ("trained", "undo"),
    "results": ("realise", "reopen"),
    "onboardings": ("go-live", "on-specification", "check-in"),
    "account-events": ("take-back",),
}


def operations(schema):
    """(path, method, operation) of everything that the schema describes."""
    for path, found in schema["paths"].items():
        yield from ((path, method, said) for method, said in found.items())


def test_every_operation_tells_its_problems(schema):
    told = {path: set(said["responses"]) for path, method, said in operations(schema) if method == "get"}
    assert schema["openapi"].startswith("3.1")
    assert set(told) == {
        *(f"/api/v1/{kind}/{end}" for kind in LISTS for end in ("", "{id}/")),
        *(f"/api/v1/metrics/{end}" for end in ("", "{key}/", "{key}/history/", "{key}/rows/")),
        "/api/v1/accounts/{id}/health/",
        "/api/v1/renewals/{id}/value/",
        "/api/v1/renewal-horizon/",
        "/api/v1/replacement-wave/",
        "/api/v1/result-calculator/",
        "/api/v1/signal-kinds/",
        "/api/v1/score-drafts/{id}/preview/",
        "/api/v1/preferences/",
    }
    assert all({"200", "400", "401"} <= codes for codes in told.values())
    assert all("404" in codes for path, codes in told.items() if "{" in path)


def test_every_write_is_described(schema):
    told = {(method, path) for path, method, _said in operations(schema) if method != "get"}
    assert told == {
        *(("post", f"/api/v1/{kind}/{{id}}/{verb}/") for kind, verbs in WRITES.items() for verb in verbs),
        *(("patch", f"/api/v1/{kind}/{{id}}/") for kind in CHANGED),
        *(("post", f"/api/v1/{kind}/") for kind in MADE),
        ("patch", "/api/v1/preferences/"),
    }


def test_every_write_tells_its_problems(schema):
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, method, said in operations(schema):
        codes = {code for code in said["responses"] if code >= "400"}
        assert all(said["responses"][code]["content"] == problem for code in codes), path
        if method == "get":
            continue
        assert {"400", "401", "403", "415", "429"} <= codes, path
        assert codes >= ({"412", "428"} if method == "patch" else {"409", "422"}), path
        assert codes >= ({"404", "412"} if "{id}" in path else set()), path
        assert (
            "ETag" in next(said["responses"][code] for code in ("201", "200") if code in said["responses"])["headers"]
        )


def test_every_write_names_its_headers(schema):
    for path, method, said in operations(schema):
        headers = {p["name"]: p.get("required", False) for p in said.get("parameters", ()) if p["in"] == "header"}
        if method == "get":
            assert headers == {}
        elif method == "patch":
            assert headers == {"If-Match": True}
        else:
            assert headers == {"Idempotency-Key": False} | ({"If-Match": False} if "{id}" in path else {})


def test_the_description_in_the_docs_is_this_one(schema):
    """`make schema` writes it."""
    assert yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text()) == schema


def test_every_answer_to_a_write_is_as_the_schema_says(schema):
    anna = writer(cast.person("anna", Role.CS_MANAGER, cast.pool("Ours")))
    for verb in VERBS:
        work = work_of(anna.user)
        verb.prepare(work)
        path, method = f"/api/v1/{verb.kind}/{{id}}/{verb.path}", verb.method.lower()
        for headers in ({"if_match": '"0"'}, {"if_match": "*"}, {"if_match": "*"}):
            checked(schema, path, anna.send(verb.method, verb.address(work), verb.body, **headers), method)
        checked(schema, path, anna.send(verb.method, verb.address(work), {"id": 1}, if_match="*"), method)
        checked(schema, path, anna.send(verb.method, f"{verb.kind}/999999/{verb.path}", verb.body), method)
        if method == "patch":
            checked(schema, path, anna.send(verb.method, verb.address(work), verb.body), method)
    for kind in MODELS.keys() | {"notes"}:
        checked(schema, f"/api/v1/{kind}/", anna.get(f"{kind}/", page_size=3))
        checked(schema, f"/api/v1/{kind}/{{id}}/", anna.get(f"{kind}/{anna.ids(f'{kind}/')[0]}/"))
    checked(schema, "/api/v1/preferences/", anna.get("preferences/"))
    checked(schema, "/api/v1/preferences/", anna.patch("preferences/", {"theme": "dark"}), "patch")


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.OPERATIONS])
def test_every_answer_is_as_the_schema_says(schema, role):
    from tests.api.test_scope import base

    _team, ours, _theirs = base.__wrapped__() if hasattr(base, "__wrapped__") else base.__pytest_wrapped__.obj()
    who = caller(cast.person("reader", role))
    for kind, pk in ours.items():
        checked(schema, f"/api/v1/{kind}/", who.get(f"{kind}/", page_size=1))
        checked(schema, f"/api/v1/{kind}/", who.get(f"{kind}/", wrong=1))
        checked(schema, f"/api/v1/{kind}/{{id}}/", who.get(f"{kind}/{pk}/"))
        checked(schema, f"/api/v1/{kind}/{{id}}/", who.get(f"{kind}/999999/"))
    checked(schema, "/api/v1/metrics/", who.get("metrics/", as_of="2026-11-21"))
    for key in ("attach_rate", "contracted_value", "net_revenue_retention"):
        checked(schema, "/api/v1/metrics/{key}/", who.get(f"metrics/{key}/"))
        checked(schema, "/api/v1/metrics/{key}/rows/", who.get(f"metrics/{key}/rows/", page_size=1))
    checked(schema, "/api/v1/metrics/{key}/", who.get("metrics/nothing/"))


def test_every_field_of_the_schema_is_in_the_answers(schema):
    """A field that is promised to those who see all is there."""
    who = caller(cast.person("reader", Role.EXECUTIVE))
    cast.cover(cast.term(at := cast.account(), date(2026, 1, 1), None), cast.asset(at))
    for kind, name in (("accounts", "AccountRow"), ("assets", "AssetRow"), ("contracts", "ContractRow")):
        promised = set(schema["components"]["schemas"][name]["properties"])
        assert set(who.rows(f"{kind}/")[0]) == promised


def test_the_reference_breaks_no_policy_but_for_styles(client):
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert b"swagger-ui" in page.content and b"<script>" not in page.content
    policy = page["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self'" in policy and "unsafe-eval" not in policy
    assert "unsafe-inline" not in client.get("/api/v1/schema/")["Content-Security-Policy"]


def test_the_schema_is_served(client):
    answer = client.get("/api/v1/schema/")
    assert yaml.safe_load(answer.content)["info"]["title"] == "Bowtie API"
