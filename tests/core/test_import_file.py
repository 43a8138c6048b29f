"""The command: what it prints, its exit codes, and that nothing is ever half-written."""

import csv
import json
import os
import signal
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, execute_from_command_line
from django.db import connection

from core.importing.engine import import_file
from core.importing.entities import kind as kind_named
from core.models import ImportBatch, ImportProblem, Outbox, Owner, Touched
from core.scope import System
from installed_base.models import Account, AccountPeriod
from tests import cast

MAPPING = """
source = "erp"
[account]
key = "id"
name = "name"
owner = { constant = "Desk", create = true }
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "mapping.toml").write_text(MAPPING)
    (tmp_path / "file.csv").write_text("id,name\n1,Acme\n2,\n3,Bolt\n")
    return tmp_path


def run(capsys, files, *options) -> tuple[int, str, str]:
    code = 0
    try:
        call_command(
            "import_file", "accounts", str(files / "file.csv"), f"--mapping={files / 'mapping.toml'}", *options
        )
    except SystemExit as exit:
        code = int(exit.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.django_db
def test_json_counts_and_exit_code_one_when_a_row_is_rejected(capsys, files):
    code, out, _err = run(capsys, files, "--json", "--on=2026-11-21")
    counts = {"read": 3, "created": 2, "updated": 0, "unchanged": 0, "rejected": 1}
    assert code == 1
    assert {k: json.loads(out)[k] for k in counts} == counts
    assert json.loads(out)["kinds"]["accounts"]["created"] == 2
    assert set(Account.objects.values_list("known_on", flat=True)) == {date(2026, 11, 21)}


@pytest.mark.django_db
def test_the_same_is_said_to_a_person(capsys, files):
    code, out, err = run(capsys, files)
    assert (code, out.split()) == (
        1,
        ["accounts", "read", "3", "created", "2", "updated", "0", "unchanged", "0", "rejected", "1"],
    )
    assert "Line 3, name: is empty, and account needs it." in err
    assert "\r" not in err


@pytest.mark.django_db
def test_the_report_names_line_column_value_and_reason(capsys, files):
    run(capsys, files, f"--report={files / 'report.csv'}")
    with (files / "report.csv").open(newline="") as stream:
        assert list(csv.reader(stream)) == [
            ["line", "column", "value", "reason"],
            ["3", "name", "", "is empty, and account needs it"],
        ]


@pytest.mark.django_db
def test_atomic_and_dry_run_write_nothing(capsys, files):
    for option in ("--atomic", "--dry-run"):
        code, out, _err = run(capsys, files, option)
        assert code == 1
        assert "Nothing was written." in out
    models = (Account, AccountPeriod, ImportBatch, ImportProblem, Outbox, Owner, Touched)
    assert [m.objects.count() for m in models] == [0] * len(models)


@pytest.mark.django_db
def test_what_cannot_be_used_is_refused_in_a_sentence(capsys, files):
    (files / "file.csv").write_bytes(b"")
    with pytest.raises(CommandError, match=r"The file file.csv is empty") as error:
        run(capsys, files)
    assert error.value.returncode == 1
    with pytest.raises(CommandError, match="There is no user nobody"):
        run(capsys, files, "--by=nobody")


@pytest.mark.django_db
def test_it_imports_as_a_user(capsys, files):
    cast.person("ada", "administrator")
    run(capsys, files, "--by=ada")
    assert ImportBatch.objects.get().by.username == "ada"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["accounts", "file.csv"], 1, "Line 3, name"),
        (["accounts", "missing.csv"], 1, "There is no file"),
        (["planets", "file.csv"], 2, "planets"),
        (["accounts", "file.csv", "--on=yesterday"], 2, "yesterday is no date"),
        (["accounts", "file.csv", "--nonsense"], 2, "--nonsense"),
        (["accounts"], 2, "FILE"),
    ],
)
def test_exit_codes(capsys, files, arguments, code, said, monkeypatch):
    monkeypatch.chdir(files)
    command = ["manage.py", "import_file", *arguments, "--mapping=mapping.toml"]
    with pytest.raises(SystemExit) as error:
        execute_from_command_line(command)
    shown = capsys.readouterr().err
    assert error.value.code == code
    assert said in shown
    assert "Traceback" not in shown


# Other processes: children of this one, with a connection of their own


class KillBefore:
    """Kills its process before the nth statement."""

    def __init__(self, statement: int) -> None:
        self.left = statement

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)


def child(files: Path, name: str, kill_before: int = 0) -> int:
    """Fork a process that imports a file; the parent gets its id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        connection.connection = None
        with connection.execute_wrapper(KillBefore(kill_before)):
            import_file(
                kind=kind_named("accounts"),
                path=files / name,
                mapping=files / "mapping.toml",
                on=date(2026, 11, 21),
                by=System("test"),
            )
        os._exit(0)
    finally:
        os._exit(3)


def many(files: Path, name: str, first: int, last: int) -> None:
    rows = "".join(f"{n},Account {n}\n" for n in range(first, last))
    (files / name).write_text(f"id,name\n{rows}")


@pytest.mark.django_db(transaction=True)
def test_an_import_killed_before_any_statement_leaves_nothing(files):
    many(files, "file.csv", 0, 200)
    statement = 0
    while True:
        statement += 1
        status = os.waitpid(child(files, "file.csv", statement), 0)[1]
        if os.WIFEXITED(status):
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        models = (Account, AccountPeriod, ImportBatch, Owner, Touched, Outbox)
        assert [m.objects.count() for m in models] == [0] * len(models), statement
    assert (os.WEXITSTATUS(status), statement > 30) == (0, True)
    assert (Account.objects.count(), AccountPeriod.objects.count(), Touched.objects.count()) == (200, 200, 200)
    assert ImportBatch.objects.filter(finished_at__isnull=False).count() == 1


@pytest.mark.django_db
def test_the_planner_knows_of_a_table_that_grew_by_half(capsys, files):
    def known():
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'installed_base_accountperiod'")
            return int(cursor.fetchone()[0])

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE installed_base_accountperiod")
    for last, expected in ((900, 0), (2100, 2100), (3150, 3150), (4200, 3150)):
        many(files, "file.csv", 0, last)
        code, out, _err = run(capsys, files)
        assert (code, known()) == (0, expected), out


@pytest.mark.django_db(transaction=True)
def test_two_overlapping_imports_at_once_land_once(files):
    many(files, "first.csv", 0, 3000)
    many(files, "second.csv", 1500, 4500)
    for _round in range(3):
        children = [child(files, name) for name in ("first.csv", "second.csv")]
        assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0]
    assert (Account.objects.count(), AccountPeriod.objects.count(), Owner.objects.count()) == (4500, 4500, 1)
    created = [b.counts["created"] for b in ImportBatch.objects.all()]
    assert (len(created), sum(created)) == (6, 4500)
