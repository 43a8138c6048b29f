"""Tips as people read them, and as the day does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from core.calendar import add_months
from core.models import Role, User
from core.scope import System
from expansion.models import Tip, TipPhoto
from expansion.rules.tip import TipFacts, TipPolicy, late_on
from installed_base.models import Account, Asset, Visit
from sales.models import Opportunity, Stage

ASKED_BACK_DAYS = 31
MOST_ASKED = 6


def tips(user: User) -> Any:
    """The tips a person sees, with what a line shows of each."""
    rows = Tip.objects.visible_to(user)
    shown = rows.select_related("account", "asset__product", "given_by", "answered_by", "opportunity")
    photo = TipPhoto.objects.filter(tip=OuterRef("pk"))
    return shown.annotate(has_photo=Exists(photo))


def machines_of(user: User) -> QuerySet[Asset]:
    """The machines a person may speak of: a technician of any he stands at (trust.md 5.2), others of those they see."""
    actor = System("a tip about the machine at hand") if user.role == Role.TECHNICIAN else user
    return Asset.objects.visible_to(actor).select_related("account", "product", "site")


def late_at(at: datetime, policy: TipPolicy) -> Q:
    """Tips whose time is over at that moment without an answer."""
    return Q(answered_at__isnull=True, given_at__lt=at - timedelta(hours=policy.answer_hours))


@dataclass(frozen=True)
class Score:
    """What a person's tips of twelve months became. `value` is that of the deals won, in the reporting currency."""

    name: str
    mine: bool
    tips: int
    answered: int
    deals: int
    won: int
    value: Decimal


def scores(reader: User, on: date) -> list[Score]:
    """The score board (ST-04): everybody's tips of the twelve months to the day, the most fruitful first.

    A board of names and counts: it tells nobody about which customer a tip was.
    """
    since = add_months(on, -12)
    won = Q(opportunity__stage=Stage.WON, opportunity__closed_on__lte=on)
    rows = (
        Tip._base_manager.filter(known_on__gt=since, known_on__lte=on)
        .values("given_by", "given_by__first_name", "given_by__last_name", "given_by__username")
        .annotate(
            tips=Count("pk"),
            answered=Count("pk", filter=Q(answered_at__isnull=False)),
            deals=Count("opportunity", distinct=True),
            won=Count("opportunity", filter=won, distinct=True),
        )
    )
    worth = _worth(since, on)
    found = [_score(row, worth.get(row["given_by"], Decimal(0)), reader) for row in rows]
    return sorted(found, key=lambda s: (-s.value, -s.won, -s.tips, s.name))


def _worth(since: date, on: date) -> dict[int, Decimal]:
    """Per giver the value of the deals won from his tips, each deal once."""
    given = Tip._base_manager.filter(opportunity=OuterRef("pk"), known_on__gt=since, known_on__lte=on)
    first = given.order_by("given_at", "pk").values("given_by")[:1]
    rows = Opportunity._base_manager.filter(stage=Stage.WON, closed_on__lte=on).annotate(giver=first)
    return dict(
        rows.filter(giver__isnull=False)
        .order_by()
        .values_list("giver")
        .annotate(total=Sum("value_reporting", default=0))
    )


def _score(row: Mapping[str, Any], value: Decimal, reader: User) -> Score:
    full = f"{row['given_by__first_name']} {row['given_by__last_name']}".strip()
    name = full or row["given_by__username"]
    return Score(name, row["given_by"] == reader.pk, row["tips"], row["answered"], row["deals"], row["won"], value)


def unheard(user: User, on: date) -> list[Account]:
    """Where a technician was in the past month without a tip: what did you hear there? (ST-07)"""
    since = on - timedelta(days=ASKED_BACK_DAYS)
    told = Tip.objects.visible_to(user).filter(given_by=user, known_on__gt=since).values("account")
    been = Visit.objects.visible_to(user).filter(technician=user, on__gt=since, on__lte=on).exclude(account__in=told)
    rows = Account.objects.visible_to(user).filter(pk__in=been.values("account"), merged_into__isnull=True)
    return list(rows.order_by("name")[:MOST_ASKED])


_FACTS = """
SELECT t.id, t.account_id, t.known_on, a.owner_id, o.id, (t.given_at AT TIME ZONE %(zone)s)::date,
       (t.answered_at AT TIME ZONE %(zone)s)::date,
       CASE WHEN d.stage = 'won' THEN d.closed_on END, d.value_reporting
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN expansion_tip t ON t.id = wanted.id
JOIN installed_base_account a ON a.id = t.account_id
JOIN core_owner o ON o.user_id = t.given_by_id
LEFT JOIN sales_opportunity d ON d.id = t.opportunity_id
ORDER BY t.id
"""


def tip_facts(ids: Sequence[int], on: date) -> list[TipFacts]:
    return [TipFacts(*row) for row in _fetch(_FACTS, {"ids": list(ids), "zone": settings.ORGANISATION_TIME_ZONE})]


def due_tips(policy: TipPolicy, after: date | None, until: date) -> set[int]:
    """Tips whose time ends, or whose deal was won, in (after, until]; ever until then without `after`."""
    span = late_on(date(2000, 1, 1), policy) - date(2000, 1, 1)
    zone = ZoneInfo(settings.ORGANISATION_TIME_ZONE)
    begin = None if after is None else datetime.combine(after - span, datetime.min.time(), zone)
    end = datetime.combine(until - span + timedelta(days=1), datetime.min.time(), zone)
    rows = _fetch(
        "SELECT id FROM expansion_tip WHERE given_at < %(end)s"
        " AND (%(begin)s::timestamptz IS NULL OR given_at >= %(begin)s)"
        " UNION SELECT t.id FROM expansion_tip t JOIN sales_opportunity d ON d.id = t.opportunity_id"
        " WHERE d.stage = 'won' AND d.closed_on <= %(until)s AND (%(after)s::date IS NULL OR d.closed_on > %(after)s)",
        {"begin": begin, "end": end, "after": after, "until": until},
    )
    return {row[0] for row in rows}


def touched_tips(touched: Mapping[str, Sequence[int]]) -> set[int]:
    """Tips that were touched, and those behind touched deals."""
    rows = _fetch(
        "SELECT id FROM expansion_tip WHERE id = ANY(%(tips)s) OR opportunity_id = ANY(%(deals)s)",
        {"tips": list(touched.get("tip", ())), "deals": list(touched.get("opportunity", ()))},
    )
    return {row[0] for row in rows}


def all_tips() -> list[int]:
    return list(Tip._base_manager.order_by("pk").values_list("pk", flat=True))


def _fetch(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
