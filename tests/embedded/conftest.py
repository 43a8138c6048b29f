"""A place of our own to start servers in, and what is left of it afterwards."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bowtie.embedded.place import ROOT, Place

SERVERS = ("DATABASE_URL", "REDIS_URL")


@pytest.fixture
def place() -> Iterator[Place]:
    """A data folder with a space in a path that is longer than a socket's may be, and that every user may enter."""
    top = Path(tempfile.mkdtemp(prefix="bowtie-place-", dir="/tmp"))
    top.chmod(0o755)
    place = Place.at(top / ("a long path with spaces " + "x" * 100))
    yield place
    for folder in (top, place.run, place.spare):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def environment(place: Place) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in SERVERS and not name.startswith("BOWTIE_")}
    return {**kept, "BOWTIE_VAR": str(place.var), "BOWTIE_DEMO_SEED": "0", "PORT": str(free_port())}


@pytest.fixture
def embedded(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `python -m bowtie.embedded …`; whatever a failed test leaves is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "bowtie.embedded", *arguments]
        process = subprocess.Popen(
            command, cwd=ROOT, env={**environment, **more}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return asking.getsockname()[1]


def processes_of(place: Place) -> list[str]:
    """Command lines of living processes that work in the place or were told of it."""
    marks = [os.fsencode(place.var), os.fsencode(place.run)]
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if any(mark in told for mark in marks):
            found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def eventually(true: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
