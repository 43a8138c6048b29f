"""The demo, started for real: it serves, it ends, nothing is left."""

import json
import os
import re
import signal
import socket
import urllib.request

import pytest

from bowtie.embedded.database import tables_wanted
from tests.embedded.conftest import eventually, free_port, processes_of

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")


def serve(process) -> str:
    """Read until the demo says where it is."""
    said = ""
    for line in process.stdout:
        said += line
        if found := ADDRESS.search(line):
            return found[0]
    pytest.fail(f"the demo did not come up:\n{said}\n{process.stderr.read()}")


def names(place) -> str:
    return " ".join(processes_of(place))


@pytest.fixture
def template() -> str:
    """The address of a migrated database on the servers of the tests: a demo there skips the slow part."""
    return os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + os.environ["BOWTIE_TEST_TEMPLATE"]


def test_serves_ends_and_serves_again(embedded, place):
    demo = embedded("demo")
    address = serve(demo)
    with urllib.request.urlopen(address + "readyz") as answer:
        assert json.load(answer)["checks"] == {"database": "ok", "broker": "ok", "migrations": "ok"}
    assert eventually(lambda: "celery" in names(place))
    demo.send_signal(signal.SIGINT)
    assert demo.wait(60) == 0
    assert processes_of(place) == []
    again = embedded("demo")
    serve(again)
    again.send_signal(signal.SIGTERM)
    assert again.wait(60) == 0
    assert processes_of(place) == []


def test_kill_9_of_the_supervisor_leaves_nothing(embedded, place, template):
    demo = embedded("demo", DATABASE_URL=template)
    serve(demo)
    assert "valkey" in names(place)
    assert "postgres -D" not in names(place)
    demo.kill()
    assert eventually(lambda: processes_of(place) == [], 20)


def test_a_second_demo_on_the_same_data_is_refused(embedded, place, template):
    demo = embedded("demo", DATABASE_URL=template)
    serve(demo)
    second = embedded("demo", PORT=str(free_port()), DATABASE_URL=template)
    _, err = second.communicate(timeout=30)
    assert second.returncode == 1
    assert err.startswith("Another demo already runs on ")
    demo.send_signal(signal.SIGTERM)
    assert demo.wait(60) == 0


def test_a_taken_port_is_told_before_anything_starts(embedded, place):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = embedded("demo", PORT=str(port))
        _, err = process.communicate(timeout=30)
    told = f"Port {port} cannot be used (Address already in use). Choose another: PORT={port + 1} make demo\n"
    assert (process.returncode, err) == (1, told)
    assert not (place.var / "pg").exists()


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_wrong_usage(embedded, port):
    process = embedded("demo", PORT=port)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (2, f"PORT={port} is not a port number (1 to 65535).\n")


def test_another_database_is_never_emptied(embedded):
    process = embedded("demo", "--reset", DATABASE_URL="postgres://somebody@db/crm")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "empties only its own database" in err


def test_the_fingerprint_of_the_tables_is_stable():
    assert tables_wanted() == tables_wanted()
