"""One JSON object a line, with the id of the request behind it and nothing about a person but an id."""

import io
import json
import logging
import re

import pytest
import structlog
from django.db import IntegrityError

from bowtie import tracing
from core import logs
from core.middleware import RequestIdMiddleware, request_id
from core.models import User
from tests import cast

MARKER = "ZQX-Jansen"


@pytest.fixture
def lines():
    """What the process would write, parsed."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def test_a_line_of_any_library_has_our_fields(lines):
    logging.getLogger("some.library").warning("the %s broke", "pump")
    (line,) = lines()
    assert {name: line[name] for name in ("level", "logger", "message")} == {
        "level": "warning",
        "logger": "some.library",
        "message": "the pump broke",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["at"])


def test_our_own_line_has_the_same_fields_and_its_values(lines):
    structlog.get_logger("ours").info("day.done", examined=3)
    (line,) = lines()
    assert (line["logger"], line["level"], line["message"], line["examined"]) == ("ours", "info", "day.done", 3)


def test_an_error_is_one_line_without_the_values_of_the_row(lines):
    try:
        raise IntegrityError(f"duplicate key\nDETAIL:  Key (email)=({MARKER}) already exists.\n")
    except IntegrityError:
        logging.getLogger("x").exception("failed")
    (line,) = lines()
    assert "IntegrityError: duplicate key" in line["exception"]
    assert "test_logs.py" in line["exception"]
    assert MARKER not in json.dumps(line)


def test_a_statement_that_the_database_repeats_is_left_out():
    told = f"syntax error\nLINE 1: SELECT '{MARKER}'\n               ^\nmore"
    assert logs.without_values(told) == "syntax error\nmore"


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "with space here", "line\nbreak-here", '{"json": 1}'])
def test_an_id_that_is_none_is_replaced(given):
    assert re.fullmatch(r"[0-9a-f]{32}", request_id(given))


def test_a_well_formed_id_is_kept():
    assert request_id("edge-1.2_3abc") == "edge-1.2_3abc"


@pytest.mark.django_db
def test_the_line_of_a_request_knows_id_and_user_and_no_person(client, lines):
    user = cast.person(MARKER.lower())
    User.objects.filter(pk=user.pk).update(email=f"{MARKER}@example.com", first_name=MARKER)
    client.force_login(user)
    answer = client.get(f"/?q={MARKER}", headers={"X-Request-ID": "edge-0001", "User-Agent": MARKER})
    line = next(line for line in lines() if line["message"] == "request")
    assert answer.headers["X-Request-ID"] == "edge-0001"
    assert (line["request_id"], line["user_id"], line["path"]) == ("edge-0001", user.pk, "/")
    assert line["status"] == answer.status_code
    assert MARKER.lower() not in json.dumps(lines()).lower()


@pytest.mark.django_db
def test_two_requests_have_two_ids_and_leave_nothing_behind(client):
    first, second = (client.get("/login/").headers["X-Request-ID"] for _ in range(2))
    assert first != second
    assert structlog.contextvars.get_contextvars() == {}


def test_a_message_sent_within_a_request_carries_its_id(rf):
    headers: dict[str, object] = {}

    def send(_request):
        from django.http import HttpResponse

        tracing.give_along(headers=headers)
        return HttpResponse()

    RequestIdMiddleware(send)(rf.get("/", headers={"X-Request-ID": "edge-0002"}))
    assert headers == {"request_id": "edge-0002"}
