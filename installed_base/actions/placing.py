"""Where accounts are placed: their segment by rule or by hand, the strategic mark, their owner (SG-01..05).

Segment and owner carry the history of the account's periods; health, renewals and figures rest on them: accounts are
touched.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.history import keep
from core.models import User
from installed_base.models import Account, AccountPeriod, SegmentChoice, StrategicMark
from installed_base.models.accounts import Segment


def place_in_segments(*, segments: Mapping[int, str], by: User, on: date) -> int:
    """Give accounts the segment that the rule says; how many changed. Those with one by hand keep it."""
    _known(segments.values())
    with audited(by=by, why="installed_base.place_in_segments"):
        by_hand = set(SegmentChoice.objects.filter(account__in=segments).values_list("account_id", flat=True))
        return _write({pk: segment for pk, segment in segments.items() if pk not in by_hand}, on)


def choose_segment(*, account: Account, segment: str, reason: str, by: User, on: date) -> None:
    """A segment by hand, with its reason; it wins over the rule. ValidationError without a reason."""
    _known([segment])
    if not reason.strip():
        raise ValidationError(_("Say why this segment fits better than the rule."))
    with audited(by=by, why="installed_base.choose_segment"):
        SegmentChoice.objects.update_or_create(
            account=account,
            defaults={"segment": segment, "reason": reason.strip(), "chosen_on": on, "chosen_by": by},
        )
        _write({account.pk: segment}, on)


def follow_the_rule(*, account: Account, by: User) -> None:
    """Take a choice by hand back. The segment stays until the rule's suggestion is accepted."""
    with audited(by=by, why="installed_base.follow_the_rule"):
        SegmentChoice.objects.filter(account=account).delete()


def _known(segments: Iterable[str]) -> None:
    if not set(segments) <= set(Segment.values):
        raise ValidationError(_("Choose one of the segments."))


def _write(segments: Mapping[int, str], on: date) -> int:
    changed: list[int] = []
    for segment in sorted(set(segments.values())):
        ids = [pk for pk, wanted in segments.items() if wanted == segment]
        found = list(Account.objects.filter(pk__in=ids).exclude(segment=segment).values_list("pk", flat=True))
        Account.objects.filter(pk__in=found).update(segment=segment)
        changed += found
    _moved(changed, on)
    return len(changed)


def _moved(ids: Sequence[int], on: date) -> None:
    if ids:
        keep(AccountPeriod, ids, on=on)
        touch("account", ids, since=on, account_of={pk: pk for pk in ids})


def mark_strategic(*, account: Account, reason: str, by: User, on: date) -> None:
    """The account counts for more than its revenue, from today. ValidationError without a reason, or when it has it."""
    if not reason.strip():
        raise ValidationError(_("Say why this account is strategic."))
    with audited(by=by, why="installed_base.mark_strategic"):
        _made, created = StrategicMark.objects.get_or_create(
            account=account, until=None, defaults={"since": on, "marked_by": by, "reason": reason.strip()}
        )
        if not created:
            raise ValidationError(_("This account is strategic already."))
        touch("account", [account.pk], since=on, account_of={account.pk: account.pk})


def end_strategic(*, account: Account, by: User, on: date) -> None:
    """From today it counts as its revenue says."""
    with audited(by=by, why="installed_base.end_strategic"):
        StrategicMark.objects.filter(account=account, until__isnull=True).update(until=on, ended_by=by)
        touch("account", [account.pk], since=on, account_of={account.pk: account.pk})


def give_to_owners(*, owners: Mapping[int, int], by: User, on: date) -> dict[int, int]:
    """Give accounts (by id) to owners (by id); the owner before of each that changed."""
    with audited(by=by, why="installed_base.give_to_owners"):
        rows = Account.objects.filter(pk__in=owners).select_for_update(of=("self",)).order_by("pk")
        before = {row.pk: row.owner_id for row in rows if row.owner_id != owners[row.pk]}
        for owner in sorted({owners[pk] for pk in before}):
            Account.objects.filter(pk__in=[pk for pk in before if owners[pk] == owner]).update(owner=owner)
        _moved(list(before), on)
        return before
