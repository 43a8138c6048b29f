"""Values as they stood on a date, read from the periods of a subject."""

from datetime import date
from typing import Any

from django.db.models import Case, F, FilteredRelation, Q, QuerySet, When


def stood(on: date, path: str = "") -> Q:
    """Periods that stood on that date."""
    return Q(**{f"{path}valid_from__lte": on}) & (
        Q(**{f"{path}valid_to__isnull": True}) | Q(**{f"{path}valid_to__gt": on})
    )


def then(rows: QuerySet[Any], on: date, **paths: str) -> QuerySet[Any]:
    """Annotate under each name the value that stood on that date; without history the present one."""
    joined = rows.annotate(held=FilteredRelation("periods", condition=stood(on, "periods__")))
    known = Q(held__isnull=False)
    return joined.annotate(**{n: Case(When(known, then=F(f"held__{p}")), default=F(p)) for n, p in paths.items()})


def suffixed(paths: dict[str, str]) -> dict[str, str]:
    return {f"{name}_then": path for name, path in paths.items()}
