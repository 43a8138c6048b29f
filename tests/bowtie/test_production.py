"""What production refuses to start with, each provoked once, and what it serves when it starts."""

import ast
import http.client
import secrets
import time

import psycopg2
import pytest
from django.db import connection
from django.test import override_settings

from bowtie.alive import trouble
from bowtie.checks import ordinary_role as check_role
from bowtie.safety import Chosen, refusals
from tests.bowtie import processes
from tests.embedded.conftest import eventually, free_port

SAFE = Chosen(
    secret_key=secrets.token_urlsafe(48),
    default_key="default",
    debug=False,
    hosts=["bowtie.example"],
    sandbox=False,
    mails_to="django.core.mail.backends.smtp.EmailBackend",
)


def test_safe_settings_are_not_refused():
    assert refusals(SAFE) == []


UNSAFE = {
    "default": ({"SECRET_KEY": "not-a-secret-for-demo-and-tests-only"}, "SECRET_KEY is the public default"),
    "short": ({"SECRET_KEY": "k3y" * 16}, "SECRET_KEY can be guessed"),
    "monotonous": ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY can be guessed"),
    "debug": ({"DEBUG": "1"}, "DEBUG is on"),
    "sandbox": ({"BOWTIE_SANDBOX": "1"}, "BOWTIE_SANDBOX is on"),
    "any host": ({"ALLOWED_HOSTS": "bowtie.example,*"}, "ALLOWED_HOSTS contains *"),
    "no host": ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is empty"),
    "mails into the log": ({"EMAIL_URL": "consolemail://"}, "EMAIL_URL is not set"),
}


@pytest.mark.parametrize(("settings", "sentence"), UNSAFE.values(), ids=UNSAFE)
def test_production_refuses(settings, sentence):
    told = processes.run("manage.py", "check", env=processes.production(**settings))
    assert told.returncode == 1
    first, second, *others = told.stderr.splitlines()
    assert (first, others) == ("Bowtie does not start:", [])
    assert second.startswith(f"- {sentence}")


def test_without_production_the_default_key_is_enough():
    told = processes.run("manage.py", "check", env=processes.environment(DJANGO_SETTINGS_MODULE="bowtie.settings"))
    assert (told.returncode, told.stderr) == (0, "")


def test_django_finds_nothing_to_warn_of():
    env = processes.production(BOWTIE_TRUST_PROXY="1")
    told = processes.run("manage.py", "check", "--deploy", "--fail-level", "WARNING", "--tag", "security", env=env)
    assert told.returncode == 0, told.stderr


@pytest.mark.django_db
def test_a_superuser_is_refused_and_an_ordinary_role_is_not(settings):
    settings.PRODUCTION = True
    (error,) = check_role(databases=["default"])
    assert "is a superuser" in error.msg
    settings.PRODUCTION = False
    assert check_role(databases=["default"]) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "words",
    [
        ["-m", "gunicorn", "-c", "python:bowtie.gunicorn", "bowtie.wsgi"],
        ["-m", "celery", "-A", "bowtie", "worker", "-P", "solo"],
        ["manage.py", "migrate", "--plan"],
    ],
    ids=["web", "worker", "migrate"],
)
def test_nothing_starts_as_a_superuser(words, tmp_path):
    bound = f"127.0.0.1:{free_port()}"
    env = processes.production(DATABASE_URL=processes.address(), BOWTIE_BIND=bound, STATIC_ROOT=str(tmp_path))
    told = processes.run(*words, env=env)
    assert told.returncode == 1
    assert "is a superuser or passes row security" in told.stderr


