"""Large libraries that single pages want. Commands go without them; servers load them before they fork."""

from importlib import import_module

# PDF, tables of cohorts, calendars of all countries: together some seconds of a cold start, and memory to be shared.
LATE = ("core.press", "pandas", "holidays.countries")


def load_ahead() -> None:
    """Load them now, so that no request waits for them and forked workers share them."""
    for name in LATE:
        import_module(name)
