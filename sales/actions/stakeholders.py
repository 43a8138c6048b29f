"""Writes of the people who have a say in a deal."""

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import User
from installed_base.models import Contact
from sales.models import Opportunity, Stakeholder
from sales.rules.stakeholders import Said, first_twice


def name_stakeholders(*, opportunity: Opportunity, people: Sequence[Said], by: User, on: date) -> None:
    """Say anew who has a say in a deal; none at all empties it. Raises ValidationError with a sentence."""
    with audited(by=by, why="sales.name_stakeholders"):
        deal: Opportunity = Opportunity.objects.select_for_update().get(pk=opportunity.pk)
        _refuse(deal, people)
        Stakeholder.objects.filter(opportunity=deal).delete()
        Stakeholder.objects.bulk_create(
            Stakeholder(
                opportunity=deal, contact_id=p.contact_id, role=p.role, stance=p.stance, note=p.note.strip()[:240]
            )
            for p in people
        )
        touch("opportunity", [deal.pk], since=on, account_of={deal.pk: deal.account_id} if deal.account_id else None)


def _refuse(deal: Opportunity, people: Sequence[Said]) -> None:
    if people and deal.account_id is None:
        raise ValidationError(_("Nobody knows whose deal this is; say which account first."))
    if first_twice(people) is not None:
        raise ValidationError(_("Somebody stands there twice; give each person one line."))
    known = Contact._base_manager.filter(account=deal.account_id, pk__in=[p.contact_id for p in people])
    if people and known.count() != len(people):
        raise ValidationError(_("Somebody there is no contact of this account; take them out, or add them to it."))
