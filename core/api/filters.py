"""What a list may be asked: filters by allow-list, each strict about what it takes."""

from datetime import date
from typing import Any, ClassVar

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError

from core.api.paging import LARGEST_ID

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)
LONGEST_TEXT = 200
NO_DAY = _("Give a date as YYYY-MM-DD, from 1900-01-01 to 2199-12-31.")


def day(text: str, name: str) -> date:
    """A date written YYYY-MM-DD, between 1900 and 2199; ValidationError names the parameter."""
    if (found := _day(text)) is None:
        raise ValidationError({name: [NO_DAY]})
    return found


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if len(text) == 10 and text.isascii() else None
    except ValueError:
        return None
    return found if found and FIRST_DAY <= found <= LAST_DAY else None


class _DayField(forms.Field):
    def to_python(self, value: Any) -> date | None:
        if not value:
            return None
        if (found := _day(value)) is None:
            raise forms.ValidationError(NO_DAY)
        return found


class _FlagField(forms.Field):
    def to_python(self, value: Any) -> bool | None:
        if value in (None, ""):
            return None
        if value not in ("true", "false"):
            raise forms.ValidationError(_("Say true or false."))
        return value == "true"


class IdFilter(django_filters.NumberFilter):
    """The id of one thing. An id that does not exist, or that the caller may not see, finds nothing."""

    field_class = forms.IntegerField
    described: ClassVar = {"type": "integer", "format": "int64", "minimum": 1}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=LARGEST_ID, **kwargs)

    def get_max_validator(self) -> None:
        return None


class DayFilter(django_filters.Filter):
    field_class = _DayField
    described: ClassVar = {"type": "string", "format": "date"}


class FlagFilter(django_filters.Filter):
    field_class = _FlagField
    described: ClassVar = {"type": "boolean"}


class TextFilter(django_filters.CharFilter):
    """Text as it is; NUL and more than 200 characters are refused."""

    described: ClassVar = {"type": "string", "maxLength": LONGEST_TEXT}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, max_length=LONGEST_TEXT, strip=False, **kwargs)


class WordFilter(django_filters.ChoiceFilter):
    """One of the words listed in the schema."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, empty_label=None, **kwargs)
        self.described = {"type": "string", "enum": [str(value) for value, _label in kwargs["choices"]]}


class Filters(django_filters.FilterSet):
    """The filters of a list. `on` is the date about which the list is asked; `dated`: the caller named it."""

    def __init__(self, *args: Any, on: date, dated: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        self.dated = dated

    def narrowed(self) -> Any:
        """The rows that pass; ValidationError names each wrong parameter."""
        if not self.is_valid():
            raise ValidationError({name: [str(e) for e in found] for name, found in self.errors.items()})
        return self.qs
