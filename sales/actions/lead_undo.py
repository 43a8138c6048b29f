"""Taking a conversion back: the deal was made too early, or of the wrong company (PL-01)."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import SET_NULL
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import User
from installed_base.models import ContactMoment
from playbooks.models import Play, Task
from sales.actions.dealer_clock import start_anew
from sales.actions.lead_rows import locked, tell, touched
from sales.models import DealerAssignment, Lead, LeadState, Opportunity, OpportunityPeriod, Stage
from sales.rules.lead import came_back_as


def undo_conversion(*, lead: Lead, reason: str, by: User, on: date) -> None:
    """Make a lead of a deal again, as long as nobody has worked on the deal: it is removed.

    It is not marked lost: nobody lost it, and a lost deal would stand in the win rate. The audit trail keeps it. The
    account and the contact that the conversion made stay; the lead stays linked to them. ValidationError without a
    reason, for a lead that is no deal, and where the deal was worked on.
    """
    if not reason.strip():
        raise ValidationError(_("Say why it is a lead again."))
    with audited(by=by, why="sales.undo_conversion"):
        row = locked(lead)
        if row.state != LeadState.CONVERTED or row.opportunity_id is None:
            raise ValidationError(_("This lead is no deal."))
        deal: Opportunity = Opportunity.objects.select_for_update(of=("self",)).get(pk=row.opportunity_id)
        if not Opportunity.objects.changeable_by(by).filter(pk=deal.pk).exists():
            raise ValidationError(_("A colleague works this deal; ask them to take it back."))
        if is_worked(deal, row):
            raise ValidationError(
                _("Somebody has worked on this deal since: it is not taken away. Go on there, or mark it lost.")
            )
        tell(row, "lead.conversion_undone", by, on)
        since = row.closed_on or on
        row.state, row.state_reason = came_back_as(row.worked_on), reason.strip()
        row.closed_on = row.opportunity = None
        row.save(update_fields=["state", "state_reason", "closed_on", "opportunity"])
        gone, account = deal.pk, deal.account_id
        deal.delete()
        start_anew(row, on)
        touched(row, since)
        touch("opportunity", [gone], since=since, account_of={gone: account} if account else None)


def is_worked(deal: Opportunity, lead: Lead) -> bool:
    """Whether anything hangs on a deal besides the lead that became it, or it has left its first stage."""
    if deal.stage != Stage.IDENTIFIED or deal.periods.exclude(stage=Stage.IDENTIFIED).exists():
        return True
    about = {"subject_kind": "opportunity", "subject_id": deal.pk}
    if any(model._base_manager.filter(**about).exists() for model in (ContactMoment, Task, Play)):
        return True
    return any(_hangs(relation, deal, lead) for relation in Opportunity._meta.related_objects)


def _hangs(relation: Any, deal: Opportunity, lead: Lead) -> bool:
    """Whether rows of a relation hang on the deal: those of this room, and those of others that would lose it. What a
    room above works out of deals by itself goes with the deal."""
    model = relation.related_model
    is_ours = model._meta.app_label == deal._meta.app_label and relation.on_delete.__name__ == "CASCADE"
    if model is OpportunityPeriod or not (is_ours or relation.on_delete is SET_NULL):
        return False
    rows = model._base_manager.filter(**{relation.field.name: deal.pk})
    if model is DealerAssignment:
        # The dealer of the lead came along; only what they told since is work.
        rows = rows.filter(reports__isnull=False)
    return bool((rows.exclude(pk=lead.pk) if model is Lead else rows).exists())