@pytest.fixture(scope="module")
def collected(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("static")
    env = processes.environment(STATIC_ROOT=str(folder), DJANGO_SETTINGS_MODULE="bowtie.settings")
    assert processes.run("manage.py", "collectstatic", "--noinput", env=env).returncode == 0
    return str(folder)


@pytest.fixture
def web(transactional_db, collected, tmp_path):
    """The web as in production: settings, server, role of the database."""
    port = free_port()
    with processes.ordinary_role() as (role, password):
        env = processes.production(
            DATABASE_URL=processes.address(role, password),
            STATIC_ROOT=collected,
            BOWTIE_BIND=f"127.0.0.1:{port}",
            BOWTIE_WEB_WORKERS="1",
            BOWTIE_TRUST_PROXY="1",
        )
        words = ["gunicorn", "-c", "python:bowtie.gunicorn", "bowtie.wsgi"]
        with processes.program(*words, env=env, log=tmp_path / "web.log") as started:
            started.port = port
            assert eventually(lambda: ask(port, "/readyz")[0] == 200, 60), started.log.read_text()
            yield started


def ask(port: int, path: str, **headers: str) -> tuple[int, dict[str, list[str]]]:
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        asking.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = asking.getresponse()
        answer.read()
    except OSError:
        return 0, {}
    finally:
        asking.close()
    told: dict[str, list[str]] = {}
    for name, value in answer.getheaders():
        told.setdefault(name, []).append(value)
    return answer.status, told


OVER_TLS = {"Host": "bowtie.example", "X_Forwarded_Proto": "https"}


def test_the_web_of_production(web, monkeypatch):
    status, told = ask(web.port, "/login/", **OVER_TLS, X_Request_ID="edge-0003")
    assert (status, told["X-Request-ID"]) == (200, ["edge-0003"])
    assert told["Strict-Transport-Security"] == ["max-age=31536000; includeSubDomains"]
    (cookie,) = (c for c in told["Set-Cookie"] if c.startswith("__Host-csrftoken="))
    assert {"Secure", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert ask(web.port, "/login/", Host="bowtie.example")[0] == 301
    assert ask(web.port, "/login/", Host="evil.example", X_Forwarded_Proto="https")[0] == 400
    line = next(line for line in web.lines() if line.get("request_id") == "edge-0003")
    assert (line["message"], line["path"], line["status"]) == ("request", "/login/", 200)
    monkeypatch.setenv("BOWTIE_BIND", f"127.0.0.1:{web.port}")
    assert trouble("web") == ""


def test_a_request_in_flight_is_answered_after_sigterm(web):
    ours = connection.get_connection_params()
    named = {key: ours[key] for key in ("dbname", "user", "password", "host", "port") if ours.get(key)}
    held = psycopg2.connect(**named)
    try:
        with held.cursor() as cursor:
            cursor.execute("LOCK TABLE core_organisation IN ACCESS EXCLUSIVE MODE")
        slow = processes.Asking(lambda: ask(web.port, "/login/", **OVER_TLS))
        assert eventually(lambda: _waits(held), 20)
        ending = processes.Asking(lambda: web.end())
        assert eventually(lambda: "Handling signal: term" in web.log.read_text(), 20)
        time.sleep(1)
        assert slow.is_alive()
    finally:
        held.close()
    slow.join(30)
    ending.join(35)
    assert slow.answer[0] == 200
    assert ending.answer[0] == 0
    assert ending.answer[1] < 30
    assert {"at", "level", "logger", "message"} <= set.intersection(*(set(line) for line in web.lines()))


def _waits(held: "psycopg2.extensions.connection") -> bool:
    with held.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'core_organisation'::regclass")
        return bool(cursor.fetchone()[0])


@override_settings(PAUSED=True)
@pytest.mark.django_db
def test_paused_nothing_is_sent_and_no_day_is_run(client):
    from bowtie.tasks import audit_day, ring_day
    from core.models import Job, Outbox
    from core.tasks import ring_relay

    Outbox.objects.create(dedupe_key="x", kind="digest")
    ring_day()
    audit_day()
    assert ring_relay() == 0
    assert (Job.objects.count(), Outbox.objects.get().state) == (0, Outbox.State.PENDING)
    assert "paused by BOWTIE_PAUSED" in client.get("/readyz/jobs").json()["troubles"]


def test_what_the_address_of_the_database_asks_for_is_kept():
    """A `?sslmode=` that is dropped in silence would send everything in the clear."""
    env = processes.environment(
        DATABASE_URL="postgres://u:p@db/bowtie?sslmode=verify-full&sslrootcert=/ca.pem", DATABASE_LOCK_TIMEOUT="2s"
    )
    asked = "from bowtie.settings import DATABASES; print(DATABASES['default']['OPTIONS'])"
    told = processes.run("-c", asked, env=env)
    assert ast.literal_eval(told.stdout) == {
        "sslmode": "verify-full",
        "sslrootcert": "/ca.pem",
        "options": "-c jit=off -c random_page_cost=1.1 -c work_mem=64MB -c lock_timeout=2s",
    }
