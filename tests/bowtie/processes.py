"""Real processes as in production: their environment, their start, their lines, their end."""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from bowtie.embedded.place import ROOT

NOT_OURS = ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "EMAIL_URL", "STATIC_ROOT", "DJANGO_SETTINGS_MODULE", "LOG_LEVEL")


def address(role: str = "", password: str = "") -> str:
    """DATABASE_URL of the database of this test, perhaps for another role."""
    url = os.environ["DATABASE_URL"]
    base = url[: url.rindex("/") + 1] + connection.settings_dict["NAME"]
    return re.sub(r"://[^@/]*@", f"://{role}:{password}@", base) if role else base


def environment(**more: str) -> dict[str, str]:
    """What this process inherited, without settings that production names itself."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in NOT_OURS and (name == "BOWTIE_TEST_RUN" or not name.startswith("BOWTIE_"))
    }
    return {**kept, "PYTHONWARNINGS": "ignore", **more}


def production(**more: str) -> dict[str, str]:
    """An environment in which production starts, but for the role of the database."""
    safe = {
        "BOWTIE_PRODUCTION": "1",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "bowtie.example",
        "EMAIL_URL": "dummymail://",
        "DJANGO_SETTINGS_MODULE": "bowtie.settings",
    }
    return environment(**{**safe, **more})


def run(*words: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A command of ours to its end."""
    command = [sys.executable, *words]
    return subprocess.run(command, env=env, cwd=ROOT, text=True, capture_output=True, timeout=300, check=False)


@contextmanager
def ordinary_role() -> Iterator[tuple[str, str]]:
    """A role that may do with the tables what their owner may, and is no superuser."""
    role, password = f"bowtie_test_{secrets.token_hex(4)}", secrets.token_hex(16)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}' IN ROLE {connection.settings_dict['USER']}")
    try:
        yield role, password
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


class Program:
    """A running process of ours; what it writes to stderr is its log."""

    def __init__(self, words: list[str], env: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as file:
            command = [sys.executable, "-m", *words]
            self.process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=file)

    def lines(self) -> list[dict[str, Any]]:
        """What it logged; every line must be JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def end(self, seconds: float = 30) -> tuple[int, float]:
        """Ask it to end as a container engine does: exit code, and how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds), time.monotonic() - began


@contextmanager
def program(*words: str, env: Mapping[str, str], log: Path) -> Iterator[Program]:
    """Start it; whatever a failed test leaves is killed."""
    started = Program(list(words), env, log)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
            started.process.wait()


class Asking(threading.Thread):
    """Something that is asked beside the test; `answer` after `join`."""

    def __init__(self, ask: Any) -> None:
        super().__init__(daemon=True)
        self.ask, self.answer = ask, None
        self.start()

    def run(self) -> None:
        self.answer = self.ask()
