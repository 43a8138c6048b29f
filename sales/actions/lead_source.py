"""Keeping the list of sources (LG-05), and which of them are dealers or partners (IB-17)."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.audit import audited
from core.models import User
from installed_base.models import Account
from sales.models import Channel, LeadSource, keeps_sources


def save_source(
    *,
    name: str,
    channel: str,
    by: User,
    partner: Account | None = None,
    is_active: bool = True,
    source: LeadSource | None = None,
) -> LeadSource:
    """Add a source, or say anew what one is. ValidationError for a name that is taken or empty, and for an account
    named by a source that is no dealer."""
    called = name.strip()
    if not keeps_sources(by):
        raise ValidationError(_("The sources are kept by marketing, team leads and administrators."))
    if not called:
        raise ValidationError(_("Give the source a name."))
    if channel not in Channel.values:
        raise ValidationError(_("Choose a channel."))
    if partner is not None and channel != Channel.PARTNER:
        raise ValidationError(_("Only a source of the channel “dealer or partner” is an account."))
    with audited(by=by, why="sales.save_source"):
        row = source or LeadSource()
        if any(other.pk != row.pk for other in LeadSource.objects.filter(name__iexact=called)):
            raise ValidationError(_("There is a source of that name already."))
        row.name, row.channel, row.partner, row.is_active = called, channel, partner, is_active
        row.save()
    return row
