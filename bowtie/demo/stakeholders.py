"""Who has a say in the open deals of Voss Robotics: mostly known, and now and then nobody asked who signs."""

from itertools import groupby

from installed_base.models import Contact
from sales.models import Opportunity, Stakeholder, StakeholderRole, Stance
from sales.rules import OPEN_STAGES

_PART = {
    "management": StakeholderRole.DECIDES,
    "engineering": StakeholderRole.ADVISES,
    "operator": StakeholderRole.USES,
}
_STANDS = (Stance.FOR, Stance.NEUTRAL, Stance.UNKNOWN, Stance.FOR, Stance.AGAINST)


def name() -> None:
    """Two thirds of the open deals have their people; one in five of them nobody who decides."""
    contacts = Contact._base_manager.filter(left_on__isnull=True, role__in=_PART).order_by("account_id", "pk")
    of_account = {account: list(rows) for account, rows in groupby(contacts, key=lambda row: row.account_id)}
    deals = Opportunity._base_manager.filter(stage__in=OPEN_STAGES, account__isnull=False).order_by("pk")
    Stakeholder.objects.bulk_create(
        Stakeholder(opportunity=deal, contact=who, role=_PART[who.role], stance=_STANDS[(deal.pk + who.pk) % 5])
        for deal in deals
        if deal.pk % 3
        for who in of_account.get(deal.account_id, ())
        if deal.pk % 5 or who.role != "management"
    )
