"""What the leads of Voss Robotics thought of their score card, and what CS managers thought of their customers."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from zlib import crc32

from bowtie.demo.customers import Customer
from bowtie.demo.moods import RESCUED, SILENT, Mood
from bowtie.demo.people import Staff
from bowtie.demo.store import store
from core.actions import publish_policy
from core.models import User
from core.policies import policy_on
from health.actions.drafting import begin_draft
from health.models import Judgement
from health.rules.measure import curve
from health.rules.policy import HealthPolicy

# So long ago the second version began to count.
SECOND_SINCE = timedelta(days=96)
STORIES = {
    RESCUED: (25, 12, 60, "The plant manager who bought us left; his successor has not met anybody of ours."),
    SILENT: (55, 130, 110, "Polite, but nobody returns a call. I think they are talking to somebody else."),
}
GOOD = "They show us to their visitors and answer within the hour."
FAIR = "Content with the machines, not with how long parts take."
POOR = "Every talk is about price; they have asked for their own drawings."


def judge(customers: Sequence[Customer], moods: dict[int, Mood], on: date) -> None:
    """One customer in seven is judged by hand; the judgement of the silent one has just expired."""
    store([row for customer in customers for row in _judged(customer, moods[customer.account.pk], on)])


def _judged(customer: Customer, mood: Mood, on: date) -> Iterator[Judgement]:
    account = customer.account
    if account.name in STORIES:
        value, ago, days, reason = STORIES[account.name]
        yield _judgement(customer, value, on - timedelta(days=ago), days, reason)
    elif crc32(account.name.encode()) % 7 == 0 and account.owner.user_id:
        value = round(30 + 60 * mood.now)
        reason = GOOD if mood.now > 0.7 else FAIR if mood.now > 0.3 else POOR
        yield _judgement(customer, value, on - timedelta(days=5 + crc32(account.name.encode()) % 60), 90, reason)


def _judgement(customer: Customer, value: int, given: date, days: int, reason: str) -> Judgement:
    return Judgement(
        account=customer.account,
        value=value,
        reason=reason,
        on=given,
        counts_until=given + timedelta(days=days),
        by_id=customer.account.owner.user_id,
        known_on=given,
    )


def settle_card(staff: Staff, on: date) -> None:
    """The card as it was mended some months ago: a year of fewer orders is no drama for a machine of twelve years."""
    first = HealthPolicy()
    milder = curve((0.4, 0), (0.85, 60), (1, 80), (1.1, 100))
    measures = tuple(replace(m, curve=milder) if m.key == "orders_growth" else m for m in first.measures)
    publish_policy(values=replace(first, measures=measures), valid_from=on - SECOND_SINCE, by=_lead(staff))


def begin_drafts(staff: Staff, on: date) -> None:
    """Two drafts: one that could be published, one that somebody is in the middle of."""
    by, live = _lead(staff), _live(on)
    shares = {"adoption": "0.40", "satisfaction": "0.25", "outcomes": "0.15", "relationship": "0.12"}
    begin_draft(
        title="Use of the machines says most", by=by, on=on, values=_weighed(live, shares | {"commercial": "0.08"})
    )
    sterner = curve((20, 100), (60, 60), (120, 0))
    measures = tuple(replace(m, curve=sterner) if m.key == "last_contact" else m for m in live.measures)
    shares = {"adoption": "0.25", "satisfaction": "0.25", "outcomes": "0.20", "relationship": "0.20"}
    begun = replace(_weighed(live, shares | {"commercial": "0.05"}), measures=measures)
    begin_draft(title="Silence hurts sooner", by=by, on=on - timedelta(days=2), values=begun)


def _live(on: date) -> HealthPolicy:
    found: HealthPolicy = policy_on(HealthPolicy, on).values
    return found


def _weighed(policy: HealthPolicy, shares: dict[str, str]) -> HealthPolicy:
    return replace(policy, dimensions=tuple(replace(d, weight=Decimal(shares[d.key])) for d in policy.dimensions))


def _lead(staff: Staff) -> User:
    return next(user for user in staff.users.values() if user.role in ("team_lead", "administrator"))
