"""Whether leads fit the profile of the ideal customer, in sets: what `sales.rules.icp.fit_of` says of one (LG-02)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Cast

from sales.queries.icp import unknown, unmet
from sales.rules.icp import IcpPolicy

NOBODY_KNOWS = Cast(Value(None), IntegerField())


def answers(policy: IcpPolicy) -> Mapping[str, Case]:
    """Of each criterion that counts: 1 where a lead meets it, 0 where it does not, empty where nobody can say."""
    fails, open_ = unmet(policy), unknown(policy)
    return {
        name: Case(
            When(fails[name], then=Value(0)),
            When(open_[name], then=None),
            default=Value(1),
            output_field=IntegerField(),
        )
        for name in policy.asked
    }


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
    return rows.annotate(**found).annotate(fits=fits(policy.asked))
