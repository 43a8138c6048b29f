"""The end of a check-in: why they buy fewer parts, in the words of the customer (PA-09)."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.audit import audited
from core.models import User
from expansion.models import DropReason
from installed_base.models import Account
from playbooks.library import CHECK_IN
from playbooks.models import Play, Task

# Why the play and its open tasks closed; translated when shown.
ANSWERED = gettext_noop("The check-in was closed with its reason")


def close_check_in(*, account: Account, why: str, by: User, on: date, note: str = "") -> DropReason:
    """Write down why they buy fewer parts. The check-in that is open at the account, if any, ends with it.

    ValidationError for "something else" without a word. Of several open check-ins the oldest ends.
    """
    note = note.strip()
    if why not in DropReason.Why.values:
        raise ValidationError(_("Choose one of the reasons."))
    if why == DropReason.Why.OTHER and not note:
        raise ValidationError(_("Say in a few words what it is."))
    with audited(by=by, why="expansion.close_check_in"):
        plays = Play.objects.filter(account=account, playbook=CHECK_IN).open().select_for_update()
        play = plays.order_by("opened_on", "pk").first()
        row = DropReason.objects.create(account=account, play=play, why=why, note=note, on=on, by=by)
        if play:
            Play.objects.filter(pk=play.pk).update(closed_on=on, closed_by=by, closed_reason=ANSWERED)
            Task.objects.filter(play=play).open().update(closed_on=on, closed_reason=ANSWERED)
    return row
