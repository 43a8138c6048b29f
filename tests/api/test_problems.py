"""Whatever is sent, the answer is a page or a problem: never an error of ours."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from core.models import ApiToken
from tests import cast
from tests.api.conftest import Caller, caller

pytestmark = pytest.mark.django_db

LISTS = ("accounts/", "assets/", "contracts/", "renewals/")


def problem(response, status, *names):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response.data["status"] == status
    assert set(response.data.get("errors", ())) == set(names)
    return response.data


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize(
    "name, value",
    [
        ("cursor", "nonsense"),
        ("cursor", "é"),
        ("cursor", "WzEsMiwzXQ"),
        ("cursor", "WyJpZCIsbnVsbCwtMV0"),
        ("page_size", "0"),
        ("page_size", "201"),
        ("page_size", "1000000000000000000000"),
        ("page_size", "-1"),
        ("page_size", "٥"),
        ("ordering", "secret"),
        ("ordering", "--id"),
        ("as_of", "2026-02-30"),
        ("as_of", "21-11-2026"),
        ("as_of", "0001-01-01"),
        ("as_of", "9999-12-31"),
        ("as_of", "2026-11-21\x00"),
        ("owner__password__startswith", "a"),
        ("password", "x"),
        ("cursor", "a\x00"),
    ],
)
def test_a_wrong_parameter_is_named(executive, address, name, value):
    problem(executive.get(address, **{name: value}), 400, name)


@pytest.mark.parametrize(
    "address, name, value",
    [
        ("accounts/", "owner", "abc"),
        ("accounts/", "owner", "0"),
        ("accounts/", "owner", "99999999999999999999999"),
        ("accounts/", "name", "x" * 201),
        ("accounts/", "external_id", "a\x00b"),
        ("assets/", "covered", "yes"),
        ("assets/", "installed_after", "soon"),
        ("assets/", "standing", "mine"),
        ("contracts/", "ends_before", "2026-13-01"),
        ("renewals/", "bucket", "t15"),
        ("renewals/", "open", "1"),
    ],
)
def test_a_wrong_filter_is_named(executive, address, name, value):
    problem(executive.get(address, **{name: value}), 400, name)


def test_a_cursor_belongs_to_its_order(executive):
    for _ in range(3):
        cast.account()
    cursor = executive.get("accounts/", page_size=1, ordering="name").data["next"].split("cursor=")[1].split("&")[0]
    problem(executive.get("accounts/", cursor=cursor), 400, "cursor")
    problem(executive.get("accounts/", cursor=cursor, ordering="-name"), 400, "cursor")


def test_a_parameter_given_twice(executive):
    problem(executive.get("accounts/?country=NL&country=DE"), 400, "country")


@given(name=st.text(max_size=12), value=st.text(max_size=30))
def test_no_parameter_breaks_a_list(name, value):
    assert _someone().get("assets/", **{name: value, "x": ""}).status_code == 400


@given(
    st.sampled_from(("cursor", "as_of", "page_size", "ordering", "account", "serial", "covered")), st.text(max_size=40)
)
def test_no_value_breaks_a_list(name, value):
    assert _someone().get("assets/", **{name: value}).status_code in (200, 400)


def _someone() -> Caller:
    from core.models import User

    return caller(User.objects.filter(username="someone").first() or cast.person("someone"))


@pytest.mark.parametrize("pk", ["0", "9223372036854775808", "1" * 60, "-1", "abc", "1.5"])
def test_an_id_that_cannot_be(executive, pk):
    problem(executive.get(f"accounts/{pk}/"), 404)


def test_an_address_that_is_not_there(executive):
    problem(executive.get("nowhere/"), 404)


def test_only_reading(executive):
    from django.test import Client

    headers = {"Authorization": f"Token {executive.token}"}
    for verb in ("post", "put", "patch", "delete", "options"):
        answer = getattr(Client(headers=headers), verb)("/api/v1/accounts/")
        assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")


@pytest.mark.parametrize("token", ["", "wrong", "bt_" + "0" * 64, "x" * 5000, "a b", "ü", "\x00"])
def test_without_a_good_token(db, token):
    from django.test import Client

    answer = Client(headers={"Authorization": f"Token {token}"}).get("/api/v1/accounts/")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"] == "Token"


def test_a_disabled_user_is_out_at_once(executive):
    assert executive.get("accounts/").status_code == 200
    executive.user.is_active = False
    executive.user.save()
    disabled = problem(executive.get("accounts/"), 401)
    unknown = problem(Caller(executive.user, "bt_" + "0" * 64).get("accounts/"), 401)
    assert disabled == unknown


def test_a_token_expires(executive):
    ApiToken.objects.update(expiry=ApiToken.objects.get().created - timedelta(days=1))
    problem(executive.get("accounts/"), 401)


def test_the_token_command_prints_a_token_that_works(capsys):
    user = cast.person("erp")
    call_command("api_token", "erp", days=30, name="ERP export")
    token = capsys.readouterr().out.strip()
    row = ApiToken.objects.get(user=user)
    assert (row.name, round((row.expiry - row.created) / timedelta(days=1))) == ("ERP export", 30)
    assert token not in row.digest
    assert Caller(user, token).get("accounts/").status_code == 200


@pytest.mark.parametrize("username, days", [("nobody", 30), ("erp", 0), ("erp", 10**9)])
def test_the_token_command_refuses(db, username, days):
    cast.person("erp")
    with pytest.raises(CommandError):
        call_command("api_token", username, days=days)


def test_answers_are_kept_by_no_cache(executive):
    answer = executive.get("accounts/")
    assert answer["Cache-Control"] == "no-store"
    assert "Authorization" in answer["Vary"]
