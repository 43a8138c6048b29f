"""Whether a lead fits the profile of the ideal customer, criterion by criterion (LG-02). Pure."""

from dataclasses import dataclass
from typing import ClassVar

MET, UNMET, UNKNOWN = "met", "unmet", "unknown"
# What the profile may ask, in the order in which it is shown.
CRITERIA = ("country", "industry", "employees", "machines")


@dataclass(frozen=True)
class IcpPolicy:
    """The ideal customer: what is empty is not asked. Countries and industries are written as on a lead.

    `employees_from`, `employees_to` and `machines_from` are numbers, their edges included.
    """

    policy_name: ClassVar[str] = "sales.icp"

    countries: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    employees_from: int | None = 50
    employees_to: int | None = None
    machines_from: int | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """The criteria that count, in the order of `CRITERIA`."""
        given = {
            "country": bool(self.countries),
            "industry": bool(self.industries),
            "employees": self.employees_from is not None or self.employees_to is not None,
            "machines": self.machines_from is not None,
        }
        return tuple(name for name in CRITERIA if given[name])

    def problems(self) -> list[str]:
        """Numbers below zero, and bounds between which nobody fits."""
        names = ("employees_from", "employees_to", "machines_from")
        found = [f"{name}: 0 or more." for name in names if (getattr(self, name) or 0) < 0]
        low, high = self.employees_from, self.employees_to
        if low is not None and high is not None and high < low:
            found.append("employees_to: not below employees_from, or no lead could ever fit.")
        return found


@dataclass(frozen=True)
class Fit:
    """Each criterion that counts with what the lead says to it; `verdict` is None where nobody can say yet."""

    criteria: tuple[tuple[str, str], ...]

    @property
    def verdict(self) -> bool | None:
        answers = [answer for _name, answer in self.criteria]
        if UNMET in answers:
            return False
        return True if answers and UNKNOWN not in answers else None


def fit_of(policy: IcpPolicy, *, country: str, industry: str, employees: int | None, machines: int | None) -> Fit:
    """What a lead fits. One that fails a criterion does not fit; else what is unknown leaves it open."""
    answers = {
        "country": _one_of(country, policy.countries),
        "industry": _one_of(industry, policy.industries),
        "employees": _between(employees, policy.employees_from, policy.employees_to),
        "machines": _between(machines, policy.machines_from, None),
    }
    return Fit(tuple((name, answers[name]) for name in policy.asked))


def _one_of(value: str, wanted: tuple[str, ...]) -> str:
    if not value.strip():
        return UNKNOWN
    return MET if value.strip().casefold() in {name.strip().casefold() for name in wanted} else UNMET


def _between(value: int | None, low: int | None, high: int | None) -> str:
    if value is None:
        return UNKNOWN
    return MET if (low is None or value >= low) and (high is None or value <= high) else UNMET
