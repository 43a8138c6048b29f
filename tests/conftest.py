"""What every test may use."""

import os

import pytest
from hypothesis import HealthCheck, settings

SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]

settings.register_profile("dev", deadline=None, max_examples=50, suppress_health_check=SLOW_IS_FINE)
settings.register_profile("ci", deadline=None, max_examples=100, suppress_health_check=SLOW_IS_FINE, derandomize=True)
settings.register_profile("campaign", deadline=None, max_examples=2000, suppress_health_check=SLOW_IS_FINE)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(autouse=True)
def figures_rest(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day of a test ends without its figures: they cost more than the day, and have tests of their own.

    `@pytest.mark.figures` lets a test have them.
    """
    if not request.node.get_closest_marker("figures"):
        monkeypatch.setattr("bowtie.day.take_today", lambda *, on: None)


@pytest.fixture(autouse=True)
def nothing_read_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as a process that has read no policies and no targets: queries are counted alike, whichever
    test ran before."""
    monkeypatch.setattr("core.policies._read", ("", []))
    monkeypatch.setattr("core.metrics.targets._read", ("", {}))
