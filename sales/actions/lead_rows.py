"""What every write of a lead shares: its row held, whether it is open, what it makes stale, who is told."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.actions import post, touch
from core.models import Outbox, User
from sales.actions.opportunity import EVENTS
from sales.models import Lead, LeadState

# What may befall a lead more than once is told once a day and owner, or once a deal.
_OF_THE_OWNER = frozenset({"lead.handed_over", "lead.with_dealer", "lead.taken_back"})
_OF_THE_DEAL = frozenset({"lead.converted", "lead.conversion_undone"})


def locked(lead: Lead) -> Lead:
    """The lead as it stands now, held to the end of the transaction."""
    found: Lead = Lead.objects.select_for_update(of=("self",)).select_related("owner", "account").get(pk=lead.pk)
    return found


def still_open(lead: Lead) -> Lead:
    """The same, where it is open; ValidationError says what became of it."""
    row = locked(lead)
    if row.state == LeadState.CONVERTED:
        raise ValidationError(_("This lead became a deal already."))
    if row.state == LeadState.DROPPED:
        raise ValidationError(_("This lead was dropped. Open it again first."))
    return row


def touched(row: Lead, since: date) -> None:
    """What rests on leads is stale from that day."""
    touch("lead", [row.pk], since=since, account_of={row.pk: row.account_id} if row.account_id else None)


def tell(row: Lead, kind: str, by: User, on: date) -> None:
    """To its owner, unless they did it themselves; who listens to the events of the house reads it anyway."""
    payload = {
        "lead": row.pk,
        "account": row.account_id,
        "owner": row.owner_id,
        "lead_source": row.lead_source_id,
        "opportunity": row.opportunity_id,
        "partner": row.partner_id,
        "on": on.isoformat(),
        "by": by.pk,
    }
    once = f"{kind}:{row.pk}"
    if kind in _OF_THE_OWNER:
        once = f"{once}:{row.owner_id}:{on.isoformat()}"
    elif kind in _OF_THE_DEAL:
        once = f"{once}:{row.opportunity_id}"
    post(
        [
            Outbox(
                dedupe_key=once,
                kind=kind,
                subject_kind="lead",
                subject_id=row.pk,
                destination=EVENTS if row.owner.user_id == by.pk else f"owner:{row.owner_id}",
                payload=payload,
            )
        ]
    )
