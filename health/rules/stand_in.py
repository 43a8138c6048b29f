"""Which measures stand in for others in a score: parts orders and visits where no machine reports. Pure."""

from health.rules.card import KNOWN
from health.rules.policy import HealthPolicy
from health.rules.scoring import Health


def standing_in(health: Health, policy: HealthPolicy) -> tuple[str, ...]:
    """The keys of the stand-ins that counted."""
    stand_ins = {m.key for m in policy.measures if m.instead_of}
    found = (m for d in health.dimensions for m in d.measures)
    return tuple(m.key for m in found if m.key in stand_ins and m.state == KNOWN)
