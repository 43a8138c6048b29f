"""The servers of a place, shared by every command that works there: the first one starts them, the others borrow."""

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from bowtie.embedded.place import Fault, Place
from bowtie.embedded.postgres import Postgres
from bowtie.embedded.processes import Child
from bowtie.embedded.valkey import Valkey

PATIENCE = 90.0


class Server(Protocol):
    """What a server of ours can do."""

    name: str
    variable: str
    created: bool

    @property
    def url(self) -> str: ...

    def start(self) -> Child: ...


@dataclass
class Running:
    """The addresses of the servers, and what this command started itself."""

    urls: dict[str, str] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)
    database_created: bool = False
    borrowed: bool = False

    def environment(self, place: Place, given: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The environment of a command on these servers. Our own database is a sandbox, a named one is not."""
        env = {**given, **self.urls}
        env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), given.get("PATH", os.defpath)])
        if "DATABASE_URL" in self.urls:
            env.setdefault("BOWTIE_SANDBOX", "1")
        if env.get("BOWTIE_SANDBOX") == "1":
            env.setdefault("SECRET_KEY", place.secret_key())
        return env


@contextmanager
def servers(place: Place, *, purpose: str, patient: bool = False, fresh: bool = False) -> Iterator[Running]:
    """Both servers, except where DATABASE_URL or REDIS_URL names one already.

    `patient` waits at the end for commands that borrowed them; `fresh` starts with an empty database.
    """
    place.prepare()
    running = Running()
    wanted: list[Server] = [Postgres(place, fresh=fresh), Valkey(place)]
    with ExitStack() as stack:
        for server in wanted:
            if not os.environ.get(server.variable):
                stack.enter_context(_share(server, place, running, purpose, patient))
        if fresh and running.borrowed:
            raise Fault("The data is in use by another command; end that first, then start over.")
        running.database_created = wanted[0].created
        yield running


def lent(place: Place, variable: str, purpose: str) -> str | None:
    """The address of a server that somebody keeps up for that purpose, or None."""
    name = {"DATABASE_URL": Postgres.name, "REDIS_URL": Valkey.name}[variable]
    note = _read(place.locks / f"{name}.json")
    return note["url"] if note and note["purpose"] == purpose else None


@contextmanager
def _share(server: Server, place: Place, running: Running, purpose: str, patient: bool) -> Iterator[None]:
    note = place.locks / f"{server.name}.json"
    with _open(place.locks / f"{server.name}.lock") as lock, _open(place.locks / f"{server.name}.users") as users:
        borrowed = _lock_or_borrow(lock, users, note)
        if borrowed:
            running.urls[server.variable] = borrowed
            running.borrowed = True
            yield
            return
        note.unlink(missing_ok=True)
        child = server.start()
        try:
            running.urls[server.variable] = server.url
            running.children.append(child)
            note.write_text(json.dumps({"url": server.url, "pid": os.getpid(), "purpose": purpose}))
            yield
            note.unlink(missing_ok=True)
            if patient:
                _wait_for_borrowers(users)
        finally:
            note.unlink(missing_ok=True)
            child.stop()
            leave(place)


def _open(path: Path) -> IO[str]:
    try:
        return path.open("a")
    except PermissionError as error:
        raise Fault(f"{path.parent.parent} belongs to another user. BOWTIE_VAR names another folder.") from error


def _lock_or_borrow(lock: IO[str], users: IO[str], note: Path) -> str | None:
    """None when the lock is ours, otherwise the address of the server that another command keeps up."""
    deadline = time.monotonic() + PATIENCE
    while not _try(lock):
        if _read(note):
            fcntl.flock(users, fcntl.LOCK_SH)
            if still := _read(note):
                return still["url"]
            fcntl.flock(users, fcntl.LOCK_UN)
        if time.monotonic() > deadline:
            raise Fault(f"Another command holds {lock.name} and its server does not come up.")
        time.sleep(0.1)
    return None


def _try(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(note: Path) -> dict[str, str] | None:
    """The note of an owner that is alive."""
    try:
        told = json.loads(note.read_text())
    except (OSError, ValueError):
        return None
    return dict(told) if _alive(int(told["pid"])) else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _wait_for_borrowers(users: IO[str]) -> None:
    if not _try(users):
        print("Waiting for other commands on these servers (Ctrl-C stops at once).", file=sys.stderr)
        fcntl.flock(users, fcntl.LOCK_EX)


def leave(place: Place) -> None:
    """Remove the folder of the sockets once nothing is left in it."""
    with suppress(OSError):
        place.run.rmdir()
