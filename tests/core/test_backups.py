"""A backup is restored for real: into a scratch database, which is compared and dropped."""

import json
import re
from io import StringIO

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core import backups, postgres
from core.models import Job
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def base():
    """Some rows that a dump could lose: quotes, accents, a trigger's trail."""
    cast.account("Koëlle & Zn. – €")
    cast.asset(cast.account("Tab\tand 'quotes'"))


def taken(folder) -> dict:
    call_command("backup", str(folder), stdout=StringIO())
    (manifest,) = folder.glob("*.json")
    return {"path": manifest, **json.loads(manifest.read_text())}


def proved(manifest) -> str:
    told = StringIO()
    call_command("restore_check", str(manifest), stdout=told)
    return told.getvalue()


def databases() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE '%%_scratch_%%'")
        return {row[0] for row in cursor.fetchall()}


def test_a_backup_restores_and_every_table_is_equal(base, tmp_path):
    before = databases()
    told = taken(tmp_path)
    assert told["tables"]["installed_base_account"]["rows"] == 2
    assert told["tables"]["installed_base_accountaudit"]["rows"] == 2
    assert "core.0001_initial" in told["migrations"]
    assert told["version"] == backups.version()
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".dump", ".json"]
    assert re.search(r"restores in [\d.]+ s: \d+ rows in \d+ tables, all equal", proved(told["path"]))
    assert databases() == before


def test_what_differs_is_told(base, tmp_path):
    told = taken(tmp_path)
    changed = json.loads(told["path"].read_text())
    changed["tables"]["installed_base_account"]["rows"] = 3
    changed["tables"]["lost"] = {"rows": 1, "digest": "7"}
    told["path"].write_text(json.dumps(changed))
    with pytest.raises(CommandError) as error:
        proved(told["path"])
    first, *others = str(error.value).splitlines()
    assert first == "The restored database differs:"
    assert [line.partition(":")[0] for line in others] == ["installed_base_account", "lost"]
    assert others[1] == "lost: 1 rows (7), restored no table."


def test_a_value_that_changed_is_seen_where_the_number_of_rows_is_the_same(base):
    ours = postgres.target()
    with psycopg2.connect(**ours.connection()) as other, other.cursor() as cursor:
        before = backups._state(cursor)
        cursor.execute("UPDATE installed_base_account SET name = name || '.' WHERE name LIKE 'Ko%'")
        after = backups._state(cursor)
        other.rollback()
    assert any(line.startswith("installed_base_account: 2 rows") for line in backups._differences(before, after))


def test_a_file_that_was_changed_is_refused(base, tmp_path):
    told = taken(tmp_path)
    dump = tmp_path / told["dump"]
    dump.write_bytes(dump.read_bytes()[:-1] + b"x")
    with pytest.raises(CommandError, match="its checksum differs"):
        proved(told["path"])


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match="is no folder"):
        call_command("backup", str(tmp_path / "nowhere"))


def test_nothing_half_stays_behind(monkeypatch, tmp_path):
    monkeypatch.setattr(backups, "_manifest", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        taken(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_is_too_old_is_refused(monkeypatch):
    monkeypatch.setattr(postgres, "_major", lambda path: 9)
    with pytest.raises(postgres.Unfit, match=r"No pg_dump for PostgreSQL \d+ was found"):
        postgres.program("pg_dump")


def test_the_age_of_the_last_backup_is_on_record(base, tmp_path, client):
    told = taken(tmp_path)
    job = Job.objects.get(kind="backup")
    assert (job.state, job.result["sha256"]) == (Job.State.DONE, told["sha256"])
    late = "the last backup is older than 26 hours"
    assert late not in client.get("/readyz/jobs").json()["troubles"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_job SET finished_at = finished_at - interval '27 hours' WHERE kind = 'backup'")
    assert late in client.get("/readyz/jobs").json()["troubles"]
