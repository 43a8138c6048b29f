"""Filters of the signals, the same in page and API."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from core.models import Owner
from expansion.chances import FAMILY_OF, Family
from expansion.models import Signal, SignalKind
from installed_base.models import ProductLine


class SignalFilter(django_filters.FilterSet):
    """All stand in the URL; what cannot be read is passed over."""

    family = django_filters.ChoiceFilter(
        choices=[(family.value, family.value) for family in Family], method="of_family", label=_("Family")
    )
    kind = django_filters.MultipleChoiceFilter(choices=SignalKind.choices, label=_("Kind"))
    owner = django_filters.ModelChoiceFilter(
        field_name="account__owner", queryset=lambda request: Owner.objects.order_by("name"), label=_("Owner")
    )
    country = django_filters.CharFilter(field_name="account__country", label=_("Country"))
    line = django_filters.ModelChoiceFilter(
        field_name="asset__product__line", queryset=ProductLine.objects.order_by("name"), label=_("Product line")
    )
    account = django_filters.NumberFilter(field_name="account_id", label=_("Account"))
    q = django_filters.CharFilter(field_name="account__name", lookup_expr="icontains", label=_("Account name"))

    class Meta:
        model = Signal
        fields: tuple[Any, ...] = ()

    def of_family(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(kind__in=[kind for kind, family in FAMILY_OF.items() if family == value])
