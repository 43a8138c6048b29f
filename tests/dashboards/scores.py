"""Scores of one line: an account that stood so on that day, with its spell."""

from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from health.models import Score, Spell
from health.rules.explain import inputs_hash, to_keep
from health.rules.policy import HealthPolicy
from health.rules.scoring import Reading, score
from installed_base.models import Account

RED = {
    "machines_running": "0.64", "utilisation": "0.5", "quality": "0.95", "survey": "4", "open_critical": 2,
    "resolution_on_time": "0.6", "sentiment": "0.5", "executive_contact": 300, "roi_goals": "0.5",
    "output_against_before": "0.85", "voices": 1, "champion": 0, "last_contact": 60, "paid_on_time": "0.9",
    "orders_growth": "0.69", "has_contract": "0.9",
}  # fmt: skip
GREEN = {
    "machines_running": "0.97", "utilisation": "0.7", "quality": "0.97", "survey": "9", "open_critical": 0,
    "resolution_on_time": "0.95", "sentiment": "0.95", "executive_contact": 45, "roi_goals": "1",
    "output_against_before": "1.05", "voices": 3, "champion": 1, "last_contact": 15, "paid_on_time": "1",
    "orders_growth": "1.1", "has_contract": "1",
}  # fmt: skip
YELLOW = GREEN | {
    "survey": "5",
    "open_critical": 1,
    "voices": 1,
    "champion": 0,
    "utilisation": "0.3",
    "roi_goals": "0.5",
}


def stood(account: Account, on: date, values: dict[str, Any], *, without: str = "", spell: bool = True) -> Score:
    """The score of these readings on that day, as the day writes it; `without` a dimension its measures are unknown."""
    policy = HealthPolicy()
    left_out = {m.key for m in policy.measures if m.dimension == without}
    readings = {key: Reading(Decimal(value), on, 3) for key, value in values.items() if key not in left_out}
    found = score(readings, policy, on)
    if spell:
        began(account, on, found.tier.value)
    return Score.objects.create(
        account=account,
        on=on,
        score=found.score,
        low=found.low,
        high=found.high,
        coverage=found.coverage,
        tier=found.tier.value,
        inputs_hash=inputs_hash(found.inputs),
        may_be=found.may_be.value if found.may_be else "",
        readings=orjson.loads(orjson.dumps(to_keep(readings))),
    )


def began(account: Account, on: date, tier: str) -> Spell:
    """A spell from that day; the one before ends there."""
    before = Spell.objects.filter(account=account, ended_on__isnull=True).first()
    if before and before.tier == tier:
        return before
    Spell.objects.filter(account=account, ended_on__isnull=True).update(ended_on=on)
    return Spell.objects.create(account=account, tier=tier, came_from=before.tier if before else "", began_on=on)
