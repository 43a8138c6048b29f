"""The exact number of SQL, of any size."""

from typing import Any

from django.core.checks import CheckMessage
from django.db import models


class Number(models.DecimalField):
    """`numeric` without a fixed scale: a share of an amount keeps all its digits."""

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def cast_db_type(self, connection: Any) -> str:
        return "numeric"

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Without digits on purpose: what Django would say of them is left out."""
        return [found for found in super().check(**kwargs) if found.id not in ("fields.E130", "fields.E132")]
