"""Referrals as people read them, and as the day does; and who may be asked for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, Subquery

from core.models import User
from core.policies import policy_on
from expansion.models import Referral
from expansion.rules.referral import AdvocateFacts, ReferralFacts, ReferralPolicy, why_no_advocate
from health.models import Question, SurveyAnswer
from health.queries import tier_on, tiers_of
from installed_base.models import Account, Contact
from playbooks.library import RESCUE
from playbooks.models import Play

TEN = Decimal(10)
STATES = ("asked", "given", "won", "lost", "declined")


def referrals(user: User) -> Any:
    """The referrals a person sees, with what a line shows of each."""
    rows = Referral.objects.visible_to(user)
    return rows.select_related("account", "contact", "owner", "opportunity", "prospect", "asked_by")


def in_state(rows: Any, state: str) -> Any:
    """Those of a state. What is given and not decided counts as given, with or without an opportunity."""
    if state == "declined":
        return rows.filter(declined_on__isnull=False)
    if state == "asked":
        return rows.filter(given_on__isnull=True, declined_on__isnull=True)
    given = rows.filter(given_on__isnull=False)
    if state in ("won", "lost"):
        return given.filter(opportunity__stage=state)
    return given.filter(Q(opportunity__isnull=True) | ~Q(opportunity__stage__in=["won", "lost"]))


def to_thank(user: User, on: date) -> Any:
    """Given and not thanked for, or won and not told."""
    waiting = Q(thanked_on__isnull=True) | Q(opportunity__stage="won", told_on__isnull=True)
    return referrals(user).filter(waiting, given_on__isnull=False)


@dataclass(frozen=True)
class Advocate:
    """A customer who may be asked: who of them said what and when, and whether they are a champion."""

    account: Account
    contact: Contact
    answer: Decimal
    answered_on: date
    tier: str


def _last_answers() -> Any:
    rows = SurveyAnswer._base_manager.filter(
        question=Question.RECOMMEND, scale_from=0, scale_to=10, contact__isnull=False, contact__left_on__isnull=True
    )
    return rows.order_by("account_id", "-answered_on", "-pk").distinct("account_id")


def advocates(user: User, on: date) -> list[Advocate]:
    """Customers that RF-01 calls advocates, the happiest first and among them champions first (RF-07). Two queries.

    The last answer of anybody who is still there decides.
    """
    policy = policy_on(ReferralPolicy, on).values
    rows = Account.objects.visible_to(user).filter(merged_into__isnull=True)
    answers = _last_answers().filter(account__in=rows.values("pk"), answered_on__lte=on)
    asked = Referral._base_manager.filter(account=OuterRef("account_id"), asked_on__lte=on).order_by()
    rescue = Play._base_manager.filter(account=OuterRef("account_id"), playbook=RESCUE, closed_on__isnull=True)
    found = answers.annotate(
        tier=tier_on(on, "account_id"),
        asked_on=Subquery(asked.values("account").annotate(last=Max("asked_on")).values("last")),
        rescued=Exists(rescue),
    ).select_related("account", "contact")
    good = [
        Advocate(row.account, row.contact, row.value, row.answered_on, row.tier)
        for row in found
        if why_no_advocate(AdvocateFacts(row.tier, row.value, row.asked_on, row.rescued), policy, on) is None
    ]
    return sorted(
        good, key=lambda a: (-a.answer, a.contact.champion_since is None, -a.answered_on.toordinal(), a.account.pk)
    )


def of_account(account: int, on: date) -> AdvocateFacts:
    """What decides whether somebody of this account may be asked. Four queries."""
    answer = _last_answers().filter(account=account, answered_on__lte=on).first()
    asked = Referral._base_manager.filter(account=account, asked_on__lte=on).aggregate(last=Max("asked_on"))["last"]
    rescue = Play._base_manager.filter(account=account, playbook=RESCUE, closed_on__isnull=True).exists()
    return AdvocateFacts(tiers_of([account], on)[account].value, answer.value if answer else None, asked, rescue)


_FACTS = """
SELECT r.id, r.account_id, r.known_on, r.owner_id, a.country, r.given_on, r.thanked_on,
       CASE WHEN d.stage = 'won' THEN d.closed_on END, r.told_on, d.value_reporting
FROM unnest(%(ids)s::bigint[]) AS wanted(id)
JOIN expansion_referral r ON r.id = wanted.id
JOIN installed_base_account a ON a.id = r.account_id
LEFT JOIN sales_opportunity d ON d.id = r.opportunity_id
ORDER BY r.id
"""


def referral_facts(ids: Sequence[int], on: date) -> list[ReferralFacts]:
    return [ReferralFacts(*row) for row in _fetch(_FACTS, {"ids": list(ids)})]


def due_referrals(policy: ReferralPolicy, after: date | None, until: date) -> set[int]:
    """Referrals whose thanks come due, or whose deal was won, in (after, until]; ever until then without `after`."""
    span = timedelta(days=policy.thank_days + 1)
    rows = _fetch(
        "SELECT id FROM expansion_referral WHERE given_on <= %(end)s"
        " AND (%(begin)s::date IS NULL OR given_on > %(begin)s)"
        " UNION SELECT r.id FROM expansion_referral r JOIN sales_opportunity d ON d.id = r.opportunity_id"
        " WHERE d.stage = 'won' AND d.closed_on <= %(until)s AND (%(after)s::date IS NULL OR d.closed_on > %(after)s)",
        {"begin": after and after - span, "end": until - span, "after": after, "until": until},
    )
    return {row[0] for row in rows}


def touched_referrals(touched: Mapping[str, Sequence[int]]) -> set[int]:
    """Referrals that were touched, and those behind touched deals."""
    rows = _fetch(
        "SELECT id FROM expansion_referral WHERE id = ANY(%(own)s) OR opportunity_id = ANY(%(deals)s)",
        {"own": list(touched.get("referral", ())), "deals": list(touched.get("opportunity", ()))},
    )
    return {row[0] for row in rows}


def all_referrals() -> list[int]:
    return list(Referral._base_manager.order_by("pk").values_list("pk", flat=True))


def _fetch(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
