"""A backup and the proof that it can be restored.

A backup is two files: `bowtie-MOMENT.dump` (pg_dump's custom format) and `bowtie-MOMENT.json`, its manifest: version
of the application, migrations, checksum of the dump, and rows and a digest of every table, all of the same snapshot.
Proving restores it into a scratch database, counts again, and drops that database; ours is not touched.
"""

import hashlib
import json
import os
import re
import secrets
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from psycopg2 import sql

from core.postgres import Target, program, target

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
# Sums of hashes: the same whatever order the rows lie in.
_DIGEST = "SELECT count(*), coalesce(sum(hashtextextended(row::text, 0)::numeric), 0)::text FROM {} row"


class Failed(Exception):
    """A sentence for an operator: why there is no backup, or why it cannot be restored."""


def take(folder: Path, *, at: datetime) -> Path:
    """Write both files into the folder and answer the path of the manifest; raises Failed, and leaves nothing half."""
    ours = target()
    stem = f"bowtie-{at:%Y%m%dT%H%M%SZ}"
    dump, half = folder / f"{stem}.dump", folder / f"{stem}.half"
    try:
        with _snapshot(ours) as (cursor, snapshot):
            _run(
                "pg_dump",
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                f"--snapshot={snapshot}",
                f"--file={half}",
            )
            told = _manifest(cursor, at) | {"dump": dump.name, "bytes": half.stat().st_size, "sha256": _sha256(half)}
        half.chmod(0o600)
        half.rename(dump)
    finally:
        half.unlink(missing_ok=True)
    manifest = folder / f"{stem}.json"
    manifest.write_text(json.dumps(told, indent=1) + "\n")
    return manifest


def prove(manifest: Path) -> list[str]:
    """Restore into a scratch database and answer the differences; raises Failed when it cannot be restored."""
    told = json.loads(manifest.read_text())
    dump = manifest.with_name(told["dump"])
    if _sha256(dump) != told["sha256"]:
        raise Failed(f"{dump.name} is not the file that was written: its checksum differs.")
    ours = target()
    with _scratch(ours) as name:
        _run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={name}", str(dump))
        with closing(psycopg2.connect(**ours.connection(name))) as connection, connection.cursor() as cursor:
            return _differences(told, _state(cursor))


def _manifest(cursor: Any, at: datetime) -> dict[str, Any]:
    return {"version": version(), "taken_at": at.isoformat(timespec="seconds"), "server": _server(cursor)} | _state(
        cursor
    )


def version() -> str:
    """Of the application: a dump is restored with the code that wrote it."""
    return str(tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"])


def _state(cursor: Any) -> dict[str, Any]:
    """Migrations, and rows and digest of every table."""
    cursor.execute("SET LOCAL TIME ZONE 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'")
    cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
    migrations = [row[0] for row in cursor.fetchall()]
    cursor.execute(_TABLES)
    tables = [row[0] for row in cursor.fetchall()]
    return {"migrations": migrations, "tables": {table: _digest(cursor, table) for table in tables}}


def _digest(cursor: Any, table: str) -> dict[str, Any]:
    cursor.execute(sql.SQL(_DIGEST).format(sql.Identifier(table)))
    rows, digest = cursor.fetchone()
    return {"rows": rows, "digest": digest}


def _differences(told: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """A sentence for each table that is not as it was, and for the migrations."""
    tables = sorted(set(told["tables"]) | set(found["tables"]))
    pairs = [(table, told["tables"].get(table), found["tables"].get(table)) for table in tables]
    differing = [
        f"{table}: {_said(before)}, restored {_said(after)}." for table, before, after in pairs if before != after
    ]
    return differing + ["The migrations differ."] * (told["migrations"] != found["migrations"])


def _said(state: dict[str, Any] | None) -> str:
    return "no table" if state is None else f"{state['rows']} rows ({state['digest']})"


def _server(cursor: Any) -> str:
    cursor.execute("SHOW server_version")
    return str(cursor.fetchone()[0])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(name: str, *arguments: str) -> None:
    command = [str(program(name)), *arguments]
    env = {**os.environ, **target().environment()}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{name} failed: {done.stderr.strip()[-2000:]}")


@contextmanager
def _snapshot(ours: Target) -> Iterator[tuple[Any, str]]:
    """A cursor and the name of its snapshot, which pg_dump shares."""
    with closing(psycopg2.connect(**ours.connection())) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            yield cursor, cursor.fetchone()[0]


@contextmanager
def _scratch(ours: Target) -> Iterator[str]:
    """An empty database beside ours, dropped in the end."""
    name = re.sub(r"\W", "_", ours.name)[:40] + f"_scratch_{secrets.token_hex(4)}"
    with closing(psycopg2.connect(**ours.connection())) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            try:
                cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            except psycopg2.errors.InsufficientPrivilege as error:
                raise Failed(
                    f"The role {ours.user} may not make a scratch database: ALTER ROLE ... CREATEDB."
                ) from error
            try:
                yield name
            finally:
                cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
