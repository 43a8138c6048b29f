"""A migrated database that every test database is a copy of: the migrations run once, not once per worker and run."""

import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager

import environ
import psycopg2
import pytest
from psycopg2 import sql

from bowtie.embedded.database import tables_wanted
from bowtie.embedded.place import ROOT


def ensure_template(url: str) -> str:
    """The name of a database with the tables of today's migrations, beside the one that `url` names."""
    named = environ.Env.db_url_config(url)
    name = f"{named['NAME']}_template"
    with _server(named) as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [zlib.crc32(name.encode())])
        if _fingerprint(cursor, name) != tables_wanted():
            _make(cursor, name, url.removesuffix(named["NAME"]) + name)
    return name


@contextmanager
def _server(named: dict[str, str]) -> Iterator["psycopg2.extensions.cursor"]:
    who = {"host": named["HOST"], "port": named["PORT"], "user": named["USER"], "password": named["PASSWORD"]}
    try:
        connection = psycopg2.connect(dbname="postgres", **{key: value for key, value in who.items() if value})
    except psycopg2.OperationalError as error:
        raise pytest.UsageError(f"DATABASE_URL does not answer: {error}") from error
    with closing(connection):
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def _fingerprint(cursor: "psycopg2.extensions.cursor", name: str) -> str | None:
    cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
    row = cursor.fetchone()
    return row[0] if row else None


def _make(cursor: "psycopg2.extensions.cursor", name: str, url: str) -> None:
    database = sql.Identifier(name)
    cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(database))
    cursor.execute(sql.SQL("CREATE DATABASE {}").format(database))
    env = {**os.environ, "DATABASE_URL": url, "BOWTIE_SANDBOX": "1", "DJANGO_SETTINGS_MODULE": "bowtie.settings"}
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--skip-checks", "--verbosity", "0"]
    made = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    if made.returncode:
        raise pytest.UsageError(f"The migrations do not run:\n{made.stderr}")
    cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS %s").format(database), [tables_wanted()])
