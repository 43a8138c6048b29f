"""What is done about a handoff (EX-27, EX-28, CV-05). English, translated when shown."""

from django.utils.translation import gettext_noop as _

from playbooks.keys import HANDOFF_CS, HANDOFF_OPERATIONS, HANDOFF_SALES
from playbooks.steps import Playbook, Step

_TO_SALES = (
    Step(
        "answer-handoff",
        "open",
        _("Take the opportunity over from CS, or return it with what is missing"),
        _(
            "Read the context: history, preferences, sensitivities, who to talk to. Call who gave it before you call"
            " the customer. Accept it on its page, or say there what you miss."
        ),
        "sales",
        3,
        "EX-28",
    ),
)
_TO_CS = (
    Step(
        "answer-handoff",
        "open",
        _("Take the sold deal over from Sales, or return it with what is missing"),
        _(
            "Go through it with who sold it: what was sold, what was promised to whom and by when, who operates it, who"
            " is to be trained, what could go wrong, when it is installed. What you accept is yours to keep."
        ),
        "cs",
        3,
        "CV-05",
    ),
)
_TO_OPERATIONS = (
    Step(
        "answer-handoff",
        "open",
        _("Take the order over from Sales, or return it with what is missing"),
        _(
            "Can it be built and delivered as it was sold? Check the configuration, and the plan against the promised"
            " day. What you accept can be planned; what cannot, goes back with the reason."
        ),
        "operations",
        3,
        "CV-01",
    ),
)

HANDOFF_PLAYBOOKS = (
    Playbook(
        HANDOFF_SALES, 16, _("Handoff to Sales"), _("CS sees an opportunity and hands it over"), "sales", 60, _TO_SALES
    ),
    Playbook(HANDOFF_CS, 17, _("Handoff to CS"), _("A deal was won and is handed back"), "cs", 100, _TO_CS),
    Playbook(
        HANDOFF_OPERATIONS, 18, _("Handoff to operations"), _("A deal that brings a machine was won"), "operations",
        100, _TO_OPERATIONS,
    ),
)  # fmt: skip
