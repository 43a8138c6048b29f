"""What is expected of a renewal: said by the person who works it, and kept by the day."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import User
from renewals.actions.working import WorkRefused, check_version
from renewals.models import ForecastCategory, ForecastDay, ForecastTable, Renewal, RenewalForecast
from renewals.queries.forecast import expectations, stood_before
from renewals.queries.rates import TIERS, kept_rows, observed
from renewals.rules.forecast import table_of

MOST = Decimal("99999999999999.99")


def say_forecast(
    *, renewal: int, category: str, annual: Decimal, version: int, by: User, on: date
) -> RenewalForecast:  # fmt: skip
    """Commit to a year's value in the reporting currency, if nobody changed the renewal since `version` was read."""
    if category not in ForecastCategory.values:
        raise WorkRefused(_("Choose commit, best case or at risk."))
    if not annual.is_finite() or not 0 <= annual <= MOST:
        raise WorkRefused(_("The forecast is an amount of zero or more. Nothing was changed."))
    with audited(by=by, why="renewals.say_forecast"):
        row = _open_one(renewal, version, by)
        said = RenewalForecast.objects.filter(renewal=row).first() or RenewalForecast(renewal=row)
        said.category, said.annual_reporting, said.said_on, said.said_by = category, annual, on, by
        said.save()
        _moved_on(row, on)
        return said


def withdraw_forecast(*, renewal: int, version: int, by: User, on: date) -> None:
    """Say nothing of it any more; what was said stays in the trail."""
    with audited(by=by, why="renewals.withdraw_forecast"):
        row = _open_one(renewal, version, by)
        RenewalForecast.objects.filter(renewal=row).delete()
        _moved_on(row, on)


def _open_one(renewal: int, version: int, by: User) -> Renewal:
    rows = Renewal.objects.changeable_by(by).filter(pk=renewal).select_for_update(of=("self",))
    row = rows.get()
    if row.decided_on:
        raise WorkRefused(_("This renewal is decided."))
    check_version(row, version)
    return row


def _moved_on(row: Renewal, on: date) -> None:
    Renewal.objects.filter(pk=row.pk).update(version=F("version") + 1)
    touch("renewal", [row.pk], since=on, account_of={row.pk: row.account_id})


def keep_forecasts(ids: Sequence[int], moment: Any) -> Counter[str]:
    """Keep what is expected of these on the day, where it differs from what stands; counts rows.

    In the transaction of its chunk, and with it the place to go on from: killed at any moment, it is done again or
    done already.
    """
    if not ids:
        return Counter()
    kept = _table_of_day(moment.on)
    table = table_of(kept_rows(kept), TIERS, moment.policy)
    wanted, stands = expectations(ids, table, moment.on), stood_before(ids, moment.on)
    changed = {pk: said for pk, said in wanted.items() if pk not in stands or stands[pk][1] != said}
    fields = ["chance", "tier", "category", "annual_reporting"]
    rows = [
        ForecastDay(renewal_id=pk, on=moment.on, **dict(zip(fields, said, strict=True))) for pk, said in changed.items()
    ]
    ForecastDay.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["renewal", "on"], update_fields=fields, batch_size=1000
    )
    ForecastTable.objects.filter(pk=kept.pk).update(kept_through=Greatest(F("kept_through"), max(ids)))
    return Counter(forecasts=len(rows))


def _table_of_day(on: date) -> ForecastTable:
    """The rates of the day, worked out once."""
    kept = ForecastTable.objects.filter(on=on).first()
    if kept is None:
        rows = [[row.tier, row.years, row.decided, row.won] for row in observed(on) if row.decided]
        kept, _made = ForecastTable.objects.get_or_create(on=on, defaults={"observed": rows})
    return kept
