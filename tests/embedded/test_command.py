"""`exec` and `up`: one command, or many, with the servers up."""

import os
import signal

import psycopg2
import pytest

from bowtie.embedded.place import own_folder
from tests.embedded.conftest import eventually, processes_of

ASK = "import os, environ, psycopg2; u = environ.Env.db_url_config(os.environ['DATABASE_URL']); "
CONNECT = "c = psycopg2.connect(host=u['HOST'], user=u['USER'], dbname=u['NAME']).cursor(); "


def ask(question: str) -> list[str]:
    return ["python", "-c", f"{ASK}{CONNECT}c.execute({question!r}); print(c.fetchone()[0])"]


def test_exit_code_and_output_are_those_of_the_command(embedded, place):
    process = embedded("exec", "--bare", "--", "sh", "-c", "echo out; exit 7")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (7, "out\n", "")
    assert processes_of(place) == []
    assert not place.run.exists()


def test_a_signal_becomes_128_and_its_number(embedded):
    process = embedded("exec", "--bare", "--", "sh", "-c", "kill -TERM $$")
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM


def test_a_command_that_does_not_exist_is_a_sentence(embedded, place):
    process = embedded("exec", "--bare", "--", "no-such-command")
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (127, "no-such-command: No such file or directory\n")
    assert processes_of(place) == []


def test_the_database_sorts_by_code_point_and_keeps_its_data(embedded):
    first = embedded(
        "exec", "--bare", "--", *ask("create table kept as select 'a' < 'Z' as x; select x::text from kept")
    )
    out, _ = first.communicate(timeout=60)
    assert out == "false\n"


def test_a_named_server_is_used_and_not_called_a_sandbox(embedded):
    tell = 'echo "$DATABASE_URL $REDIS_URL $BOWTIE_SANDBOX"'
    named = {"DATABASE_URL": "postgres://somebody@db/crm", "REDIS_URL": "redis://broker/3"}
    out, _ = embedded("exec", "--", "sh", "-c", tell, **named).communicate(timeout=60)
    assert out == "postgres://somebody@db/crm redis://broker/3 \n"


def test_two_commands_at_once_share_the_servers(embedded, place):
    """The first starts them and waits for the second, which outlives it."""
    first = embedded("exec", "--bare", "--", "sh", "-c", f"touch '{place.var}/up'; sleep 1.5; echo first")
    assert eventually((place.var / "up").exists)
    second = embedded("exec", "--bare", "--", "sh", "-c", f"sleep 3; {' '.join(_quoted(ask('select 42')))}")
    assert second.communicate(timeout=60)[0] == "42\n"
    out, err = first.communicate(timeout=60)
    assert (first.returncode, out) == (0, "first\n")
    assert "Waiting for other commands" in err
    assert processes_of(place) == []


def _quoted(words: list[str]) -> list[str]:
    return [f'"{word}"' if " " in word else word for word in words]


def test_up_lends_its_servers_until_it_is_stopped(embedded, place):
    up = embedded("up")
    lines = [up.stdout.readline() for _ in range(2)]
    assert [line.partition("=")[0] for line in lines] == ["export DATABASE_URL", "export REDIS_URL"]
    out, _ = embedded("exec", "--", *ask("select 1")).communicate(timeout=60)
    assert out == "1\n"
    assert up.poll() is None
    up.send_signal(signal.SIGTERM)
    assert up.wait(30) == 0
    assert processes_of(place) == []


def test_kill_9_leaves_nothing_and_the_next_start_finds_its_data(embedded, place):
    up = embedded("up")
    up.stdout.readline(), up.stdout.readline()
    connection = psycopg2.connect(host=str(place.run), user="postgres", dbname="bowtie")
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS n")
    connection.close()
    up.kill()
    assert eventually(lambda: processes_of(place) == [])
    out, err = embedded("exec", "--", *ask("select n from kept")).communicate(timeout=60)
    assert (out, err) == ("7\n", "")


def test_a_stale_pid_file_that_names_another_program_does_not_hinder(embedded, place):
    embedded("exec", "--bare", "--", "true").communicate(timeout=60)
    stale = place.var / "pg" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{place.var / 'pg'}\n1\n5432\n{place.run}\n\n")
    out, err = embedded("exec", "--", *ask("select 3")).communicate(timeout=60)
    assert (out, err) == ("3\n", "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has homes that the servers' user cannot enter")
def test_a_closed_home_keeps_its_permissions(embedded, place):
    """Programs and data that `nobody` cannot reach are kept where it can; no permission is widened."""
    place.var.mkdir()
    place.var.parent.chmod(0o700)
    out, err = embedded("exec", "--bare", "--", *ask("select 5")).communicate(timeout=60)
    assert (out, err) == ("5\n", "")
    assert place.var.parent.stat().st_mode & 0o777 == 0o700
    assert (place.spare / "pg" / "PG_VERSION").exists()


def test_a_folder_of_somebody_else_is_refused(place, tmp_path):
    stranger = tmp_path / "planted"
    stranger.symlink_to(tmp_path)
    with pytest.raises(Exception, match="belongs to somebody else"):
        own_folder(stranger, uid=os.geteuid(), mode=0o700)
