"""Which way a lead may move, when it waits for somebody, when two are the same, what it may become. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from sales.rules.opportunity import EXPANSION_KINDS, NEW_KINDS

NEW, WORKING = "new", "working"
OPEN_STATES = (NEW, WORKING)
# Touches in which somebody of ours spoke with them, and those with which we sought them.
TALKS = ("call", "visit", "demo")
OURS = ("mail", *TALKS)

_DAY = timedelta(days=1)
_LEGAL = {
    *("ab", "ag", "aps", "as", "bv", "bvba", "co", "corp", "cv", "eurl", "gmbh", "inc", "kg", "kgaa", "limited", "llc"),
    *("llp", "ltd", "mbh", "nv", "oy", "oyj", "plc", "sa", "sarl", "sas", "se", "spa", "srl", "vof"),
}


@dataclass(frozen=True)
class LeadPolicy:
    """How long a lead may go without us: `untouched_days` working days until the first word, `quiet_days` days after
    the last one."""

    policy_name: ClassVar[str] = "sales.leads"

    untouched_days: int = 2
    quiet_days: int = 30

    def problems(self) -> list[str]:
        """Days below one."""
        return [f"{name}: 1 day or more." for name in ("untouched_days", "quiet_days") if getattr(self, name) < 1]


# The day itself, or the next on which we work.
NextDay = Callable[[date], date]


def working_days_later(since: date, days: int, next_day: NextDay) -> date:
    """The day that lies so many working days after another one."""
    day = since
    for _ in range(days):
        day = next_day(day + _DAY)
    return day


def last_day_late(on: date, days: int, next_day: NextDay) -> date:
    """The last day from which so many working days have passed today; from later ones there is time left."""
    day = on - timedelta(days=days)
    while working_days_later(day, days, next_day) >= on:
        day -= _DAY
    return day


def answer_by(policy: LeadPolicy, created_on: date, next_day: NextDay) -> date:
    """The last day on which somebody may still be the first to speak with them, without being late."""
    return working_days_later(created_on, policy.untouched_days, next_day)


def waits(policy: LeadPolicy, created_on: date, reached_on: date | None, on: date, next_day: NextDay) -> bool:
    """Whether an open lead waits for us: nobody sought them in time, or not for long. `reached_on`: the last time."""
    if reached_on is None:
        return on > answer_by(policy, created_on, next_day)
    return (on - reached_on).days > policy.quiet_days


def late_before(policy: LeadPolicy, on: date, next_day: NextDay) -> date:
    """The last day of creation on which a lead that nobody sought waits today; later ones have time left."""
    return last_day_late(on, policy.untouched_days, next_day)


def came_back_as(worked_on: date | None) -> str:
    """The state of a dropped lead that is opened again."""
    return WORKING if worked_on else NEW


def plain_name(company: str) -> str:
    """The name of a company as it is compared: small letters, no signs, no legal form ("Bakker B.V." is "bakker")."""
    words = re.findall(r"\w+", re.sub(r"(?<=\b\w)\.(?=\w\b)", "", company.casefold().replace("&", " ")))
    kept = list(words)
    while kept and kept[-1] in _LEGAL:
        kept.pop()
    return " ".join(kept or words)


def longest_word(company: str) -> str:
    """The longest word that counts in a name, to look for others with it."""
    return max(plain_name(company).split(), key=len, default="")


def same_lead(company: str, email: str, other_company: str, other_email: str) -> bool:
    """Whether two leads are one: the same address, or the same company."""
    if email.strip() and email.strip().casefold() == other_email.strip().casefold():
        return True
    name = plain_name(company)
    return bool(name) and name == plain_name(other_company)


def kinds_open_to(standing: str) -> tuple[str, ...]:
    """Kinds of deal that a company may get: new business where it does not pay today, growth where it does.

    `standing` is the kind that the base proposes: new_logo for one who never paid, win_back for one who paid before,
    empty for a customer.
    """
    if not standing:
        return EXPANSION_KINDS
    return (standing, *(kind for kind in NEW_KINDS if kind != standing))


def kind_of_lead(standing: str, wanted: str) -> str:
    """The kind of the deal; empty where it is to be chosen. ValueError for one that this company cannot get."""
    if wanted and wanted not in kinds_open_to(standing):
        raise ValueError(wanted)
    return wanted or standing
