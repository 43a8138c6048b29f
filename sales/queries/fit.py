"""Whether leads fit the profile of the ideal customer, in sets: what `sales.rules.icp.fit_of` says of one (LG-02)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Cast, Lower, Trim

from sales.rules.icp import IcpPolicy

NOBODY_KNOWS = Cast(Value(None), IntegerField())
_TEXTS = ("country", "industry")


def answers(policy: IcpPolicy) -> Mapping[str, Case]:
    """Of each criterion that counts: 1 where a lead meets it, 0 where it does not, empty where nobody can say.

    To be annotated on leads beside `WORDS`.
    """
    unknown = {
        "country": Q(country_word=""),
        "industry": Q(industry_word=""),
        "employees": Q(employees__isnull=True),
        "machines": Q(machines__isnull=True),
    }
    met = {
        "country": Q(country_word__in=_words(policy.countries)),
        "industry": Q(industry_word__in=_words(policy.industries)),
        "employees": _between("employees", policy.employees_from, policy.employees_to),
        "machines": _between("machines", policy.machines_from, None),
    }
    return {name: _answer(unknown[name], met[name]) for name in policy.asked}


# The texts of a lead as they are compared.
WORDS = {f"{name}_word": Lower(Trim(name)) for name in _TEXTS}


def fits(names: tuple[str, ...]) -> Case | Cast:
    """1 where a lead fits, 0 where it does not, empty where nobody can say, over answers annotated as `met_<name>`.

    One that fails a criterion does not fit; where nothing is asked, nobody can say.
    """
    if not names:
        return NOBODY_KNOWS
    fails, knows = Q(), Q()
    for name in names:
        fails |= Q(**{f"met_{name}": 0})
        knows &= Q(**{f"met_{name}": 1})
    return Case(When(fails, then=Value(0)), When(knows, then=Value(1)), default=None, output_field=IntegerField())


def with_fit(rows: Any, policy: IcpPolicy) -> Any:
    """Leads with what they answer to each criterion that counts (`met_<name>`), and with `fits`."""
    found = {f"met_{name}": answer for name, answer in answers(policy).items()}
    return rows.annotate(**WORDS).annotate(**found).annotate(fits=fits(policy.asked))


def _answer(unknown: Q, met: Q) -> Case:
    return Case(When(unknown, then=None), When(met, then=Value(1)), default=Value(0), output_field=IntegerField())


def _words(names: tuple[str, ...]) -> list[str]:
    return [name.strip().lower() for name in names]


def _between(name: str, low: int | None, high: int | None) -> Q:
    met = Q(**{f"{name}__isnull": False})
    if low is not None:
        met &= Q(**{f"{name}__gte": low})
    if high is not None:
        met &= Q(**{f"{name}__lte": high})
    return met
