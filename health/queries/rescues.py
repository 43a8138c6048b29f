"""Rescues of red accounts, with what is dated of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from core.policies import policy_on
from health.models import Rescue
from health.rules import Tier
from health.rules.rescue import (
    Clock,
    Lack,
    RescueFacts,
    RescuePolicy,
    RescueState,
    clock_of,
    lacks,
    state_of,
)
from playbooks.library import RESCUE
from playbooks.models import Play


def rescues_of(user: Any) -> QuerySet[Play]:
    """The rescues this user may see, each with what people wrote down. Technicians see none."""
    rows = Play.objects.visible_to(user).filter(playbook=RESCUE, subject_kind="spell")
    return rows.select_related("account", "owner__user", "owner__team", "rescue__sponsor")


_FACTS = """
SELECT p.id, COALESCE(p.anchor_on, p.opened_on), was.score, stands.score, sp.tier,
       r.cause_on, act.first_on, r.sponsor_on, away.left_on, r.concluded_on, r.outcome = 'recovered', p.closed_on
FROM unnest(%(ids)s::bigint[]) AS w(id)
JOIN playbooks_play p ON p.id = w.id
LEFT JOIN health_rescue r ON r.play_id = p.id
LEFT JOIN LATERAL (
    SELECT x.score FROM health_score x WHERE x.account_id = p.account_id
      AND x."on" <= COALESCE(p.anchor_on, p.opened_on) ORDER BY x."on" DESC LIMIT 1
) was ON TRUE
LEFT JOIN LATERAL (
    SELECT x.score FROM health_score x WHERE x.account_id = p.account_id AND x."on" <= %(on)s
    ORDER BY x."on" DESC LIMIT 1
) stands ON TRUE
LEFT JOIN health_spell sp ON sp.account_id = p.account_id AND sp.began_on <= %(on)s
    AND (sp.ended_on IS NULL OR sp.ended_on > %(on)s)
LEFT JOIN LATERAL (
    SELECT MIN(t.created_on) AS first_on FROM playbooks_task t
    WHERE t.play_id = p.id AND t.step LIKE 'action.%%' AND (t.closed_on IS NULL OR t.closed_on >= p.closed_on)
) act ON TRUE
LEFT JOIN LATERAL (
    SELECT MIN(x.began_on) AS left_on FROM health_spell x
    WHERE x.account_id = p.account_id AND x.tier IN ('yellow', 'green') AND x.began_on <= %(on)s
      AND x.began_on > COALESCE(p.anchor_on, p.opened_on)
) away ON TRUE
"""


def facts_of(plays: Iterable[Play], on: date) -> dict[int, RescueFacts]:
    """What is dated of these rescues by that day. One query."""
    rows = _fetch(_FACTS, {"ids": [play.pk for play in plays], "on": on})
    return {pk: _facts(*row) for pk, *row in rows}


def _facts(
    began: date, then: Any, now: Any, tier: str | None, cause: Any, action: Any, sponsor: Any, left: Any, ended: Any,
    recovered: bool | None, closed: Any,
) -> RescueFacts:  # fmt: skip
    tier_now = Tier(tier) if tier else Tier.UNKNOWN
    return RescueFacts(
        began, then, now, tier_now, cause, action, sponsor, left, ended, bool(recovered), closed
    )  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """One rescue on a day: its play, what people wrote, its facts, where it stands, its clock, what is missing."""

    play: Play
    rescue: Rescue | None
    facts: RescueFacts
    state: RescueState
    clock: Clock
    lacks: tuple[Lack, ...]

    @property
    def open(self) -> bool:
        return not self.clock.stopped


def standings(plays: Sequence[Play], on: date) -> list[Standing]:
    """Where these rescues stand on that day, in their order. One query beside that of the policy."""
    policy = policy_on(RescuePolicy, on).values
    facts = facts_of(plays, on)
    return [_standing(play, facts[play.pk], policy, on) for play in plays]


def _standing(play: Play, facts: RescueFacts, policy: RescuePolicy, on: date) -> Standing:
    return Standing(
        play=play,
        rescue=getattr(play, "rescue", None),
        facts=facts,
        state=state_of(facts, policy, on),
        clock=clock_of(facts, policy, on),
        lacks=lacks(facts, policy, on),
    )


def rescue_of(account: int, user: Any) -> Play | None:
    """The latest rescue of an account, if this user may see it."""
    return rescues_of(user).filter(account=account).order_by("closed_on", "-opened_on", "-pk").first()


_SCORES = """
SELECT d.day, (SELECT x.score FROM health_score x WHERE x.account_id = %(account)s AND x."on" <= d.day
               ORDER BY x."on" DESC LIMIT 1)
FROM unnest(%(days)s::date[]) AS d(day) ORDER BY d.day
"""


def scores_on(account: int, days: Sequence[date]) -> list[tuple[date, Decimal | None]]:
    """The score of an account on each of these days. One query."""
    return list(_fetch(_SCORES, {"account": account, "days": list(days)}))


_WORTH = """
SELECT l.account_id, SUM(l.amount_reporting) FROM installed_base_ledgerentry l
WHERE l.account_id = ANY(%(ids)s) AND l.state = 'posted' AND l."on" > %(on)s::date - 365 AND l."on" <= %(on)s
GROUP BY l.account_id
"""


def worth_of(accounts: Sequence[int], on: date) -> dict[int, Decimal]:
    """What was invoiced to each in a year, in the reporting currency: the worth of the work."""
    return dict(_fetch(_WORTH, {"ids": list(accounts), "on": on}))


def _fetch(sql: str, params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
