"""Accounts with a little of every fact, made at random."""

from datetime import date, timedelta
from random import Random
from typing import Any

from installed_base.models import Account
from tests import cast

ON = date(2026, 11, 21)
# Facts that lie on the edge of some window, and one day beside it.
EDGES = [0, 1, 7, 8, 29, 30, 31, 60, 89, 90, 91, 179, 180, 181, 364, 365, 366, 455, 456, 729, 730, 731]
ROLES = ["operator", "engineering", "management", "purchasing"]


def days_ago(days: int, on: date = ON) -> date:
    return on - timedelta(days=days)


class Facts:
    """Random facts of accounts, around a day, some of them after it."""

    def __init__(self, seed: int, on: date = ON) -> None:
        self.random = Random(seed)
        self.on = on

    def day(self, least: int = -40) -> date:
        if self.random.random() < 0.4:
            return days_ago(self.random.choice(EDGES), self.on)
        return days_ago(self.random.randint(least, 500), self.on)

    def later(self, than: date, most: int = 200) -> date | None:
        return self.random.choice([None, than + timedelta(days=self.random.randint(0, most))])

    def account(self) -> Account:
        at = cast.account()
        people = [cast.contact(at, self.random.choice(ROLES), **self._champion()) for _ in range(self._few(4))]
        machines = [self._machine(at) for _ in range(self._few(3))]
        for _ in range(self._few(4)):
            self._ticket(at)
        for _ in range(self._few(5)):
            cast.moment(at, self.day(), self.random.choice([None, *people]))
        for _ in range(self._few(4)):
            cast.answer(at, self.day(), self.random.randint(0, 10), self.random.choice([None, *people]))
        for _ in range(self._few(3)):
            agreed = self.day()
            cast.roi(at, agreed, self.later(agreed))
        for _ in range(self._few(6)):
            self._entry(at)
        for _ in range(self._few(2)):
            self._judgement(at)
        for _ in range(self._few(2)):
            cast.visit(at, self.day())
        for machine in machines:
            self._paper(at, machine)
        return at

    def _few(self, most: int) -> int:
        return self.random.randint(0, most)

    def _champion(self) -> dict[str, Any]:
        since = self.random.choice([None, self.day()])
        return {"champion_since": since, "left_on": since and self.later(since)}

    def _machine(self, at: Account) -> Any:
        machine = cast.asset(at, self.day(), taken_out_on=None)
        for day in {self.day() for _ in range(self._few(6))}:
            hours = {"output": self.random.randint(0, 50), "days": self.random.choice([1, 1, 7])}
            good = self.random.choice([None, self.random.randint(0, hours["output"])])
            cast.reading(machine, day, self.random.randint(0, 24), good_output=good, **hours)
        return machine

    def _ticket(self, at: Account) -> None:
        words: dict[str, Any] = {
            "severity": self.random.choice(["critical", "normal"]),
            "sentiment": self.random.choice(["", "negative", "positive"]),
        }
        opened = self.day()
        after = self.random.choice([None, 3, 24, 25, 71, 73, 400])
        if after and self.random.random() < 0.3:
            words["reopened_at"] = cast.at_hour(opened, 9) + timedelta(hours=self.random.choice([after + 48, 1]))
        cast.ticket(at, opened, after, **words)

    def _entry(self, at: Account) -> None:
        on = self.day()
        due = self.random.choice([None, on + timedelta(days=30)])
        paid = due and self.random.choice([None, due + timedelta(days=self.random.randint(-20, 20))])
        stream = self.random.choice(["parts", "service_contract", "machine"])
        cast.posted(at, on, self.random.randint(-50, 900), stream, due_on=due, paid_on=paid)

    def _judgement(self, at: Account) -> None:
        on = self.day()
        withdrawn = self.later(on, 60) if self.random.random() < 0.3 else None
        until = on + timedelta(days=self.random.randint(0, 120))
        cast.judgement(at, on, self.random.randint(0, 100), until, withdrawn_on=withdrawn)

    def _paper(self, at: Account, machine: Any) -> None:
        starts = self.day()
        ends = self.random.choice([None, starts + timedelta(days=self.random.randint(5, 500))])
        dates: dict[str, Any] = {"tacit_months": self.random.choice([None, 12]) if ends else None}
        if self.random.random() < 0.3:
            dates |= {"terminated_on": starts + timedelta(days=self.random.randint(1, 300)), "end_reason": "price"}
        cast.cover(cast.term(at, starts, ends, **dates), machine)
