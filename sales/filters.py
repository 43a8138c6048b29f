"""Filters of the pipeline, the same in page and API."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from core.models import Owner
from sales.models import DealKind, Opportunity


class OpportunityFilter(django_filters.FilterSet):
    """All stand in the URL; what cannot be read is passed over."""

    kind = django_filters.ChoiceFilter(choices=DealKind.choices, label=_("Kind"))
    owner = django_filters.ModelChoiceFilter(queryset=lambda request: Owner.objects.order_by("name"), label=_("Owner"))
    account = django_filters.NumberFilter(field_name="account_id", label=_("Account"))
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("Name"))

    class Meta:
        model = Opportunity
        fields: tuple[Any, ...] = ()
