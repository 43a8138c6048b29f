"""The items of a handoff in words, with the question that each answers."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from sales.rules.handoff import CONTRACT, MACHINE, TO_CS, TO_OPERATIONS, TO_SALES, TRAINING

ITEM_LABELS: dict[str, dict[str, Any]] = {
    TO_SALES: {
        "what": _("What I see"),
        "history": _("History with them"),
        "preferences": _("Preferences"),
        "sensitivities": _("Sensitivities"),
        "contact": _("Who to talk to"),
        "introduced_on": _("Introduced on"),
    },
    TO_CS: {
        "what": _("What was sold"),
        "promises": _("What was promised"),
        "operator": _("Who operates it"),
        "training": _("Training"),
        "risks": _("Risks"),
        "installs_on": _("To be installed on"),
    },
    TO_OPERATIONS: {
        "what": _("What was sold"),
        "promised": _("What was promised"),
        "operator": _("Who operates it"),
        "risks": _("Risks"),
        "installs_on": _("To be installed on"),
    },
}
PARTS = {MACHINE: _("a machine"), CONTRACT: _("a contract"), TRAINING: _("training")}


def named(direction: str, items: Any) -> list[str]:
    """These items in words."""
    return [str(ITEM_LABELS[direction][item]) for item in items]
