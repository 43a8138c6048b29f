"""Tickets and visits."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.importing.entities import Check, Entity, Field, Values
from core.importing.plan import Plan
from core.importing.writing import written
from installed_base.models import Asset, Ticket, TicketPeriod, Visit
from installed_base.models.assets import ON_ORDER
from installed_base.models.service import Sentiment, Severity

ACCOUNT_OF = Field("account", "ref", required=True, to="account", through=("asset",))
_HOUR = Decimal(3600)


def business_day(moment: str) -> str:
    """SQL for the day of a moment, in the time zone of the organisation."""
    return f"({moment} AT TIME ZONE '{settings.ORGANISATION_TIME_ZONE}')::date"


def seen_since(table: str, day: str, word: str) -> str:
    """SQL that tells machines without an installation or delivery date since when there is evidence of them; not those
    on order, where somebody may come before they do."""
    return (
        f'UPDATE "{Asset._meta.db_table}" a SET first_evidence_on = x.first FROM'
        f' (SELECT t.asset_id, min({day}) AS first FROM "{table}" t'
        f" WHERE t.asset_id IS NOT NULL AND t.id IN ({written(word)}) GROUP BY 1) x"
        " WHERE a.id = x.asset_id AND a.installed_on IS NULL AND a.delivered_on IS NULL"
        " AND (a.first_evidence_on IS NULL OR a.first_evidence_on > x.first)"
        f" AND a.first_evidence_on IS DISTINCT FROM DATE '{ON_ORDER}'"
    )


def _ticket_key(keys: dict[str, str], values: Values) -> str:
    return values.get("number") or ""


def _complete_ticket(values: Values, row: dict[str, Values]) -> None:
    """A breakdown from its opening to its resolution is the downtime of the machine, unless the file states it."""
    opened, resolved = values.get("opened_at"), values.get("resolved_at")
    if values.get("kind") == Ticket.Kind.BREAKDOWN.value and opened and resolved and not values.get("downtime_hours"):
        seconds = (datetime.fromisoformat(resolved) - datetime.fromisoformat(opened)).total_seconds()
        if seconds >= 0:
            hours = (Decimal(seconds) / _HOUR).quantize(Decimal("0.01"), ROUND_HALF_UP)
            values["downtime_hours"] = str(hours)


def _tickets_are_evidence(plan: Plan, ready: str) -> None:
    if "asset" in plan.mapped:
        with connection.cursor() as cursor:
            cursor.execute(seen_since(Ticket._meta.db_table, business_day("t.opened_at"), "ticket"))


def _visits_are_evidence(plan: Plan, ready: str) -> None:
    if "asset" in plan.mapped:
        with connection.cursor() as cursor:
            cursor.execute(seen_since(Visit._meta.db_table, 't."on"', "visit"))


def _before_opened(name: str, reason: object) -> Check:
    return Check(name, f"s.{name} < s.opened_at", reason, needs=(name, "opened_at"))


def _of_the_future(name: str) -> Check:
    return Check(name, f"{business_day(f's.{name}')} > {{on}}", _("lies in the future"), needs=(name,))


TICKET = Entity(
    word="ticket",
    plural="tickets",
    model=Ticket,
    fields=(
        ACCOUNT_OF,
        Field("site", "ref", to="site", through=("asset",)),
        Field("asset", "ref", to="asset"),
        Field("contact", "ref", to="contact"),
        Field("number"),
        Field("title"),
        Field("kind", choices=tuple(Ticket.Kind.values)),
        Field("severity", choices=tuple(Severity.values)),
        Field("sentiment", choices=tuple(Sentiment.values)),
        Field("opened_at", "datetime", required=True),
        Field("first_answer_at", "datetime"),
        Field("resolved_at", "datetime"),
        Field("reopened_at", "datetime"),
        Field("downtime_hours", "number", places=2),
        Field("attributes", "json"),
    ),
    checks=(
        _of_the_future("opened_at"),
        _of_the_future("resolved_at"),
        _before_opened("first_answer_at", _("lies before the ticket was opened")),
        _before_opened("resolved_at", _("lies before the ticket was opened")),
        _before_opened("reopened_at", _("lies before the ticket was opened")),
    ),
    period=TicketPeriod,
    touches="ticket",
    account="t.account_id",
    since=business_day("t.opened_at"),
    default_key=_ticket_key,
    finish=_complete_ticket,
    fills={"kind": ("downtime_hours",)},
    after=_tickets_are_evidence,
)


def _visit_key(keys: dict[str, str], values: Values) -> str:
    asset, on = values.get("asset"), values.get("on")
    return f"{asset}/{on}" if asset and on else ""


VISIT = Entity(
    word="visit",
    plural="visits",
    model=Visit,
    fields=(
        ACCOUNT_OF,
        Field("site", "ref", to="site", through=("asset",)),
        Field("asset", "ref", to="asset"),
        Field("ticket", "ref", to="ticket"),
        Field("technician", "named", to="user"),
        Field("kind", choices=tuple(Visit.Kind.values)),
        Field("on", "date", required=True),
        Field("hours", "number", places=2),
        Field("note"),
        Field("attributes", "json"),
    ),
    checks=(Check("on", 's."on" > {on}', _("lies in the future: a visit is one that took place")),),
    touches="visit",
    account="t.account_id",
    since='t."on"',
    default_key=_visit_key,
    after=_visits_are_evidence,
)
