"""What lists and pages show of a delivery: where it stands, and its steps."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from installed_base.models import Asset
from installed_base.rules.delivery import SKIPPABLE, STEPS, leg_late, settled
from sales.queries import delivery as query
from sales.words.delivery import DONE, NAMES, days_late, state_of


def dressed(one: query.Coming, on: date) -> dict[str, Any]:
    """A delivery as lists show it."""
    status, word = state_of(one.stands)
    asset = one.order.asset
    return {
        "one": one,
        "pk": one.order.pk,
        "order": one.order,
        "asset": asset,
        "name": name_of(asset),
        "stands": one.stands,
        "step": NAMES.get(one.stands.step, _("done")),
        "status": status,
        "word": word,
        "owes": one.owes,
        "over": one.stands.over_days if one.stands.over_days and one.stands.over_days > 0 else None,
        "share": settled(one.legs) * 100 // len(STEPS),
        "value": asset.price_reporting,
        "url": reverse("sales:delivery", args=[one.order.pk]),
    }


def name_of(asset: Asset) -> str:
    return f"{asset.product or _('Machine')} {asset.serial}".strip()


def of_account(account: int, user: User, on: date) -> list[dict[str, Any]]:
    """What the page of an account shows of machines on their way."""
    return [dressed(one, on) for one in query.of_account(account, user, on)]


def of_asset(asset: int, user: User, on: date) -> dict[str, Any] | None:
    """What the page of a machine shows of its delivery; None where it was not ordered here."""
    found = query.of_assets([asset], user, on).get(asset)
    return None if found is None else dressed(found, on) | {"steps": steps_of(found, on)}


def steps_of(one: query.Coming, on: date) -> list[dict[str, Any]]:
    """The steps with planned, real and expected day, who sees to them, and what can be done with each."""
    behind = settled(one.legs)
    found = []
    for place, (row, leg) in enumerate(zip(one.steps, one.legs, strict=True)):
        passed = place < behind
        late = leg_late(leg, on, passed=passed)
        expected = one.stands.expected.get(leg.step)
        moved = expected is not None and leg.planned_on is not None and expected > leg.planned_on
        found.append(
            {
                "key": leg.step,
                "name": NAMES[leg.step],
                "done_word": DONE[leg.step],
                "leg": leg,
                "row": row,
                "owner": row.owner or one.order.owner,
                "late": late if late and late > 0 else None,
                "words": days_late(late) if late is not None and (leg.done_on or late > 0) else "",
                "expected": expected if moved else None,
                "passed": passed,
                "next": place == behind,
                "last": place == behind - 1,
                "skippable": place == behind and leg.step in SKIPPABLE,
            }
        )
    return found
