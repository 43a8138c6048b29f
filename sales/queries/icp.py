"""The profile of the ideal customer as the database answers it: the same as `fit_of` says of one lead (LG-02)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Lower, Trim
from django.db.models.lookups import In

from core.calendar import add_months
from core.models import User
from sales.models import Lead
from sales.rules.icp import MET, UNKNOWN, UNMET, IcpPolicy


def unmet(policy: IcpPolicy) -> dict[str, Q]:
    """For each criterion that counts, the leads that fail it."""
    conditions = {
        "country": _elsewhere("country", policy.countries),
        "industry": _elsewhere("industry", policy.industries),
        "employees": _outside("employees", policy.employees_from, policy.employees_to),
        "machines": _outside("machines", policy.machines_from, None),
    }
    return {name: conditions[name] for name in policy.asked}


def unknown(policy: IcpPolicy) -> dict[str, Q]:
    """For each criterion that counts, the leads of which nobody knows it."""
    conditions = {
        "country": Q(country__regex=r"^\s*$"),
        "industry": Q(industry__regex=r"^\s*$"),
        "employees": Q(employees__isnull=True),
        "machines": Q(machines__isnull=True),
    }
    return {name: conditions[name] for name in policy.asked}


def _elsewhere(name: str, wanted: tuple[str, ...]) -> Q:
    words = sorted({word.strip().casefold() for word in wanted})
    return Q(~Q(**{f"{name}__regex": r"^\s*$"}), ~Q(In(Lower(Trim(F(name))), words))) if words else Q(pk__in=[])


def _outside(name: str, low: int | None, high: int | None) -> Q:
    found = Q(pk__in=[])
    if low is not None:
        found |= Q(**{f"{name}__lt": low})
    return found | Q(**{f"{name}__gt": high}) if high is not None else found


def fit_case(policy: IcpPolicy) -> Any:
    """met, unmet or unknown, as an expression over leads; a profile that asks nothing leaves everything unknown."""
    whens = [When(condition, then=Value(UNMET)) for condition in unmet(policy).values()]
    whens += [When(condition, then=Value(UNKNOWN)) for condition in unknown(policy).values()]
    default = Value(MET) if policy.asked else Value(UNKNOWN)
    return Case(*whens, default=default, output_field=CharField()) if whens else default


@dataclass(frozen=True)
class ProfileCounts:
    """Leads of the past year by what they say to a profile, and how many fail or leave open each criterion."""

    total: int
    fit: int
    unfit: int
    unknown: int
    criteria: tuple[tuple[str, int, int], ...]


def profile_counts(policy: IcpPolicy, user: User, on: date) -> ProfileCounts:
    """How the leads that came in the twelve months until `on` answer the profile. One query."""
    rows: QuerySet[Any] = Lead.objects.visible_to(user).filter(created_on__gt=add_months(on, -12), created_on__lte=on)
    failed, open_ = unmet(policy), unknown(policy)
    counts: dict[str, Any] = {f"unmet_{name}": Count("pk", filter=failed[name]) for name in policy.asked}
    counts |= {f"unknown_{name}": Count("pk", filter=open_[name]) for name in policy.asked}
    fits = {f"fit_{key}": Count("pk", filter=Q(fit=key)) for key in (MET, UNMET, UNKNOWN)}
    found = rows.annotate(fit=fit_case(policy)).order_by().aggregate(total=Count("pk"), **fits, **counts)
    return ProfileCounts(
        found["total"],
        found["fit_met"],
        found["fit_unmet"],
        found["fit_unknown"],
        tuple((name, found[f"unmet_{name}"], found[f"unknown_{name}"]) for name in policy.asked),
    )
