"""The address under which one person answers one survey: signed, so that it cannot be guessed, and made anew for each
mail, so that nothing secret is kept."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from core.scope import System
from health.models import Invitation

_SIGNER = Signer(salt="health.survey", sep=".")
LONGEST = 120
HOLDER = System("whoever holds the link of a survey")


def token_of(invitation: int) -> str:
    """What the address holds: it opens this one invitation and nothing else."""
    return _SIGNER.sign(str(invitation))


def invitation_behind(token: str) -> Invitation | None:
    """The invitation of a token; None for one that nobody was given."""
    if len(token) > LONGEST:
        return None
    try:
        pk = int(_SIGNER.unsign(token))
    except (BadSignature, ValueError):
        return None
    rows = Invitation.objects.visible_to(HOLDER)
    return rows.select_related("contact", "asset__product", "ticket").filter(pk=pk).first()


def address_of(invitation: int, page: str = "answer") -> str:
    """The whole address of a page of the link, as a mail needs it."""
    return settings.BOWTIE_URL + reverse(f"health:survey_{page}", args=[token_of(invitation)])
