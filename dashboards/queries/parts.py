"""How an account orders parts: as a whole and machine by machine, what it says of others, why it buys fewer."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from core.metrics import Filters, Result, compute_many
from core.models import User
from core.policies import policy_on
from expansion.models import DropReason
from expansion.queries.candidates.orders import account_orders, asset_orders
from expansion.rules.parts import RhythmPolicy
from expansion.rules.rhythm import Rhythm, rhythm
from installed_base.models import Account, Asset, PartsStatement

MOST = 200
FIGURES = ("wallet_share", "parts_decline", "parts_revenue_per_asset")


@dataclass
class Beat:
    """A machine with its rhythm."""

    machine: Any
    rhythm: Rhythm


@dataclass
class Parts:
    """What is known of the parts of an account on a day. `silent` machines never had an order of their own."""

    whole: Rhythm | None
    beats: list[Beat]
    silent: int
    statements: list[Any]
    reasons: list[Any]
    figures: dict[str, Result]


def parts_of(account: Account, user: User, on: date) -> Parts:
    """A fixed number of queries, however many machines there are."""
    policy = policy_on(RhythmPolicy, on).values
    rows = Asset.objects.visible_to(user).in_service(on).filter(account=account).select_related("product", "site")
    machines = {row.pk: row for row in rows.order_by("pk")[:MOST]}
    facts = asset_orders(list(machines), on) if machines else []
    found = [(machines[f.id], rhythm(f.orders, on, policy)) for f in facts]
    beats = [Beat(machine, beat) for machine, beat in found if beat is not None]
    whole = account_orders([account.pk], on)
    about = {"account": account, "on__lte": on}
    statements = PartsStatement.objects.visible_to(user).filter(**about).select_related("contact", "by")
    reasons = DropReason.objects.visible_to(user).filter(**about).select_related("by")
    return Parts(
        whole=rhythm(whole[0].orders, on, policy) if whole else None,
        beats=sorted(beats, key=lambda beat: (not beat.rhythm.late, beat.rhythm.next_on or date.max)),
        silent=len(machines) - len(beats),
        statements=list(statements.order_by("-on", "-pk")[:10]),
        reasons=list(reasons.order_by("-on", "-pk")[:10]),
        figures=compute_many(FIGURES, on=on, actor=user, filters=Filters(account=account.pk)),
    )
