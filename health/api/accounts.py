"""Accounts with their score, and the health of one with its reasons, to be read."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import clock
from core.api.filters import day
from core.api.reading import ApiView, Asking, number, parameters
from core.api.rows import Amount, Row, Rows, day_or_null, text, whole
from core.api.schema import AS_OF, or_problem
from core.policies import policy_on
from core.reach import Level, reach_of
from health.models.score import TIERS
from health.queries.group import GroupHealth, group_health
from health.queries.standing import Standing, health_of, standing_of
from health.rules import DimensionScore, Health, HealthPolicy, MeasureScore, Tier
from health.rules.stand_in import standing_in
from installed_base import api as base
from installed_base.api import accounts as plain
from installed_base.models import Account


def _score(help_text: str = "0 to 100; null: unknown.", **kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(5, 2, allow_null=True, help_text=help_text, **kwargs)


STATES = [("known", "known"), ("stale", "stale"), ("no_data", "no_data")]


class AccountRow(plain.AccountRow):
    derived = ("health_score", "health_tier")
    health_score = _score("0 to 100 on the date; null: unknown. Not for technicians.", required=False)
    health_tier = serializers.ChoiceField(TIERS, help_text="On the date.")


class AccountDetailRow(AccountRow, plain.AccountDetailRow):
    derived = (*AccountRow.derived, *plain.AccountDetailRow.derived)


@extend_schema(tags=["accounts"])
class Accounts(base.Accounts):
    """Accounts: the plants and companies that buy."""

    row = AccountRow
    detail_row = AccountDetailRow

    def complete(self, rows: Rows, asking: Asking) -> None:
        """The score and tier of each that day, in one query."""
        stands = standing_of([row["id"] for row in rows], asking.on)
        figures = asking.reach.level is not Level.ASSIGNED
        for row in rows:
            standing = stands.get(row["id"])
            row["health_tier"] = (standing.tier if standing else Tier.UNKNOWN).value
            if figures:
                row["health_score"] = standing.score if standing else None


class MeasureRow(Row):
    key = text()
    value = serializers.DecimalField(20, 6, allow_null=True, help_text="What was measured, in its own unit.")
    points = _score()
    weight = serializers.DecimalField(6, 4, help_text="Within its dimension.")
    on = day_or_null("The day of the newest fact.")
    n = whole(help_text="How many facts.")
    state = serializers.ChoiceField(STATES)


class DimensionRow(Row):
    key = text()
    weight = serializers.DecimalField(6, 4)
    score = _score()
    coverage = serializers.DecimalField(6, 4, help_text="0 to 1: how much of its weight is known.")
    measures = MeasureRow(many=True)


class MemberRow(Row):
    account_id = whole()
    score = _score()
    tier = serializers.ChoiceField(TIERS)
    annual_value = Amount(help_text="What it weighs by: the contracts in force.")


class GroupRow(Row):
    score = _score("The mean of the members, weighed by their contracts of a year.")
    tier = serializers.ChoiceField(TIERS)
    coverage = serializers.DecimalField(6, 4, help_text="0 to 1: how much of that worth has a score.")
    weakest_id = whole(allow_null=True, help_text="Id of the member that costs the group most.")
    members = MemberRow(many=True)


class HealthRow(Row):
    account_id = whole()
    on = serializers.DateField(help_text="The date asked about.")
    scored_on = day_or_null("The day on which the score last changed; null: it was never scored by then.")
    score = _score()
    tier = serializers.ChoiceField(TIERS)
    tier_since = day_or_null()
    may_be = serializers.ChoiceField(TIERS, allow_null=True, help_text="The tier that the unknown leaves possible.")
    low = _score("The score if all that is unknown were worst.")
    high = _score("The score if all that is unknown were best.")
    coverage = serializers.DecimalField(6, 4, allow_null=True, help_text="0 to 1: how much of the weight is known.")
    change_year = serializers.DecimalField(5, 2, allow_null=True, help_text="The score less that of a year before.")
    card = text(help_text="Key of the card that judged it; empty: the standard one.")
    stand_ins = serializers.ListField(
        child=serializers.CharField(), help_text="Measures that stood in for others that are not known."
    )
    dimensions = DimensionRow(many=True)
    group = GroupRow(allow_null=True, help_text="Of a parent: how its group stands. null: no plants.")


@extend_schema(tags=["accounts"])
class AccountHealth(ApiView, APIView):
    """The health of an account with its dimensions and what was measured, as of a date."""

    http_method_names = ["get", "head"]

    @extend_schema(parameters=[AS_OF], responses=or_problem(HealthRow, "400", "401", "403", "404"))
    def get(self, request: Request, id: int) -> Response:  # its name in the address
        given = parameters(request, ("as_of",))
        on = day(given["as_of"], "as_of") if given.get("as_of") else clock.today()
        user: Any = request.user
        pk = number(str(id))
        if not Account.objects.visible_to(user).filter(pk=pk).exists():
            raise NotFound
        if reach_of(user).level is Level.ASSIGNED:
            raise PermissionDenied(_("Service technicians see no figures."))
        said = _told(health_of([pk], on).get(pk), standing_of([pk], on).get(pk), policy_on(HealthPolicy, on).values)
        group = _group(group_health(pk, user, on), reach_of(user).sees_prices)
        return Response({"account_id": pk, "on": on} | said | {"group": group})


def _group(found: GroupHealth | None, prices: bool) -> dict[str, Any] | None:
    if found is None:
        return None
    group = found.group
    return {
        "score": group.score,
        "tier": group.tier.value,
        "coverage": group.coverage,
        "weakest_id": group.weakest and group.weakest.account,
        "members": [
            {"account_id": m.account, "score": m.score, "tier": m.tier.value}
            | ({"annual_value": m.worth} if prices else {})
            for _account, m in found.members
        ],
    }


def _told(health: Health | None, standing: Standing | None, policy: HealthPolicy) -> dict[str, Any]:
    return {
        "scored_on": health and health.on,
        "score": health and health.score,
        "tier": (standing.tier if standing else Tier.UNKNOWN).value,
        "tier_since": standing and standing.since,
        "may_be": health.may_be.value if health and health.may_be else None,
        "low": health and health.low,
        "high": health and health.high,
        "coverage": health and health.coverage,
        "card": health.card if health else "",
        "stand_ins": list(standing_in(health, policy)) if health else [],
        "change_year": standing and standing.change_year,
        "dimensions": [_dimension(d) for d in health.dimensions] if health else [],
    }


def _dimension(found: DimensionScore) -> dict[str, Any]:
    return {
        "key": found.key,
        "weight": found.weight,
        "score": found.score,
        "coverage": found.coverage,
        "measures": [_measure(m) for m in found.measures],
    }


def _measure(found: MeasureScore) -> dict[str, Any]:
    names = ("key", "value", "points", "weight", "on", "n", "state")
    return {name: getattr(found, name) for name in names}
