"""The rows a person has chosen in the queue: which of them cannot be worked on, and why."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from core.display import day
from core.models import User
from renewals.models import Renewal


@dataclass
class Choice:
    """The chosen renewals: their versions as they stand now, and a sentence for each that cannot be done.

    `foreign` where one of them is out of sight: then none of this may be shown.
    """

    seen: dict[int, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    foreign: bool = False


def choice_of(ids: list[int], user: User) -> Choice:
    """Two queries, whatever is chosen."""
    rows = Renewal.objects.visible_to(user).filter(pk__in=ids).order_by("decides_on", "pk")
    found = list(rows.values_list("pk", "version", "decided_on", "account__name", "term__contract__number"))
    mine = set(Renewal.objects.changeable_by(user).filter(pk__in=ids).values_list("pk", flat=True))
    said = Choice(foreign=len(found) != len(ids))
    for pk, version, decided_on, account, number in found:
        said.seen[pk] = version
        name = {"renewal": f"{account}, {number}", "day": day(decided_on)}
        if pk not in mine:
            said.refused.append(_("%(renewal)s belongs to somebody else: its owner or a team lead may do this.") % name)
        elif decided_on:
            said.refused.append(_("%(renewal)s was decided on %(day)s.") % name)
    return said
