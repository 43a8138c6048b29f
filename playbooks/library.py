"""The playbooks as data: what is done, when, by whom (EX-41..45, HT-01..05). English, translated when shown."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext_noop as _

from core.policies import policy_on
from playbooks import onboarding
from playbooks.care_plays import LOOP_STEPS, QBR_STEPS, REFERRAL_STEPS, TIP_STEPS
from playbooks.chance_plays import (
    CHANCE_PLAYBOOKS,
    CHECK_IN,
    COVER,
    DEFEND,
    HIGHER_LEVEL,
    ORDER_AHEAD,
    SOLVE,
    WIN_BACK,
)
from playbooks.handoff_plays import HANDOFF_PLAYBOOKS
from playbooks.health_plays import GROW_STEPS, RECOVER_STEPS, RESCUE_STEPS
from playbooks.keys import (
    CAPACITY,
    CROSS_SELL,
    GROW,
    LOOP,
    ONBOARDING,
    QBR,
    RECOVER,
    REFERRAL,
    RENEWAL,
    REPLACEMENT,
    RESCUE,
    TIP,
    UPGRADE,
)
from playbooks.rules import OVERDUE, UNSIGNED
from playbooks.steps import LEAD, Playbook, Step

__all__ = [
    "CAPACITY",
    "CHECK_IN",
    "COVER",
    "CROSS_SELL",
    "DEFEND",
    "GROW",
    "HIGHER_LEVEL",
    "LEAD",
    "LOOP",
    "ONBOARDING",
    "ORDER_AHEAD",
    "QBR",
    "RECOVER",
    "REFERRAL",
    "RENEWAL",
    "REPLACEMENT",
    "RESCUE",
    "SAID",
    "SOLVE",
    "TIP",
    "UPGRADE",
    "WIN_BACK",
    "LibraryPolicy",
    "Playbook",
    "Step",
    "playbook",
    "step_of",
]

# How a task says what released it, where that is no date before T; translated when shown.
SAID = {
    OVERDUE: _("overdue"),
    UNSIGNED: _("unsigned"),
    "planning": _("planning"),
    "agenda": _("agenda"),
    "summary late": _("summary late"),
    "given": _("given"),
    "won": _("won"),
}


_RENEWAL_STEPS = (
    Step(
        "fix-first",
        "gate",
        _("Fix first: find out what is wrong before talking about renewal"),
        _("The account is not green half a year before its contract ends. Repair the relation, then renew."),
        "cs",
        14,
        "CT-32",
    ),
    Step(
        "review-health",
        "T-90",
        _("Review the customer's health"),
        _("Green: go on. Yellow or red: fix what is wrong first."),
        "cs",
        2,
        "RN-02",
    ),
    Step(
        "call",
        "T-90",
        _("Call: the contract ends, let us discuss renewal"),
        _("Name the date on which the contract ends and ask for a conversation."),
        "cs",
        5,
        "RN-03",
    ),
    Step(
        "discuss",
        "T-90",
        _("Discuss satisfaction and open issues"),
        _("Are they satisfied? What bothers them? What would make renewal a matter of course?"),
        "cs",
        14,
        "RN-04",
    ),
    Step(
        "prepare-quote",
        "T-60",
        _("Prepare the renewal quote"),
        _("The same level, a higher or a lower one?"),
        "cs_sales",
        5,
        "RN-05",
    ),
    Step("send-quote", "T-60", _("Send the quote to the customer"), "", "cs_sales", 7, "RN-06"),
    Step(
        "show-value",
        "T-60",
        _("Show the value of last year"),
        _("Downtime, response times and the tickets that were resolved."),
        "cs",
        14,
        "RN-07",
    ),
    Step(
        "follow-up",
        "T-30",
        _("Follow up: questions, negotiation, price"),
        _("Ask what still stands in the way."),
        "cs",
        3,
        "RN-08",
    ),
    Step(
        "executive",
        "T-30",
        _("Involve an executive if it is needed"),
        _("From one board to the other, where the conversation is stuck."),
        "executive",
        10,
        "RN-09",
    ),
    Step("celebrate", "T-0", _("Signed: celebrate and write down what was agreed"), "", "cs", 0, "RN-10"),
    Step("escalate", UNSIGNED, _("Not signed in time: step in, or decide to let it go"), "", LEAD, 1, "RN-11"),
    Step(
        "loss-interview",
        UNSIGNED,
        _("Not signed: hold the loss interview and write down the reason"),
        _("Who decided, why, and what would have kept them?"),
        "cs",
        5,
        "RN-11",
    ),
    Step("step-in", OVERDUE, _("Step in: a step of this renewal lies too long"), "", LEAD, 2, "CO-12"),
)

_CAPACITY_STEPS = (
    Step("identify", "open", _("Note what was seen: usage, plans, a large order"), "", "cs", 2, "EX-42"),
    Step(
        "validate",
        "open",
        _("Ask: are you at capacity?"),
        _("Start from their numbers: how much they make, and where this setup ends. Then ask what they plan."),
        "cs",
        7,
        "EX-42",
    ),
    Step(
        "hand-over",
        "open",
        _("Introduce sales with the context"),
        _("What they said, who decides, what is sensitive. Make the introduction in person."),
        "cs",
        10,
        "EX-42",
    ),
    Step(
        "qualify",
        "open",
        _("Qualify timeline, budget and decision process"),
        _("When must it run, is there money this year, who signs, and who can say no?"),
        "sales",
        21,
        "EX-42",
    ),
    Step("propose", "open", _("Propose, with the account manager's input"), "", "sales", 45, "EX-42"),
    Step("close", "open", _("Close, and hand back what was promised"), "", "sales", 90, "EX-42"),
)

_UPGRADE_STEPS = (
    Step(
        "outreach",
        "open",
        _("Call about what an upgrade would change"),
        _(
            "Start from the customer's own numbers, not from features: “you run 8,000 units a month, this setup ends at"
            " 9,500.” Ask what they experience, then connect the dots."
        ),
        "cs",
        7,
        "EX-51",
    ),
    Step(
        "prove",
        "open",
        _("Prove it: return on investment, a demo, a pilot"),
        _("Show it at another customer, or try it on one machine."),
        "cs_sales",
        30,
        "EX-43",
    ),
    Step(
        "propose",
        "open",
        _("Propose: price, installation timeline, expected effect"),
        _("Make it concrete: the solution, the investment, the result."),
        "cs_sales",
        45,
        "EX-51",
    ),
    Step("close", "open", _("Close the upgrade"), "", "sales", 90, "EX-43"),
)

_CROSS_SELL_STEPS = (
    Step(
        "identify",
        "open",
        _("Find the fit: how do they solve this now?"),
        _("With a competitor: which, and why? By hand: how long, how many errors? Not at all: what would it change?"),
        "sales",
        7,
        "EX-53",
    ),
    Step("introduce", "open", _("Introduce the product specialist"), "", "cs", 14, "EX-44"),
    Step("sell", "open", _("Go through the usual sales process"), "", "sales", 60, "EX-44"),
    Step("close", "open", _("Close, with the relationship behind it"), "", "sales", 90, "EX-44"),
)

_REPLACEMENT_STEPS = (
    Step(
        "talk",
        "M-24",
        _("Start the early conversation about replacement"),
        _("Capital is planned 12 to 24 months ahead, so the talk begins now."),
        "cs",
        14,
        "EX-45",
    ),
    Step(
        "compare",
        "M-18",
        _("Work out what keeping costs against replacing"),
        _("Downtime, maintenance and lost efficiency."),
        "cs_sales",
        14,
        "EX-45",
    ),
    Step(
        "plan-budget",
        "M-12",
        _("Help to plan the investment"),
        _("Which year, which budget, buying or leasing? Give them the figures for their own board."),
        "sales",
        14,
        "EX-45",
    ),
    Step("quote", "M-6", _("Send the formal quote"), "", "sales", 14, "EX-45"),
    Step("close", "M-0", _("Close before the machine gives up"), "", "sales", 0, "EX-45"),
)

_PLAYBOOKS = (
    Playbook(RENEWAL, 1, _("Renewal"), _("A contract ends in 90 days"), "cs", 90, _RENEWAL_STEPS),
    Playbook(
        CAPACITY,
        2,
        _("Capacity expansion"),
        _("Usage above 80 percent of capacity, or plans to grow"),
        "cs",
        55,
        _CAPACITY_STEPS,
    ),
    Playbook(UPGRADE, 3, _("Upgrade or retrofit"), _("A machine is 5 years old"), "cs", 35, _UPGRADE_STEPS),
    Playbook(CROSS_SELL, 4, _("Cross-sell"), _("A need beside what they have"), "sales", 45, _CROSS_SELL_STEPS),
    Playbook(
        REPLACEMENT,
        5,
        _("Replacement"),
        _("24 months before the end of a machine's life"),
        "cs",
        70,
        _REPLACEMENT_STEPS,
    ),
    Playbook(RESCUE, 6, _("Rescue"), _("An account turned red"), "cs", 50, RESCUE_STEPS),
    Playbook(RECOVER, 7, _("Recovery"), _("An account turned yellow"), "cs", 60, RECOVER_STEPS),
    Playbook(GROW, 8, _("Maintain and grow"), _("An account turned green"), "cs", 70, GROW_STEPS),
    Playbook(TIP, 9, _("Service tip"), _("A technician saw or heard something"), "cs", 50, TIP_STEPS),
    Playbook(LOOP, 10, _("Close the loop"), _("A survey answer below the threshold"), "cs", 80, LOOP_STEPS),
    Playbook(QBR, 11, _("QBR"), _("A business review with a customer is due"), "cs", 90, QBR_STEPS),
    Playbook(
        ONBOARDING,
        12,
        _("Onboarding"),
        _("A machine went live"),
        "cs",
        90,
        tuple(Step(*row) for row in onboarding.STEPS),
    ),
    *CHANCE_PLAYBOOKS,
    *HANDOFF_PLAYBOOKS,
    Playbook(REFERRAL, 20, _("Referral"), _("A customer speaks well of us"), "cs", 50, REFERRAL_STEPS),
)


@dataclass(frozen=True)
class LibraryPolicy:
    """The playbooks of the house. A new version counts for what is released from its first day on."""

    policy_name: ClassVar[str] = "playbooks.library"

    playbooks: tuple[Playbook, ...] = _PLAYBOOKS


def playbook(key: str, on: date | None = None) -> Playbook:
    """A playbook as it counted on a day, or as it was written first; KeyError names an unknown one.

    A published library that is older than a playbook has it as it was written first.
    """
    library = policy_on(LibraryPolicy, on).values if on else LibraryPolicy()
    found = next((book for book in (*library.playbooks, *_PLAYBOOKS) if book.key == key), None)
    if found is None:
        raise KeyError(key)
    return found


def step_of(playbook_key: str, step_key: str, on: date | None = None) -> Step | None:
    """The step behind a task; a step released a second time carries its date after an @."""
    wanted = step_key.partition("@")[0]
    return next((step for step in playbook(playbook_key, on).steps if step.key == wanted), None)
