"""Whether a machine on order comes in time (CV-03, CV-06). Pure."""

from datetime import date


def delay(promised_on: date | None, installed_on: date | None, on: date) -> int | None:
    """Days after the promised day on which it was installed, or on which it still is not; None where nothing was
    promised, 0 or less where it is in time."""
    return None if promised_on is None else ((installed_on or on) - promised_on).days
