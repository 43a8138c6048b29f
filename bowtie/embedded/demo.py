"""The demo: servers, tables, the demo company, web, worker. One process in the foreground; Ctrl-C ends all of it."""

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bowtie.embedded.database import Database, tables_wanted
from bowtie.embedded.place import ROOT, Fault, Place
from bowtie.embedded.processes import Stop, run
from bowtie.embedded.servers import servers
from bowtie.embedded.supervisor import HOST, Supervisor, wanted_port


def demo(place: Place, *, reset: bool = False) -> int:
    """Serve the demo until Ctrl-C or SIGTERM; with `reset`, start from an empty database."""
    port = wanted_port()
    if reset and os.environ.get("DATABASE_URL"):
        raise Fault("The demo empties only its own database; DATABASE_URL names another one. Unset it first.")
    _check_port(port)
    place.prepare()
    try:
        with _only_one(place):
            _serve(place, port, fresh=reset)
    except Stop:
        _say(f"Stopped; nothing is left running. The data stays in {place.var}.")
    return 0


def _serve(place: Place, port: int, *, fresh: bool) -> None:
    began = time.monotonic()
    _say("Starting PostgreSQL and Valkey …")
    with servers(place, purpose="demo", fresh=fresh) as running:
        given = {**os.environ, "BOWTIE_SANDBOX": "1", "PYTHONUNBUFFERED": "1"}
        env = running.environment(place, given)
        database = Database(env["DATABASE_URL"], ours="DATABASE_URL" in running.urls)
        env["BOWTIE_FIGURES_COMING"] = str(_coming(place))
        _coming(place).unlink(missing_ok=True)
        if lacking := _prepare(place, database, env):
            _coming(place).touch()
        supervisor = Supervisor(place, running, env, port)
        try:
            supervisor.start_web()
            _greet(place, env, port, time.monotonic() - began)
            if lacking:
                _keep_figures(place, database, env)
            supervisor.start_worker()
            supervisor.watch()
        finally:
            supervisor.stop()


def _prepare(place: Place, database: Database, env: dict[str, str]) -> bool:
    """Tables as the code wants them and, where nobody has an account yet, the demo company.

    True where its figures are still to be stored: they were just left for later, or their storing was broken off.
    """
    if database.note().get("filling"):
        _say("The last start was broken off while it filled the database; it begins again.")
        database.empty()
        database.write_down(filling=False, tables="")
    wanted, seeded = tables_wanted(), os.environ.get("BOWTIE_DEMO_SEED") != "0"
    if seeded and database.ours and not database.has_tables():
        _say("Making the tables and filling the demo company …")
        _fill(place, database, env, "--tables")
        database.write_down(tables=wanted)
        return True
    if database.note().get("tables") != wanted:
        _say("Making the tables …")
        _manage(env, "migrate", "--skip-checks", "--verbosity", "0")
        database.write_down(tables=wanted)
    if seeded and not database.has_people():
        _say("Filling the demo company …")
        _fill(place, database, env)
        return True
    return bool(database.note().get("figures_missing"))


def _fill(place: Place, database: Database, env: dict[str, str], *first: str) -> None:
    _names(place).unlink(missing_ok=True)
    database.write_down(filling=True)
    told = _manage(env, "demo", *first, "--without-figures")
    made, _, names = told.partition("\n")
    database.write_down(filling=False, figures_missing=True)
    _names(place).write_text(names)
    _say(made)


def _keep_figures(place: Place, database: Database, env: dict[str, str]) -> None:
    """Store them while the pages are up already. The worker waits: its first bell would count the same figures."""
    began = time.monotonic()
    _say("Its figures are being stored; until then pages count them, and their lines lack the past months …")
    try:
        _manage(env, "demo", "--figures")
    except Fault as fault:
        print(f"{fault}\nThey are stored with the next start, or at night.", file=sys.stderr, flush=True)
        return
    finally:
        _coming(place).unlink(missing_ok=True)
    database.write_down(figures_missing=False)
    _say(f"The figures stand after {time.monotonic() - began:.1f} s more.")


def _manage(env: dict[str, str], *arguments: str) -> str:
    code, told = run([sys.executable, str(ROOT / "manage.py"), *arguments], env=env, cwd=ROOT, stdout=subprocess.PIPE)
    if code:
        raise Fault(f"`manage.py {' '.join(arguments)}` failed (exit code {code}).\n{told}".rstrip())
    return told


def _greet(place: Place, env: dict[str, str], port: int, seconds: float) -> None:
    _say(f"\nBowtie is ready after {seconds:.1f} s:  http://{HOST}:{port}/")
    if who := _who(place, env):
        _say(who)
    _say(f"Logs are in {place.logs}. Ctrl-C stops everything.")


def _who(place: Place, env: dict[str, str]) -> str:
    """The names to sign in with; asked once and kept, because asking costs as much as a start."""
    kept = _names(place)
    if not kept.exists():
        command = [sys.executable, str(ROOT / "manage.py"), "demo", "--who"]
        code, told = run(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if code:
            return ""
        kept.write_text(told)
    return kept.read_text().rstrip()


def _names(place: Place) -> Path:
    return place.var / "demo-names.txt"


def _coming(place: Place) -> Path:
    """Lies there as long as figures are being stored; the pages look for it."""
    return place.var / "figures-coming"


def _check_port(port: int) -> None:
    with socket.socket() as asking:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asking.bind((HOST, port))
        except OSError as error:
            raise Fault(
                f"Port {port} cannot be used ({error.strerror}). Choose another: PORT={port + 1} make demo"
            ) from error


@contextmanager
def _only_one(place: Place) -> Iterator[None]:
    with (place.locks / "demo.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Fault(
                f"Another demo already runs on {place.var}. Stop it, or give this one its own folder with BOWTIE_VAR."
            ) from error
        yield


def _say(sentence: str) -> None:
    print(sentence, flush=True)
