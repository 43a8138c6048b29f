"""A contract book that arrives each quarter, with every term so far, gives what its last one alone would give."""

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import transaction

from core.calendar import add_months, inclusive_end
from core.metrics import catalogue, compute_many
from core.scope import System
from installed_base.models import Term, TermSuccession
from playbooks import day
from renewals.models import Renewal
from renewals.tasks import ESCALATIONS, MILESTONES
from tests.installed_base.importing import Importing

pytestmark = pytest.mark.django_db
QUARTERS = [add_months(date(2024, 10, 15), 3 * n) for n in range(9)]
LAST = QUARTERS[-1]
TRIGGERS = (MILESTONES, ESCALATIONS)
MAPPING = """
source = "book"
currency = "EUR"
reporting_currency = "EUR"
[file]
dates = ["iso"]
decimal = "."
[account]
create = true
key = "customer"
name = "customer"
[contract]
key = "contract"
number = "contract"
[term]
key = "term"
starts_on = "start"
ends_on = "end"
annual_value = "value"
terminated_on = "ended"
end_reason = "why"
tacit_months = "tacit"
notice_months = "notice"
"""


@dataclass(frozen=True)
class Line:
    """One term, the day from which the book lists it, and until when it says another end."""

    customer: str
    contract: str
    term: str
    start: date
    end: date
    value: int
    listed_on: date
    tacit: int | None = None
    notice: int = 0
    ended: date | None = None
    first_end: date | None = None
    corrected_on: date | None = None

    def said_on(self, on: date) -> list[Any]:
        moved = self.corrected_on is not None and on < self.corrected_on
        ended = self.ended if self.ended and self.ended <= on else None
        return [
            self.customer,
            self.contract,
            self.term,
            self.start,
            self.first_end if moved else self.end,
            self.value,
            ended or "",
            "price" if ended else "",
            self.tacit or "",
            self.notice,
        ]


def a_book(seed: int) -> list[Line]:
    """Contracts renewed early, on time, late or never; with terms that were listed too late, and moved ends."""
    chance = random.Random(seed)
    lines: list[Line] = []
    for number in range(40):
        starts_on = date(2022, 1, 1) + timedelta(days=chance.randrange(700))
        tacit = chance.choice([None, None, None, 12])
        for count in range(1, 6):
            months = chance.choice([12, 12, 24, 9])
            ends_on = inclusive_end(starts_on, months)
            line = Line(
                f"Customer {number % 12}",
                f"C{number}",
                f"C{number}-{chance.randrange(1000)}-{count}",
                starts_on,
                ends_on,
                chance.randrange(1, 40) * 1000,
                starts_on + timedelta(days=chance.choice([-40, -40, 0, 20, 400])),
                tacit,
                chance.choice([0, 1, 3]) if tacit else 0,
            )
            lines.append(_with_trouble(line, chance))
            if chance.random() < 0.2:
                break
            starts_on = ends_on + timedelta(days=chance.choice([1, 1, 1, 21, 80, -60]))
    return [line for line in lines if line.listed_on <= LAST]


def _with_trouble(line: Line, chance: random.Random) -> Line:
    if chance.random() < 0.1:
        return replace(line, ended=line.start + timedelta(days=chance.randrange(20, 200)))
    if chance.random() < 0.15:
        corrected_on = line.listed_on + timedelta(days=100)
        return replace(line, first_end=line.end + timedelta(days=45), corrected_on=corrected_on)
    return line


def file_of(book: list[Line], on: date) -> str:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["customer", "contract", "term", "start", "end", "value", "ended", "why", "tacit", "notice"]
    )  # fmt: skip
    writer.writerows(line.said_on(on) for line in book if line.listed_on <= on)
    return out.getvalue()


# By definition: terms that were known only after their first milestone are listed apart (RN-12).
RESTS_ON_WHEN_WE_KNEW = {"renewals_started_on_time"}


def key_of(term: Term) -> str:
    return term.external_id


def what_follows() -> dict[str, Any]:
    """Who follows whom, what is to be decided from the last day on, and every figure of that day."""
    pairs = TermSuccession.objects.select_related("term", "successor")
    renewals = Renewal.objects.filter(decides_on__gte=LAST).select_related("term")
    keys = [m.key for m in catalogue() if m.key not in RESTS_ON_WHEN_WE_KNEW]
    figures = compute_many(keys, on=LAST, actor=System("test"))
    return {
        "terms": sorted(Term.objects.values_list("external_id", "starts_on", "ends_on", "terminated_on")),
        "successions": sorted((key_of(p.term), key_of(p.successor)) for p in pairs),
        "open": sorted(
            (key_of(r.term), r.review, r.decides_on, r.ends_on, r.annual_value_reporting)
            for r in renewals
            if r.decided_on is None
        ),
        "figures": {key: (r.value, r.numerator, r.denominator, dict(r.parts)) for key, r in figures.items()},
    }


def undone(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    with transaction.atomic():
        found = work()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize(("seed", "with_days"), [(2, False), (3, True)])
def test_quarter_by_quarter_is_the_same_as_the_last_one_alone(tmp_path, monkeypatch, seed, with_days):
    monkeypatch.setattr(day, "days_to_do", lambda completed, on, through, policy: [on])
    book, importing = a_book(seed), Importing(tmp_path)

    def each() -> dict[str, Any]:
        for on in QUARTERS:
            assert importing("contracts", MAPPING, file_of(book, on), on=on).rejected == 0
            if with_days:
                day.run(TRIGGERS, on=on)
        day.run(TRIGGERS, on=LAST)
        return what_follows()

    def last_alone() -> dict[str, Any]:
        importing("contracts", MAPPING, file_of(book, LAST), on=LAST)
        day.run(TRIGGERS, on=LAST)
        return what_follows()

    one, other = undone(each), undone(last_alone)
    assert len(other["successions"]) > 20 and len(other["open"]) >= 2
    assert other["figures"]["renewal_rate"][2] > 5
    assert one == other
