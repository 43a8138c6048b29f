"""The exact number of SQL, of any size: what contributions are added up in."""

from typing import Any

from django.db.models import DecimalField


class Number(DecimalField):
    """`numeric` without a fixed scale: a share of an amount keeps all its digits."""

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def cast_db_type(self, connection: Any) -> str:
        return "numeric"


NUMBER = Number()
