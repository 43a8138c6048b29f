"""The demo: servers, tables, the demo company, worker, web. One process in the foreground; Ctrl-C ends all of it."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import environ
import psycopg2

from bowtie.embedded.place import ROOT, Fault, Place
from bowtie.embedded.processes import Stop, dies_with_us
from bowtie.embedded.servers import Running, servers
from bowtie.embedded.supervisor import HOST, Supervisor, wanted_port

FILLING, FILLED = "bowtie demo: filling", "bowtie demo: filled"


def demo(place: Place, *, reset: bool = False) -> int:
    """Serve the demo until Ctrl-C or SIGTERM; with `reset`, start from an empty database."""
    port, began = wanted_port(), time.monotonic()
    if reset and os.environ.get("DATABASE_URL"):
        raise Fault("The demo empties only its own database; DATABASE_URL names another one. Unset it, or empty that one yourself.")
    _check_port(port)
    place.prepare()
    try:
        with _only_one(place), _filled_servers(place, fresh=reset) as (running, env):
            supervisor = Supervisor(place, running, env, port)
            try:
                supervisor.start()
                _greet(place, env, port, time.monotonic() - began)
                supervisor.watch()
            finally:
                supervisor.stop()
    except Stop:
        _say("Stopped; nothing is left running. The data stays in", place.var)
    return 0


@contextmanager
def _filled_servers(place: Place, *, fresh: bool) -> Iterator[tuple[Running, dict[str, str]]]:
    """Servers whose database has tables and, if it was empty, the demo company."""
    _say("Starting PostgreSQL and Valkey …")
    with servers(place, purpose="demo", fresh=fresh) as running:
        env = {**running.environment(place, {**os.environ, "BOWTIE_SANDBOX": "1"}), "PYTHONUNBUFFERED": "1"}
        mark = _Mark(env["DATABASE_URL"])
        if mark.read() == FILLING and "DATABASE_URL" in running.urls:
            _say("The last start was broken off while it filled the database; it is emptied first.")
            mark.empty_database()
        _manage(env, "migrate", "--verbosity", "0")
        if os.environ.get("BOWTIE_DEMO_SEED") != "0" and mark.fresh():
            _say("Filling the demo company …")
            mark.write(FILLING)
            _manage(env, "demo")
            mark.write(FILLED)
        yield running, env


class _Mark:
    """A comment on the database that says how far filling came; it lives and dies with the data."""

    def __init__(self, url: str) -> None:
        named = environ.Env.db_url_config(url)
        keys = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
        self.target = {keys[key]: named[key] for key in keys if named.get(key)}

    def read(self) -> str | None:
        return self._ask("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()")

    def write(self, text: str) -> None:
        self._ask(f"DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), '{text}'); END $$")

    def fresh(self) -> bool:
        """Nobody has an account here yet."""
        return not self._ask("SELECT EXISTS (SELECT 1 FROM core_user)")

    def empty_database(self) -> None:
        self._ask("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def _ask(self, question: str) -> str | None:
        connection = psycopg2.connect(**self.target)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(question)
                return cursor.fetchone()[0] if cursor.description else None
        finally:
            connection.close()


def _manage(env: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    process = subprocess.Popen(command, env=env, cwd=ROOT, start_new_session=True, preexec_fn=dies_with_us(signal.SIGTERM))
    try:
        code = process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if code:
        raise Fault(f"`manage.py {' '.join(arguments)}` failed (exit code {code}).")


def _greet(place: Place, env: dict[str, str], port: int, seconds: float) -> None:
    who = subprocess.run([sys.executable, str(ROOT / "manage.py"), "demo", "--who"], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    _say(f"\nBowtie is ready after {seconds:.1f} s:  http://{HOST}:{port}/")
    if who.returncode == 0:
        _say(who.stdout.rstrip())
    _say(f"Logs are in {place.logs}. Ctrl-C stops everything.")


def _check_port(port: int) -> None:
    with socket.socket() as asking:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asking.bind((HOST, port))
        except OSError as error:
            raise Fault(f"Port {port} cannot be used ({error.strerror}). Choose another: PORT={port + 1} make demo") from error


@contextmanager
def _only_one(place: Place) -> Iterator[None]:
    with (place.locks / "demo.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Fault(f"Another demo already runs on {place.var}. Stop it, or give this one its own folder with BOWTIE_VAR.") from error
        yield


def _say(*words: object) -> None:
    print(*words, flush=True)
