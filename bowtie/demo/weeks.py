"""The last weeks at Voss Robotics, day by day, with people doing their work."""

from datetime import date
from random import Random

from bowtie.demo.people import Staff


def live(rng: Random, staff: Staff, *, on: date) -> None:
    """Run the days up to `on`."""
