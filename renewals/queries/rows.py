"""A renewal as the queue shows it: one frozen row, whether read from the tables of today or rebuilt for a past day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy, ngettext

from core.free_text import NOTED, free_text
from core.models import Team, User
from core.reach import reach_of
from health.queries import Standing, standing_of, years_of
from health.rules import Tier
from installed_base.models.contracts import EndReason
from renewals.models import Outcome, Renewal, Stage
from renewals.rules import Bucket, bucket

# Days left in each bucket, both included; a test holds them against `renewals.rules.bucket`.
SPANS: Mapping[Bucket, tuple[int | None, int | None]] = {
    Bucket.OVERDUE: (None, -1),
    Bucket.T30: (0, 30),
    Bucket.T60: (31, 60),
    Bucket.T90: (61, 90),
    Bucket.LATER: (91, None),
}
NAMES = {
    "overdue": gettext_lazy("Overdue"),
    "t30": "T-30",
    "t60": "T-60",
    "t90": "T-90",
    "later": gettext_lazy("Later"),
    "decided": gettext_lazy("Decided"),
}
SPAN_WORDS = {
    "overdue": gettext_lazy("past the last day"),
    "t30": gettext_lazy("0 to 30 days left"),
    "t60": gettext_lazy("31 to 60 days left"),
    "t90": gettext_lazy("61 to 90 days left"),
    "later": gettext_lazy("91 days and more, opened to fix first"),
}
FIELDS = {
    "pk": "pk",
    "account_id": "account_id",
    "account": "account__name",
    "city": "account__city",
    "country": "account__country",
    "segment": "account__segment",
    "number": "term__contract__number",
    "level_id": "term__level_id",
    "level": "term__level__name",
    "owner_id": "owner_id",
    "owner_name": "owner__name",
    "owner_user": "owner__user_id",
    "owner_team": "owner__team_id",
    "review": "review",
    "decides_on": "decides_on",
    "ends_on": "ends_on",
    "tacit_months": "term__tacit_months",
    "notice_received_on": "term__notice_received_on",
    "terminated_on": "term__terminated_on",
    "value": "annual_value_reporting",
    "stage": "stage",
    "next_step": "next_step",
    "next_step_on": "next_step_on",
    "snoozed_until": "snoozed_until",
    "snoozed_reason": "snoozed_reason",
    "decided_on": "decided_on",
    "outcome": "outcome",
    "reason": "reason",
    "version": "version",
}


def for_reader(rows: Iterable["Row"], reader: User) -> list["Row"]:
    """What people wrote in these rows, for those to whom people at customers have a name."""
    if reach_of(reader).sees_names:
        return list(rows)
    return [
        replace(
            row,
            next_step=free_text(row.next_step, reader, NOTED),
            snoozed_reason=free_text(row.snoozed_reason, reader, NOTED),
        )
        for row in rows
    ]


@dataclass(frozen=True, kw_only=True)
class Row:
    """`on` is the day it is seen from; `value` is a year's price in the reporting currency, None where unknown."""

    on: date
    pk: int
    account_id: int
    account: str
    city: str
    country: str
    segment: str
    number: str
    level_id: int | None
    level: str | None
    owner_id: int
    owner_name: str
    owner_user: int | None
    owner_team: int | None
    review: int
    decides_on: date
    ends_on: date | None
    tacit_months: int | None
    notice_received_on: date | None
    terminated_on: date | None
    value: Decimal | None
    stage: str
    next_step: str
    next_step_on: date | None
    snoozed_until: date | None
    snoozed_reason: str
    decided_on: date | None
    outcome: str
    reason: str
    version: int
    tier: Tier = Tier.UNKNOWN
    score: Decimal | None = None
    # How far the score moved in a year, in points; None where it was not known then.
    change: Decimal | None = None
    # Thirteen months of the score, the last one today's; empty for an account that never had one.
    trend: tuple[Decimal | None, ...] = ()
    changeable: bool = False

    @property
    def days(self) -> int:
        return (self.decides_on - self.on).days

    @property
    def days_words(self) -> str:
        """58 days left, or 12 days late."""
        if self.days < 0:
            return ngettext("%(count)s day late", "%(count)s days late", -self.days) % {"count": -self.days}
        return ngettext("%(count)s day left", "%(count)s days left", self.days) % {"count": self.days}

    @property
    def bucket(self) -> str:
        return "decided" if self.decided_on else bucket(self.decides_on, self.on).name.lower()

    @property
    def place(self) -> str:
        return ", ".join(part for part in (self.city, self.country) if part)

    @property
    def stage_label(self) -> str:
        return str(Stage(self.stage).label)

    @property
    def outcome_label(self) -> str:
        return str(Outcome(self.outcome).label) if self.outcome else ""

    @property
    def reason_label(self) -> str:
        return str(EndReason(self.reason).label) if self.reason else ""

    @property
    def snoozed(self) -> bool:
        return self.snoozed_until is not None and self.snoozed_until > self.on

    @property
    def step_late_days(self) -> int:
        return max(0, (self.on - self.next_step_on).days) if self.next_step_on else 0

    @property
    def cancelled(self) -> bool:
        return self.notice_received_on is not None or self.terminated_on is not None

    @property
    def continues(self) -> bool:
        """Whether the contract goes on by itself when nobody says anything."""
        return not self.cancelled and (bool(self.tacit_months) or self.ends_on is None)

    @property
    def owner_badge(self) -> User | Team:
        """Whose badge stands in the row: a name and an id, without a query."""
        return badge_of(self.owner_name, self.owner_user, self.owner_team)


def badge_of(name: str, user: int | None, team: int | None) -> User | Team:
    """A person or a team for the badge, known by name and id alone."""
    return Team(pk=team, name=name) if team else User(pk=user, first_name=name)


def row_of(values: Mapping[str, Any], *, on: date) -> Row:
    """A row out of a mapping with the paths of `FIELDS` as keys."""
    return Row(on=on, **{name: values[path] for name, path in FIELDS.items()})


def rows_of(renewals: QuerySet[Renewal], *, on: date) -> list[Row]:
    """The rows of these renewals, in one query and their order."""
    return [row_of(values, on=on) for values in renewals.values(*FIELDS.values())]


def with_health(rows: Iterable[Row], on: date, *, trends: bool = False) -> list[Row]:
    """The rows with tier and score of their accounts on that day, and perhaps the year behind it. One query."""
    rows = list(rows)
    ids = {row.account_id for row in rows}
    if trends:
        years = years_of(ids, on) if ids else {}
        return [
            _healthy(row, year.standing, year.trend) if (year := years.get(row.account_id)) else row for row in rows
        ]
    standings = standing_of(ids, on) if ids else {}
    return [_healthy(row, standings.get(row.account_id), ()) for row in rows]


def _healthy(row: Row, found: Standing | None, months: Iterable[Decimal | None]) -> Row:
    if found is None:
        return row
    return replace(row, tier=found.tier, score=found.score, change=found.change_year, trend=tuple(months))


def days_between(key: str) -> tuple[int | None, int | None]:
    """The first and last number of days left of a bucket, by its key."""
    return SPANS[next(b for b in SPANS if b.name.lower() == key)]


def keys_of_buckets() -> Iterable[str]:
    return [b.name.lower() for b in SPANS]
