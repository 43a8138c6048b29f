"""What is known of the starts of machines on a day: what red flags are read from, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, Min, OuterRef, Q, Subquery, Sum

from core.policies import policy_on
from core.scope import System
from health.rules.adoption import AdoptionPolicy
from health.rules.red_flags import OpenTicket, Pledge, Standing, Start, Trained, Use, standing
from health.rules.running import Reading, use_of
from installed_base.metrics.asof import stood, then
from installed_base.metrics.service import day_begins
from installed_base.models import (
    Asset,
    AssetPeriod,
    ContactMoment,
    Promise,
    RoiRecord,
    Ticket,
    Training,
    UsageReading,
)

SEEN = System("machines that were shown")


def followed(on: date, policy: AdoptionPolicy) -> Q:
    """Machines whose start is followed on that day: live for some time, or installed or promised and not live yet."""
    since = on - timedelta(days=policy.expected_days)
    waiting = Q(went_live_on__isnull=True) | Q(went_live_on__gt=on)
    expected = Q(installed_on__range=(since, on)) | Q(
        promised_on__range=(since, on + timedelta(days=policy.announced_days))
    )
    live = Q(went_live_on__range=(on - timedelta(days=policy.followed_days), on))
    return live | waiting & expected


def standings(ids: Sequence[int], on: date, policy: AdoptionPolicy | None = None) -> dict[int, Standing]:
    """How the start of each of these machines stands on that day. Whoever asks has seen the machines."""
    rules = policy or policy_on(AdoptionPolicy, on).values
    return {start.id: standing(start, rules, on) for start in starts(ids, on, rules)}


def starts(ids: Sequence[int], on: date, policy: AdoptionPolicy) -> list[Start]:
    """The facts of these machines on that day; what lies after it is not there."""
    if not ids:
        return []
    tickets, pledges = _tickets(ids, on), _pledges(ids, on)
    trained, used = _trained(ids, on), _used(ids, on, policy)
    return [
        Start(
            tickets=tuple(tickets[row["id"]]),
            pledges=tuple(pledges[row["id"]]),
            trained=trained.get(row["id"], Trained()),
            use=used.get(row["id"], Use()),
            **row,
        )
        for row in _dates(ids, on)
    ]


_DAYS = ("installed_on", "went_live_on", "on_specification_on")


def _dates(ids: Sequence[int], on: date) -> Iterable[dict[str, Any]]:
    results = RoiRecord._base_manager.filter(asset=OuterRef("pk")).order_by().values("asset")
    met = results.filter(realised_on__lte=on).annotate(first=Min("realised_on")).values("first")
    agreed = results.filter(agreed_on__lte=on).annotate(first=Min("agreed_on")).values("first")
    held = AssetPeriod.objects.filter(stood(on), asset=OuterRef("pk")).values("account")[:1]
    rows = Asset._base_manager.filter(pk__in=ids).order_by("pk")
    rows = rows.annotate(roi_on=Subquery(met), roi_agreed_on=Subquery(agreed), held_by=Subquery(held))
    found = list(rows.values("id", *_DAYS, "promised_on", "roi_on", "roi_agreed_on", "held_by"))
    spoken = _last_contacts({row["held_by"] for row in found}, on)
    for row in found:
        for name in _DAYS:
            row[name] = row[name] if row[name] and row[name] <= on else None
        row["last_contact_on"] = spoken.get(row.pop("held_by"))
    return found


def _last_contacts(accounts: Iterable[int | None], on: date) -> dict[int | None, date]:
    """When somebody last spoke with them."""
    rows = ContactMoment._base_manager.filter(account__in=[a for a in accounts if a], on__lte=on)
    return dict(rows.order_by().values_list("account").annotate(last=Max("on")))


def _tickets(ids: Sequence[int], on: date) -> Mapping[int, list[OpenTicket]]:
    """Tickets of the machines that were open at the end of the day."""
    end = day_begins(on + timedelta(days=1))
    again = Q(held__reopened_at__gte=F("held__resolved_at"), held__reopened_at__lt=end)
    rows = (
        Ticket._base_manager.filter(asset__in=ids, opened_at__lt=end)
        .alias(held=then(on))
        .filter(Q(held__resolved_at__isnull=True) | Q(held__resolved_at__gte=end) | again)
        .annotate(urgency=F("held__severity"))
        .order_by("opened_at", "pk")
    )
    found: dict[int, list[OpenTicket]] = defaultdict(list)
    for row in rows:
        opened = row.opened_at.astimezone(end.tzinfo).date()
        name = row.number or str(row.get_kind_display())
        broken = row.kind == Ticket.Kind.BREAKDOWN
        found[row.asset_id or 0].append(OpenTicket(row.pk, name, row.urgency or row.severity, broken, opened))
    return found


def pledge_of(row: Promise, on: date) -> Pledge:
    """A promise as it stood on a day: what was measured or agreed later is not there."""
    measured_on = row.measured_on if row.measured_on and row.measured_on <= on else None
    measured = row.measured if measured_on else None
    compared = measured is not None and row.promised is not None
    return Pledge(
        id=row.pk,
        text=row.text,
        kind=row.kind,
        promised=row.promised,
        unit=row.unit,
        due_on=row.due_on,
        measured=measured,
        measured_on=measured_on,
        kept=row.reaches(measured) if compared and measured is not None else None,
        met_on=row.met_on if row.met_on and row.met_on <= on else None,
    )


def _pledges(ids: Sequence[int], on: date) -> Mapping[int, list[Pledge]]:
    rows = (
        Promise.objects.visible_to(SEEN)
        .standing(on)
        .filter(asset__in=ids)
        .order_by(F("due_on").asc(nulls_last=True), "pk")
    )
    found: dict[int, list[Pledge]] = defaultdict(list)
    for row in rows:
        found[row.asset_id or 0].append(pledge_of(row, on))
    return found


def _trained(ids: Sequence[int], on: date) -> dict[int, Trained]:
    rows = Training.objects.visible_to(SEEN).asked(on).filter(asset__in=ids).order_by().values("asset")
    counted = rows.annotate(all=Sum("people"), done=Sum("people", filter=Q(trained_on__lte=on)))
    return {row["asset"]: Trained(row["all"], row["done"] or 0) for row in counted}


def _used(ids: Sequence[int], on: date, policy: AdoptionPolicy) -> dict[int, Use]:
    since = on - timedelta(days=2 * policy.rising_days + 7)
    rows = UsageReading._base_manager.filter(asset__in=ids, on__gt=since, on__lte=on).order_by("asset", "on")
    found: dict[int, list[Reading]] = defaultdict(list)
    for asset, day, days, run, output in rows.values_list("asset", "on", "days", "run_hours", "output"):
        found[asset].append(Reading(day, days, run, output if output is None else Decimal(output)))
    return {asset: use_of(readings, policy, on) for asset, readings in found.items()}
