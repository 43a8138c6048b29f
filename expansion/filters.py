"""Filters of the signals, the same in page and API, and of the whitespace matrix."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Owner
from expansion.chances import FAMILY_OF, Family
from expansion.models import Signal, SignalKind
from expansion.queries.whitespace.listing import without
from expansion.rules.whitespace import WhitespacePolicy
from installed_base.models import Account, ProductLine


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


class WhitespaceFilter(django_filters.FilterSet):
    """Rows of the matrix. `missing` is the key of a column that they have not bought: it knows the day of the page."""

    q = django_filters.CharFilter(method="by_name", label=_("Name or city"))
    segment = django_filters.CharFilter(label=_("Segment"))
    owner = django_filters.ModelChoiceFilter(queryset=lambda request: Owner.objects.order_by("name"), label=_("Owner"))
    industry = django_filters.CharFilter(label=_("Industry"))
    country = django_filters.CharFilter(label=_("Country"))
    missing = django_filters.CharFilter(method="without_column", label=_("Without"), max_length=140)

    class Meta:
        model = Account
        fields: tuple[Any, ...] = ()

    def __init__(self, *args: Any, on: date, policy: WhitespacePolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on, self.policy = on, policy

    def by_name(self, rows: Any, name: str, text: str) -> Any:
        return rows.filter(Q(name__icontains=text) | Q(city__istartswith=text))

    def without_column(self, rows: Any, name: str, column: str) -> Any:
        return without(rows, column, self.on, self.policy)
