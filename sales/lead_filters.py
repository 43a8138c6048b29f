"""Filters and orders of the list of leads."""

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import Owner
from core.reach import reach_of
from sales.models import Channel, DealerAssignment, Lead, LeadSource
from sales.words.lead import FIT_LABELS

MINE = "mine"
PERIODS = [("30", _("30 days")), ("90", _("90 days")), ("365", _("a year"))]
SORTS = {
    "oldest": ("created_on", "pk"),
    "newest": ("-created_on", "-pk"),
    "untouched": ("moved_on", "pk"),
    "company": ("company", "pk"),
}
SORT_LABELS = [
    ("oldest", _("oldest first")),
    ("newest", _("newest first")),
    ("untouched", _("longest untouched first")),
    ("company", _("by company")),
]


def _sources(request: Any) -> Any:
    return LeadSource.objects.visible_to(request.user)


def _is_id(text: str) -> bool:
    return text.isdecimal() and len(text) < 19


class LeadFilter(django_filters.FilterSet):
    """All stand in the URL; what cannot be read is passed over."""

    source = django_filters.ModelChoiceFilter(field_name="lead_source", queryset=_sources, label=_("Source"))
    channel = django_filters.ChoiceFilter(
        field_name="lead_source__channel", choices=Channel.choices, label=_("Channel")
    )
    owner = django_filters.CharFilter(method="of_owner", label=_("Owner"))
    dealer = django_filters.CharFilter(method="of_dealer", label=_("Dealer"))
    had = django_filters.CharFilter(method="taken_back", label=_("Taken back from"))
    fit = django_filters.ChoiceFilter(choices=list(FIT_LABELS.items()), label=_("Profile"))
    country = django_filters.CharFilter(field_name="country", lookup_expr="iexact", label=_("Country"))
    came = django_filters.ChoiceFilter(choices=PERIODS, method="since", label=_("Came"))
    q = django_filters.CharFilter(method="search", label=_("Company"))

    class Meta:
        model = Lead
        fields: tuple[Any, ...] = ()

    def of_owner(self, rows: Any, name: str, value: str) -> Any:
        """One's own, pools included, or those of one owner."""
        if value == MINE:
            return rows.filter(owner__in=reach_of(self.request.user).own)
        known = _is_id(value) and Owner.objects.filter(pk=int(value)).exists()
        return rows.filter(owner=int(value)) if known else rows

    def of_dealer(self, rows: Any, name: str, value: str) -> Any:
        """Those that a dealer has now, whatever became of them."""
        return rows.filter(partner=int(value)) if _is_id(value) else rows

    def taken_back(self, rows: Any, name: str, value: str) -> Any:
        """Those that a dealer had until they were taken back."""
        if not _is_id(value):
            return rows
        had = DealerAssignment.objects.visible_to(self.request.user).filter(
            lead__isnull=False, partner=int(value), ended_on__isnull=False
        )
        return rows.filter(pk__in=had.values("lead"))

    def since(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(created_on__gt=clock.today() - timedelta(days=int(value)))

    def search(self, rows: Any, name: str, value: str) -> Any:
        """By company, and by person and address of those that have a name for the reader."""
        text = value.strip()
        if "\x00" in text:
            return rows
        named = Lead.objects.named_to(self.request.user).values("pk")
        people = Q(person__icontains=text) | Q(email__icontains=text)
        return rows.filter(Q(company__icontains=text) | (people & Q(pk__in=named)))
