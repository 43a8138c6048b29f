"""Handing accounts over: the account with the open work of its tier; and back, as long as nobody moved it since."""

from collections.abc import Mapping
from datetime import date

from core.audit import audited
from core.models import User
from health.rules.cadence import BOOKS
from installed_base.actions.placing import give_to_owners
from installed_base.models import Account
from playbooks.models import Play, Task


def hand_over(*, owners: Mapping[int, int], by: User, on: date) -> dict[int, int]:
    """Give accounts (by id) to owners (by id), with the plays of their tier and the tasks in them that lay with the
    owner before. The owner before of each that changed; renewals follow at the next bell."""
    with audited(by=by, why="health.hand_over"):
        before = give_to_owners(owners=owners, by=by, on=on)
        for pk, former in before.items():
            plays = Play.objects.filter(
                account=pk, subject_kind="spell", playbook__in=BOOKS.values(), owner=former
            ).open()
            ids = list(plays.values_list("pk", flat=True))
            Task.objects.filter(play__in=ids, owner=former).open().update(owner=owners[pk])
            Play.objects.filter(pk__in=ids).update(owner=owners[pk])
        return before


def hand_back(*, before: Mapping[int, int], given: Mapping[int, int], by: User, on: date) -> int:
    """Take a handing over back, for the accounts that still lie where they were given; how many."""
    with audited(by=by, why="health.hand_back"):
        rows = Account.objects.filter(pk__in=before).values_list("pk", "owner_id")
        still = {pk: before[pk] for pk, owner in rows if owner == given.get(pk)}
        return len(hand_over(owners=still, by=by, on=on))
