"""Bring PostgreSQL and Valkey up before Django reads its settings, unless DATABASE_URL and REDIS_URL name servers.

Only the controlling process does so: the workers of pytest-xdist inherit the addresses and make databases of their own.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import pytest
import redis

from bowtie.embedded.place import Fault, Place
from bowtie.embedded.postgres import TEST_SETTINGS, Postgres
from bowtie.embedded.processes import Child
from bowtie.embedded.servers import Server, leave, lent
from bowtie.embedded.valkey import Valkey
from tests.plugins.template import ensure_template

PREFIX = "bowtie-tests-"
HOME = ZoneInfo("Europe/Amsterdam")
_children: list[Child] = []
_places: list[Place] = []
_folders: list[Path] = []
_locks: list[IO[str]] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ["BOWTIE_TEST_RUN"] = f"bowtie-test-{uuid.uuid4().hex[:8]}"
        os.environ["BOWTIE_CLOCK_OFFSET_MINUTES"] = str(minutes_to_noon(datetime.now(HOME)))
        try:
            _bring_up()
        except Fault as fault:
            raise pytest.UsageError(str(fault)) from fault
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _take_down()


def minutes_to_noon(at: datetime) -> int:
    """By how many minutes the clock of a run is moved: it begins at noon, so that no run goes past midnight."""
    return 12 * 60 - (at.hour * 60 + at.minute)


def _bring_up() -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        if not os.environ.get(name) and (kept_up := lent(Place.at(), name, "up")):
            os.environ[name] = kept_up
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
    if missing:
        atexit.register(_take_down)
        _start(_kept_place() or _passing_place(), missing)
    os.environ["BOWTIE_TEST_TEMPLATE"] = ensure_template(os.environ["DATABASE_URL"])


def _start(place: Place, missing: list[str]) -> None:
    _places.append(place)
    offered: list[Server] = [Postgres(place, settings=TEST_SETTINGS), Valkey(place)]
    for server in offered:
        if server.variable in missing:
            _children.append(server.start())
            os.environ[server.variable] = server.url


def _kept_place() -> Place | None:
    """The place that holds the migrated template from run to run, unless another run works there now."""
    place = Place.at(Place.at().var / "tests")
    place.prepare()
    lock = (place.locks / "tests.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    _locks.append(lock)
    return place


def _passing_place() -> Place:
    """A folder for this run alone that the servers' user can enter; what killed runs left behind is removed."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=Place.at().run.parent))
    folder.chmod(0o755)
    place = Place.at(folder)
    place.prepare()
    _folders.append(folder)
    return place


def _sweep() -> None:
    for folder in Place.at().run.parent.glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _take_down() -> None:
    if "REDIS_URL" in os.environ and not _children:
        _remove_keys(os.environ["REDIS_URL"])
    while _children:
        _children.pop().stop()
    for place in _places:
        leave(place)
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)
    while _locks:
        _locks.pop().close()


def _remove_keys(url: str) -> None:
    """Remove what this run put into a broker that is not ours."""
    with suppress(redis.RedisError):
        client = redis.Redis.from_url(url)
        keys = list(client.scan_iter(match=f"{os.environ['BOWTIE_TEST_RUN']}*", count=1000))
        if keys:
            client.delete(*keys)
