"""Filters of the lists of accounts and machines. All stand in the URL; what cannot be read is passed over."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.models import Owner
from dashboards.queries import machines as query
from installed_base.attention import of_attention
from installed_base.models import Account, Asset, ProductLine

AGES = (
    ("young", _("under 5 years")),
    ("middle", _("5 to 10 years")),
    ("oldest", _("10 years and older")),
    ("unknown", _("unknown")),
)
ATTENTION = (("proactive", _("proactive")), ("reactive", _("reactive")))
COVERAGE = (("yes", _("covered")), ("no", _("no contract")))


def _owners(request: Any) -> Any:
    return Owner.objects.order_by("name")


class AccountFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_name", label=_("Name"))
    segment = django_filters.CharFilter(label=_("Segment"))
    owner = django_filters.ModelChoiceFilter(queryset=_owners, label=_("Owner"))
    country = django_filters.CharFilter(label=_("Country"))

    class Meta:
        model = Account
        fields: tuple[Any, ...] = ()

    def by_name(self, rows: QuerySet[Account], name: str, text: str) -> QuerySet[Account]:
        return rows.filter(Q(name__icontains=text) | Q(city__istartswith=text) | Q(external_id__iexact=text))


class MachineFilter(django_filters.FilterSet):
    """Knows the day of the page: age and coverage are those of it."""

    q = django_filters.CharFilter(method="by_text", label=_("Serial, product, customer"))
    line = django_filters.ModelChoiceFilter(
        field_name="product__line", queryset=ProductLine.objects.order_by("name"), label=_("Product line")
    )
    age = django_filters.ChoiceFilter(
        method="by_age",
        label=_("Age"),
        choices=AGES,
    )
    covered = django_filters.ChoiceFilter(method="by_coverage", label=_("Contract"), choices=COVERAGE)
    attention = django_filters.ChoiceFilter(method="by_attention", label=_("Attention"), choices=ATTENTION)
    country = django_filters.CharFilter(method="by_country", label=_("Country"))
    account = django_filters.NumberFilter(field_name="account_id", label=_("Account"))
    dealer = django_filters.NumberFilter(field_name="dealer_id", label=_("Dealer"))
    owner = django_filters.ModelChoiceFilter(field_name="account__owner", queryset=_owners, label=_("Owner"))

    class Meta:
        model = Asset
        fields: tuple[Any, ...] = ()

    def __init__(self, *args: Any, on: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on

    def by_text(self, rows: QuerySet[Asset], name: str, text: str) -> QuerySet[Asset]:
        return query.searched(rows, text)

    def by_age(self, rows: QuerySet[Asset], name: str, cohort: str) -> QuerySet[Asset]:
        return query.of_cohort(rows, cohort, self.on)

    def by_coverage(self, rows: QuerySet[Asset], name: str, answer: str) -> QuerySet[Asset]:
        return query.covered(rows, self.on, answer == "yes")

    def by_attention(self, rows: QuerySet[Asset], name: str, attention: str) -> QuerySet[Asset]:
        return of_attention(rows, attention, self.on)

    def by_country(self, rows: QuerySet[Asset], name: str, country: str) -> QuerySet[Asset]:
        nowhere = Q(site__isnull=True) | Q(site__country="")
        return rows.filter(Q(site__country=country) | nowhere & Q(account__country=country))
