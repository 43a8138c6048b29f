"""A row of the API: declared once, read by `.values_list()`, written by orjson, described in the schema."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

Rows = list[dict[str, Any]]


class Amount(serializers.DecimalField):
    """Money, as text with two decimals. Left out of the row for callers who do not see prices."""

    priced = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"max_digits": 16, "decimal_places": 2, "required": False, "allow_null": True} | kwargs))


class Currency(serializers.CharField):
    priced = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"required": False, "allow_blank": True} | kwargs))


class FreeText(serializers.CharField):
    """What somebody wrote, or a name: it may name people, and is null for callers to whom people have no name."""

    naming = True

    def __init__(self, **kwargs: Any) -> None:
        told = f"{kwargs.pop('help_text', '')} Null for callers who see no names.".strip()
        super().__init__(allow_null=True, help_text=told, **kwargs)


class Row(serializers.Serializer[Any]):
    """The fields of a row. `source` says where a field is read; a field in `derived` is filled in afterwards."""

    derived: tuple[str, ...] = ()

    @classmethod
    def columns(cls, *, prices: bool) -> dict[str, str]:
        """Field name -> path in the database, without prices for those who do not see them."""
        return {
            name: (field.source or name).replace(".", "__")
            for name, field in cls._declared_fields.items()  # type: ignore[attr-defined]
            if name not in cls.derived and (prices or not getattr(field, "priced", False))
        }

    @classmethod
    def without_names(cls, rows: Rows) -> None:
        """Take out of these rows what may name people; what is empty stays so."""
        naming = [name for name, field in cls._declared_fields.items() if getattr(field, "naming", False)]  # type: ignore[attr-defined]
        for row in rows:
            row.update({name: None for name in naming if row.get(name)})


def read(rows: QuerySet[Any], names: list[str]) -> Rows:
    """The rows of a `values_list` queryset under these names, in their order."""
    return [dict(zip(names, row, strict=True)) for row in rows]


def text(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(**kwargs)


def whole(**kwargs: Any) -> serializers.IntegerField:
    return serializers.IntegerField(**kwargs)


def day_or_null(help_text: str = "") -> serializers.DateField:
    return serializers.DateField(allow_null=True, help_text=help_text)
