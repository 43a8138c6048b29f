"""Filling the demo, broken off anywhere: the next start goes on, or begins again."""

from typing import Any

import pytest

from bowtie.embedded import demo
from bowtie.embedded.place import Fault, Place
from bowtie.embedded.processes import Stop


class Kept:
    """A database of ours as far as the demo knows it."""

    ours = True

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.tables = self.people = False

    def has_tables(self) -> bool:
        return self.tables

    def has_people(self) -> bool:
        return self.people

    def note(self) -> dict[str, Any]:
        return self.kept

    def write_down(self, **values: object) -> None:
        self.kept = self.kept | values

    def empty(self) -> None:
        self.tables = self.people = False


FILL, FIGURES = ("demo", "--tables", "--without-figures"), ("demo", "--figures")
COMPANY = "Voss Robotics.\nSign in with\n  marloes"


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, place: Place):
    """One start of the demo up to its worker; answers the commands it ran, of which `fails` breaks off."""
    monkeypatch.delenv("BOWTIE_DEMO_SEED", raising=False)
    place.prepare()

    def begin(database: Any, fails: tuple[str, ...] = (), error: BaseException | None = None) -> list[tuple[str, ...]]:
        ran: list[tuple[str, ...]] = []

        def manage(_env: dict[str, str], *arguments: str) -> str:
            ran.append(arguments)
            if "--tables" in arguments or arguments[0] == "migrate":
                database.tables = True
            if "--without-figures" in arguments:
                database.people = True
            if arguments == fails and error:
                raise error
            return COMPANY

        monkeypatch.setattr(demo, "_manage", manage)
        try:
            if demo._prepare(place, database, {}):
                demo._keep_figures(place, database, {})
        except Stop:
            ran.append(("stopped",))
        return ran

    return begin


def test_a_first_start_fills_in_one_command_and_the_next_does_nothing(start, place):
    database = Kept()
    assert start(database) == [FILL, FIGURES]
    assert demo._names(place).read_text() == "Sign in with\n  marloes"
    assert start(database) == []


def test_broken_off_while_filling_it_begins_again(start):
    database = Kept()
    assert start(database, FILL, Stop(15)) == [FILL, ("stopped",)]
    assert (database.tables, database.people) == (True, True)
    assert start(database) == [FILL, FIGURES]
    assert start(database) == []


@pytest.mark.parametrize("error", [Stop(15), Fault("no memory")])
def test_broken_off_while_figures_are_stored_it_stores_the_rest(start, error, place):
    database = Kept()
    assert start(database, FIGURES, error)[:2] == [FILL, FIGURES]
    assert not demo._coming(place).exists()
    assert start(database) == [FIGURES]
    assert start(database) == []


def test_a_base_of_somebody_is_only_brought_up_to_date(start):
    database = Kept()
    database.tables = database.people = True
    assert start(database) == [("migrate", "--skip-checks", "--verbosity", "0")]
    assert start(database) == []
