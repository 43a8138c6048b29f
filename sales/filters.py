"""Filters of the pipeline."""

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core import clock
from core.calendar import add_months
from core.models import Owner
from core.policies import policy_on
from sales.models import DealKind, Opportunity
from sales.queries import stalled
from sales.queries.dealer import deals_overdue
from sales.rules import OPEN_STAGES, PipelinePolicy

STALLED = "stalled"
AGES = [
    (STALLED, _("stalled")),
    ("90", _("older than 90 days")),
    ("180", _("older than 180 days")),
    ("365", _("older than a year")),
]


WITH_DEALERS, OVERDUE = "dealers", "overdue"
HELD = [(WITH_DEALERS, _("with dealers")), (OVERDUE, _("dealer overdue"))]
YEAR = "year"
CLOSED = [(YEAR, _("in the past year"))]


class OpportunityFilter(django_filters.FilterSet):
    """All stand in the URL; what cannot be read is passed over."""

    kind = django_filters.ChoiceFilter(choices=DealKind.choices, label=_("Kind"))
    owner = django_filters.ModelChoiceFilter(queryset=lambda request: Owner.objects.order_by("name"), label=_("Owner"))
    account = django_filters.NumberFilter(field_name="account_id", label=_("Account"))
    dealer = django_filters.NumberFilter(field_name="partner_id", label=_("Dealer"))
    held = django_filters.ChoiceFilter(choices=HELD, method="with_dealer", label=_("Dealer"))
    closed = django_filters.ChoiceFilter(choices=CLOSED, method="closed_since", label=_("Closed"))
    age = django_filters.ChoiceFilter(choices=AGES, method="of_age", label=_("Age"))
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("Name"))

    class Meta:
        model = Opportunity
        fields: tuple[Any, ...] = ()

    def of_age(self, rows: Any, name: str, value: str) -> Any:
        """Deals that stand still longer than their stage allows, or that began so many days ago."""
        on = clock.today()
        if value == STALLED:
            return rows.filter(stalled(policy_on(PipelinePolicy, on).values, on))
        begun = Coalesce("identified_on", "known_on")
        return rows.alias(begun_on=begun).filter(begun_on__lt=on - timedelta(days=int(value)))

    def with_dealer(self, rows: Any, name: str, value: str) -> Any:
        """Open deals that a dealer works, or whose dealer should have reported."""
        if value == OVERDUE:
            return rows.filter(deals_overdue(clock.today()))
        return rows.filter(partner__isnull=False, stage__in=OPEN_STAGES)

    def closed_since(self, rows: Any, name: str, value: str) -> Any:
        """Deals that were decided in the past year."""
        on = clock.today()
        return rows.filter(closed_on__gt=add_months(on, -12), closed_on__lte=on)
