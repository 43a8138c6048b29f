"""What docs/operations.md tells an operator to type exists, and its partitions work."""

import re

import pytest
from django.core.management import call_command, get_commands
from django.db import IntegrityError, connection, transaction

from installed_base.models import UsageReading
from tests import cast
from tests.house.test_container import SERVICES
from tests.house.test_storeys import ROOT

pytestmark = pytest.mark.house

TEXT = (ROOT / "docs" / "operations.md").read_text()
CODE = "".join((ROOT / "bowtie" / f"{name}.py").read_text() for name in ("settings", "gunicorn", "alive"))


def test_commands_exist():
    named = set(re.findall(r"manage\.py ([a-z_]+)", TEXT))
    assert {"backup", "restore_check", "run_day", "metrics", "organisation"} <= named
    assert named - set(get_commands()) == set()


def test_services_exist():
    patterns = [
        r"docker compose exec(?: -\w+)* (\w+)",
        r"docker compose run [^\n]*? (\w+) (?:python|sh|\\)",
        r"docker compose stop (\w+) (\w+) (\w+)",
        r"--no-deps (\w+) (\w+) (\w+)`",
        r"--scale (\w+)=",
    ]
    found = [re.findall(pattern, TEXT) for pattern in patterns]
    assert all(found)
    named = {name for hits in found for hit in hits for name in ([hit] if isinstance(hit, str) else hit)}
    assert named == {"web", "worker", "beat", "database"}
    assert named <= set(SERVICES)


def test_switches_are_read_or_given():
    named = {
        name for row in re.findall(r"^\| (`[A-Z].*?) \|", TEXT, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    compose = (ROOT / "docker-compose.yml").read_text()
    assert "BOWTIE_PAUSED" in named
    assert [name for name in named if f'"{name}"' not in CODE and f"${{{name}:" not in compose] == []


def test_files_exist():
    named = re.findall(r"deploy/\w+\.\w+", TEXT)
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.django_db
def test_metrics_only_read(capsys):
    """So that a replica can answer them."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    call_command("metrics", "--json")
    assert '"attach_rate"' in capsys.readouterr().out


@pytest.fixture
def divided(transactional_db):
    """A reading from before, and the readings divided; DDL is taken back with the transaction."""
    machine = cast.asset(cast.account())
    reading(machine, "2026-01-31", "before")
    with transaction.atomic():
        for _ in range(2):
            with connection.cursor() as cursor:
                cursor.execute((ROOT / "deploy" / "partition_usage.sql").read_text())
        yield machine
        transaction.set_rollback(True)


def reading(machine, on: str, external_id: str) -> UsageReading:
    values = {"source": "mes", "external_id": external_id, "known_on": on, "run_hours": 8}
    return UsageReading.objects.create(asset=machine, on=on, **values)


def partitions() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM installed_base_usagereading GROUP BY 1")
        return dict(cursor.fetchall())


def test_readings_by_month(divided):
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_char(current_date + interval '2 months', 'YYYY-MM')")
        (month,) = cursor.fetchone()
    first = UsageReading.objects.get()
    second, third = reading(divided, f"{month}-03", "a"), reading(divided, "2999-01-01", "b")
    assert first.pk < second.pk < third.pk
    assert partitions() == {
        "usagereading_before": 1,
        f"usagereading_{month.replace('-', '_')}": 1,
        "usagereading_later": 1,
    }
    with pytest.raises(IntegrityError, match="once_a_day"), transaction.atomic():
        reading(divided, "2026-01-31", "other")
    UsageReading.objects.filter(pk=third.pk).update(on=f"{month}-04")
    assert "usagereading_later" not in partitions()
    divided.delete()
    assert partitions() == {}


def test_a_month_is_read_from_its_partition_alone(divided):
    asked = UsageReading.objects.filter(asset=divided, on__range=("2026-01-01", "2026-01-31"))
    assert re.findall(r"usagereading_(?:before|later|\d+_\d+)\b", asked.explain()) == ["usagereading_before"]
