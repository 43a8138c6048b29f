"""Which values a column of the accounts has, for menus."""

from typing import Any

from django.db.models import BigIntegerField
from django.db.models.expressions import RawSQL

from core.reach import Level, reach_of
from core.scope import System
from installed_base.models import Account

# From each value to the next one above it, by the index on that column: a look for each value, not for each account.
_ONE_OF_EACH = """
WITH RECURSIVE one(id, value) AS (
    (SELECT a.id, a.{column} FROM installed_base_account a WHERE a.{column} > '' ORDER BY a.{column}, a.id LIMIT 1)
    UNION ALL
    SELECT n.id, n.value FROM one CROSS JOIN LATERAL (
        SELECT a.id, a.{column} AS value FROM installed_base_account a
        WHERE a.{column} > one.value ORDER BY a.{column}, a.id LIMIT 1
    ) n
) SELECT id FROM one
"""
_COLUMNS = ("country", "segment")


def in_use(column: str, actor: Any) -> Any:
    """Accounts that somebody sees, at least one for each value of `column` (country or segment), none where empty."""
    if column not in _COLUMNS:
        raise ValueError(column)
    seen = Account.objects.visible_to(actor).exclude(**{column: ""})
    if not isinstance(actor, System) and reach_of(actor).level is not Level.ALL:
        return seen
    one_of_each = RawSQL(_ONE_OF_EACH.format(column=column), [], output_field=BigIntegerField())
    return seen.filter(pk__in=one_of_each)
