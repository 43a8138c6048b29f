"""The lock files pin what pyproject.toml asks for, and say nothing of where it came from."""

import re
import tomllib

import pytest

from tests.house.test_storeys import ROOT

pytestmark = pytest.mark.house


def _pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    return {match[1]: line for line in lines if (match := re.match(r"([a-z0-9._-]+)==", line))}


def _asked(words: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ;]", word, maxsplit=1)[0].lower() for word in words}


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_everything_asked_for_is_pinned(project):
    run = _asked(project["project"]["dependencies"] + project["project"]["optional-dependencies"]["embedded"])
    assert run - set(_pins("requirements.lock")) == set()
    assert _asked(project["dependency-groups"]["dev"]) - set(_pins("requirements-dev.lock")) == set()


def test_the_development_lock_contains_the_other():
    """`make demo` takes an environment made for work as it is."""
    run, dev = _pins("requirements.lock"), _pins("requirements-dev.lock")
    assert {name: line for name, line in run.items() if dev.get(name) != line} == {}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_hold_pins_alone(name):
    lines = (ROOT / name).read_text().splitlines()
    assert [line for line in lines if not re.match(r"[a-z0-9._-]+==\S+( ; .+)?$", line)] == []
