"""The schema is valid, complete, and says what the answers look like."""

from datetime import date
from io import StringIO

import pytest
import yaml
from django.core.management import call_command
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # its types are a package of their own

from core.models import Role
from tests import cast
from tests.api.conftest import caller

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema():
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return yaml.safe_load(out.getvalue())


def checked(schema, path, response):
    """Validate an answer against what the schema says of its status and type."""
    kind = response["Content-Type"].split(";")[0]
    said = schema["paths"][path]["get"]["responses"][str(response.status_code)]["content"][kind]["schema"]
    Draft202012Validator({**said, "components": schema["components"]}).validate(response.data)


def test_every_operation_tells_its_problems(schema):
    told = {path: set(found["get"]["responses"]) for path, found in schema["paths"].items()}
    assert schema["openapi"].startswith("3.1")
    assert set(told) == {
        *(f"/api/v1/{kind}/{end}" for kind in ("accounts", "assets", "contracts", "renewals") for end in ("", "{id}/")),
        *("/api/v1/metrics/", "/api/v1/metrics/{key}/", "/api/v1/metrics/{key}/rows/"),
    }
    assert all({"200", "400", "401"} <= codes for codes in told.values())
    assert all("404" in codes for path, codes in told.items() if "{" in path)


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
