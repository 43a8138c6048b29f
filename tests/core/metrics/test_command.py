"""`manage.py metrics`: what it prints, and how it answers what it cannot understand."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.scope import System
from core.targeting import Wanted, set_target
from tests.cast import account, asset, cover, term

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("metrics", *arguments, stdout=out)
    return out.getvalue()


def test_json_has_the_promised_shape() -> None:
    asset(account(country="NL"), date(2020, 1, 1))
    asset(account(), None)
    printed = json.loads(run("assets_age_5_10", "attach_rate", "--on", "2026-11-21", "--json"))
    assert printed == {
        "on": "2026-11-21",
        "metrics": {
            "assets_age_5_10": {
                "value": 1,
                "numerator": 1,
                "denominator": None,
                "unknown": 1,
                "policy": {"installed_base.age": 1, "installed_base.customer": 1},
                "parts": {"year_only": 0},
            },
            "attach_rate": {
                "value": 0,
                "numerator": 0,
                "denominator": 2,
                "unknown": 0,
                "policy": {"installed_base.age": 1, "installed_base.customer": 1},
                "parts": {},
                "target": {"aim": ">", "value": 0.7},
                "status": "risk",
            },
        },
    }


def test_a_target_that_was_said_takes_the_place_of_the_catalogues() -> None:
    machine = asset(account(), date(2020, 1, 1))
    cover(term(machine.account, date(2026, 1, 1), None), machine)
    asset(account(), date(2020, 1, 1))
    wanted, on = Wanted(metric="attach_rate", aim=">=", value=Decimal("0.55")), date(2026, 11, 21)
    set_target(wanted=wanted, valid_from=on, by=System("tests"), on=on)
    before, told = (json.loads(run("attach_rate", "--on", day, "--json")) for day in ("2026-11-20", "2026-11-21"))
    assert before["metrics"]["attach_rate"]["target"] == {"aim": ">", "value": 0.7}
    assert before["metrics"]["attach_rate"]["status"] == "risk"
    assert told["metrics"]["attach_rate"]["target"] == {"aim": ">=", "value": 0.55}
    assert told["metrics"]["attach_rate"]["status"] == "watch"
    assert "attach_rate                 0.5000 = 1 / 2  (target >= 0.5500: watch)" in run(
        "attach_rate", "--on", "2026-11-21"
    )


def test_what_should_rise_stands_against_the_year_before() -> None:
    machine = asset(account(), date(2020, 1, 1))
    cover(term(machine.account, date(2026, 1, 1), None), machine)
    told = json.loads(run("contracted_assets", "assets_in_service", "--on", "2026-11-21", "--json"))["metrics"]
    assert (told["contracted_assets"]["target"], told["contracted_assets"]["status"]) == (
        {"aim": "rising", "value": None}, "good",
    )  # fmt: skip
    assert not {"target", "status"} & set(told["assets_in_service"])
    assert "1  (target rising: good)" in run("contracted_assets", "--on", "2026-11-21")


def test_without_a_value_there_is_no_status() -> None:
    told = json.loads(run("net_revenue_retention", "--json"))["metrics"]["net_revenue_retention"]
    assert told["value"] is None and told["target"]["aim"] == ">=" and "status" not in told


def test_filters_narrow() -> None:
    asset(account(country="NL"), date(2020, 1, 1))
    asset(account("Elsewhere", country="DE"), date(2020, 1, 1))
    for narrowed in ("country=NL", "account=elsewhere"):
        printed = json.loads(run("assets_in_service", "--on", "2026-11-21", "--filter", narrowed, "--json"))
        assert printed["metrics"]["assets_in_service"]["value"] == 1


def test_a_person_reads_the_reason() -> None:
    assert "no value: No account had revenue in the year before." in run("net_revenue_retention")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["attach_rat"], "Near it: attach_rate"),
        (["attach_rate", "--filter", "colour=red"], 'There is no filter "colour".'),
        (["attach_rate", "--filter", "team=Nobody"], 'team: there is no "Nobody".'),
        (["attach_rate", "--filter", "known_at=soon"], "is not a date like 2026-11-21"),
    ],
)
def test_what_it_does_not_know_is_a_sentence_and_exit_1(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert sentence in str(caught.value)
    assert caught.value.returncode == 1


@pytest.mark.parametrize("arguments", [["--on", "tomorrow"], ["--filter", "team"], ["--colour"]])
def test_wrong_usage_is_exit_2(arguments: list[str]) -> None:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert caught.value.returncode == 1  # call_command has no usage error of its own; the shell gets 2
