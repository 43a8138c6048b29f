"""What the README tells a newcomer to type exists."""

import re
import subprocess
import sys

import pytest
from django.core.management import get_commands

from tests.house.test_storeys import ROOT

pytestmark = pytest.mark.house

README = ROOT / "README.md"


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def _code(text: str) -> str:
    """Only what stands in code blocks or backticks: prose may make what it likes."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


@pytest.fixture
def readme() -> str:
    assert README.exists(), "there is no README.md"
    return README.read_text()


def test_make_targets_exist(readme):
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", _code(readme)))
    assert {"demo", "test"} <= named
    assert named - _targets() == set()


def test_management_commands_exist(readme):
    named = set(re.findall(r"manage\.py ([a-z_]+)", _code(readme)))
    assert named - set(get_commands()) == set()


def test_files_exist(readme):
    named = re.findall(r"\]\((?!https?:|#)([^)#]+)", readme)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_embedded_command_line_has_the_words_of_the_readme():
    told = subprocess.run([sys.executable, "-m", "bowtie.embedded", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0
    assert [word for word in ("demo", "exec", "up") if word not in told.stdout] == []


def test_the_readme_is_short(readme):
    assert len(readme.splitlines()) < 120
