"""The health of a group in words."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import display
from health.queries.group import GroupHealth
from health.words.tiers import points, tier_word, whole


def group_view(found: GroupHealth, *, sees_prices: bool) -> dict[str, Any]:
    """The score of a group, what it rests on, who is weakest, and a row per member."""
    group = found.group
    names = {member.account: account for account, member in found.members}
    return {
        "tier": group.tier.value,
        "score": whole(group.score),
        "title": _title(found),
        "rests": _rests(found),
        "weakest": names[group.weakest.account] if group.weakest else None,
        "members": [
            {
                "account": account,
                "tier": member.tier.value,
                "score": points(member.score),
                "worth": display.money_short(member.worth) if sees_prices and member.worth else "",
            }
            for account, member in found.members
        ],
    }


def _title(found: GroupHealth) -> str:
    group = found.group
    if group.score is None:
        return _("Too little is known of this group for a score")
    said = {"tier": tier_word(group.tier.value), "score": whole(group.score)}
    return _("The group stands at %(score)s, %(tier)s") % said


def _rests(found: GroupHealth) -> str:
    group = found.group
    counted = ngettext("%(count)s member, weighed by its contracts of a year",
                       "%(count)s members, weighed by their contracts of a year", group.members)  # fmt: skip
    said = counted % {"count": display.number(group.members)}
    if group.coverage >= 1:
        return said
    return _("%(said)s; %(share)s of that is known") % {"said": said, "share": display.percent(group.coverage, 0)}
