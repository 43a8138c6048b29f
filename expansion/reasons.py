"""Why a signal was no chance: a short list, so that it can be counted, and room for one's own words."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Dismissal(TextChoices):
    NO_BUDGET = "no_budget", _("No budget")
    NOT_INTERESTED = "not_interested", _("The customer is not interested")
    ALREADY_PLANNED = "already_planned", _("Replacement is already planned")
    MACHINE_FINE = "machine_fine", _("The machine does what it should")
    MACHINE_GONE = "machine_gone", _("The machine is gone or will go")
    WRONG_DATA = "wrong_data", _("The data is wrong")
    OTHER = "other", _("Another reason")


def kept(reason: str, note: str) -> str:
    """As it is stored: "no_budget", or "other: moves to Poland"."""
    return f"{reason}: {note.strip()}" if note.strip() else reason


def in_words(stored: str) -> str:
    """As it is shown, in the reader's language; a text of another origin stays as it is."""
    key, _colon, note = stored.partition(": ")
    if key not in Dismissal.values:
        return stored
    label = str(Dismissal(key).label)
    return f"{label}: {note}" if note else label
