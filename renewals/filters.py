"""What the address of the queue may say: one filter set for page and exports."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet, NumberFilter

from health.rules import Tier
from renewals.models import Renewal
from renewals.queries.overview import CHIPS, ONLY, in_month, only_those
from renewals.queries.queue import DEFAULT_SORT, SORTS, Criteria
from renewals.queries.rows import keys_of_buckets

SORT_CHOICES = [(sign + key, key) for key in SORTS for sign in ("", "-")]


class _Any(ChoiceFilter):
    """A choice that narrows no rows by itself: the queue reads it from the criteria."""

    def __init__(self, choices: list[tuple[str, str]]) -> None:
        super().__init__(choices=choices, method="_leave")


class _IdField(forms.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=2**63 - 1, **kwargs)


class _Id(NumberFilter):
    field_class = _IdField


class _MonthField(forms.CharField):
    """A month as 2027-03."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return f"{date.fromisoformat(f'{text}-01'):%Y-%m}" if text else ""
        except ValueError:
            raise forms.ValidationError(_("Write a month as 2027-03."))


class _Month(CharFilter):
    field_class = _MonthField


class QueueFilter(FilterSet):
    """Menus (owner, country, level, segment), month and `only` narrow the rows; chip, bucket, health and sort become
    criteria. `on` is the day the page shows.

    What is not understood is left out, and `unclear` names it.
    """

    owner = _Id(field_name="owner_id")
    country = CharFilter(field_name="account__country", max_length=60)
    level = _Id(field_name="term__level_id")
    segment = CharFilter(field_name="account__segment", max_length=40)
    show = _Any([(key, key) for key in CHIPS])
    bucket = _Any([(key, key) for key in [*keys_of_buckets(), "decided"]])
    health = _Any([(tier.value, tier.value) for tier in Tier])
    sort = _Any(SORT_CHOICES)
    month = _Month(method="_in_month", max_length=7)
    only = ChoiceFilter(choices=[(key, key) for key in ONLY], method="_only")

    class Meta:
        model = Renewal
        fields: list[str] = []

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on

    def _in_month(self, rows: QuerySet[Renewal], name: str, value: str) -> QuerySet[Renewal]:
        return rows.filter(in_month(value))

    def _only(self, rows: QuerySet[Renewal], name: str, value: str) -> QuerySet[Renewal]:
        return rows.filter(only_those(value, self.on))

    def _leave(self, rows: QuerySet[Renewal], name: str, value: Any) -> QuerySet[Renewal]:
        return rows

    @property
    def unclear(self) -> list[str]:
        self.form.is_valid()
        return sorted(self.form.errors)

    def narrowed(self, *, past: bool = False) -> QuerySet[Renewal]:
        """The rows, narrowed by what was understood. Owner, level and deciding day of a past day are not today's, and
        how late a step was then is not kept."""
        self.form.is_valid()
        rows: QuerySet[Renewal] = self.queryset
        for name, value in self.form.cleaned_data.items():
            if not (past and name in ("owner", "level", "month", "only")):
                rows = self.filters[name].filter(rows, value)
        return rows

    @property
    def criteria(self) -> Criteria:
        self.form.is_valid()
        said = self.form.cleaned_data
        return Criteria(
            chip=said.get("show") or "all",
            bucket=said.get("bucket") or "",
            health=said.get("health") or "",
            owner=self.chosen("owner"),
            level=self.chosen("level"),
            month=self.chosen("month"),
            sort=said.get("sort") or DEFAULT_SORT,
            cursor=str(self.data.get("cursor", ""))[:200],
        )

    def chosen(self, name: str) -> str:
        """What a menu has chosen, as it stands in the address; empty for everything."""
        self.form.is_valid()
        value = self.form.cleaned_data.get(name)
        return "" if value in (None, "") else str(value)

    @property
    def said(self) -> dict[str, str]:
        """What was understood and is not the default, by name."""
        chosen = {name: self.chosen(name) for name in sorted(self.filters)}
        defaults = {("show", "all"), ("sort", DEFAULT_SORT)}
        return {name: value for name, value in chosen.items() if value and (name, value) not in defaults}

    @property
    def query(self) -> str:
        """The same as it stands in an address: in one order, so that equal filters are equal text."""
        return urlencode(self.said)
