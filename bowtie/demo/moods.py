"""How it goes with each customer, now and a year ago: what tickets, usage, answers and payments are drawn from."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from random import Random

from bowtie.demo.customers import Customer

# The red account that is being rescued, and the one nobody spoke with.
RESCUED, SILENT = "Van Houten Bakkerijen", "Noordhof Groep"
# Of a hundred customers so many, and how well it goes with them: from 0 (badly) to 1 (well).
KINDS = ((50, (0.86, 1.0)), (32, (0.4, 0.56)), (18, (0.0, 0.15)))


@dataclass(frozen=True)
class Mood:
    """From 0 to 1: what it was a year ago and before, and what it is now."""

    before: float
    now: float
    on: date

    def at(self, day: date) -> float:
        """On a straight line through the last year."""
        passed = min(max(1 - (self.on - day).days / 365, 0.0), 1.0)
        return self.before + (self.now - self.before) * passed


# Most of those whose contract ended without another one had been going downhill for a while.
DOWNHILL = (0.55, 0.1)


def moods(customers: list[Customer], on: date, left: Container[int] = ()) -> dict[int, Mood]:
    """One mood per account; `left` are those whose contract ended and was not renewed."""
    rng = Random(41)
    found = {c.account.pk: _drawn(rng, on) for c in customers}
    found |= {pk: Mood(*DOWNHILL, on) for pk in found if pk in left and pk % 4}
    by_name = {c.account.name: c.account.pk for c in customers}
    found[by_name[RESCUED]] = Mood(0.5, 0.12, on)
    found[by_name[SILENT]] = Mood(0.9, 0.42, on)
    return found


def _drawn(rng: Random, on: date) -> Mood:
    _, (low, high) = rng.choices(KINDS, [k[0] for k in KINDS])[0]
    now = rng.uniform(low, high)
    return Mood(min(max(now + rng.uniform(-0.22, 0.28), 0.0), 1.0), now, on)
