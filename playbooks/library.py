"""The playbooks as data: what is done, when, by whom (EX-41..45, HT-01..05). English, translated when shown."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext_noop as _

from core.policies import policy_on
from playbooks.rules import OVERDUE, UNSIGNED

RENEWAL, CAPACITY, UPGRADE, CROSS_SELL, REPLACEMENT = "renewal", "capacity", "upgrade", "cross_sell", "replacement"
RESCUE, RECOVER, GROW = "rescue", "recover", "grow"
QBR = "qbr"
LEAD = "lead"
# How a task says what released it, where that is no date before T; translated when shown.
SAID = {
    OVERDUE: _("overdue"),
    UNSIGNED: _("unsigned"),
    "planning": _("planning"),
    "agenda": _("agenda"),
    "summary late": _("summary late"),
}


@dataclass(frozen=True)
class Step:
    """One thing to do. `milestone` releases it; `due_days` count from that milestone; `owner` is the role that does it.
    What is the lead's goes to the lead of the owner's team, where who releases it names one.

    `requirement` names the row of the articles it comes from.
    """

    key: str
    milestone: str
    title: str
    guide: str = ""
    owner: str = "cs"
    due_days: int = 0
    requirement: str = ""


@dataclass(frozen=True)
class Playbook:
    key: str
    number: int
    name: str
    trigger: str
    owner: str
    target_percent: int
    steps: tuple[Step, ...]

    def released_by(self, milestone: str) -> tuple[Step, ...]:
        """The steps of one milestone; one general step for a milestone that only the policy knows."""
        chosen = tuple(step for step in self.steps if step.milestone == milestone)
        return chosen or (Step(f"general-{milestone}", milestone, _("Take the next step"), owner=self.owner),)


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
    Step("validate", "open", _("Ask: are you at capacity?"), "", "cs", 7, "EX-42"),
    Step("hand-over", "open", _("Introduce sales with the context"), "", "cs", 10, "EX-42"),
    Step("qualify", "open", _("Qualify timeline, budget and decision process"), "", "sales", 21, "EX-42"),
    Step("propose", "open", _("Propose, with the account manager's input"), "", "sales", 45, "EX-42"),
    Step("close", "open", _("Close, and hand back what was promised"), "", "sales", 90, "EX-42"),
)

_UPGRADE_STEPS = (
    Step(
        "outreach",
        "open",
        _("Call about what an upgrade would change"),
        _("Start from the customer's own numbers, not from features."),
        "cs",
        7,
        "EX-43",
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
    Step("propose", "open", _("Propose: price, installation timeline, expected effect"), "", "cs_sales", 45, "EX-43"),
    Step("close", "open", _("Close the upgrade"), "", "sales", 90, "EX-43"),
)

_CROSS_SELL_STEPS = (
    Step("identify", "open", _("Find the fit: how do they solve this now?"), "", "sales", 7, "EX-44"),
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
    Step("plan-budget", "M-12", _("Help to plan the investment"), "", "sales", 14, "EX-45"),
    Step("quote", "M-6", _("Send the formal quote"), "", "sales", 14, "EX-45"),
    Step("close", "M-0", _("Close before the machine gives up"), "", "sales", 0, "EX-45"),
)

_RESCUE_STEPS = (
    Step(
        "call",
        "open",
        _("Call them this week, and every week from now on"),
        _("Weekly or more often, until the account has left red."),
        "cs",
        2,
        "HT-03",
    ),
    Step("root-cause", "open", _("Find the root cause: why are they unhappy?"), "", "cs", 7, "HT-03"),
    Step(
        "plan",
        "open",
        _("Agree on a plan of action with a timeline and owners"),
        _("Concrete steps: what, who, when. Write down what the customer does as well."),
        "cs",
        10,
        "HT-05",
    ),
    Step(
        "sponsor",
        "open",
        _("Bring in an executive sponsor"),
        _("From our board to theirs."),
        "executive",
        14,
        "HT-03",
    ),
    Step(
        "escalate",
        "open",
        _("Decide whether product or engineering must help"),
        _("Only where the product is the cause."),
        "cs",
        14,
        "HT-03",
    ),
    Step("review", "open", _("Review the plan: does the score rise?"), "", "cs", 45, "HT-05"),
    Step(
        "conclude",
        "open",
        _("Out of red after 90 days, or accept that they leave"),
        _("Yellow by now: go on. Still red: say so, and plan for the loss."),
        "cs",
        90,
        "HT-04",
    ),
)

_RECOVER_STEPS = (
    Step(
        "diagnose",
        "open",
        _("Find out what drives the score down"),
        _("Adoption, satisfaction or outcomes? Start with what costs the most points."),
        "cs",
        7,
        "HT-02",
    ),
    Step(
        "plan",
        "open",
        _("Agree on a plan to put it right"),
        _("Adoption low: training. Satisfaction low: better support."),
        "cs",
        14,
        "HT-02",
    ),
    Step("check-in", "open", _("Check in, and do so every month"), "", "cs", 30, "HT-02"),
    Step(
        "escalate",
        "open",
        _("Escalate to an executive if it is needed"),
        _("Bring in our leadership to theirs."),
        "executive",
        45,
        "HT-02",
    ),
)

_GROW_STEPS = (
    Step("update", "open", _("Share what is new and what others do well"), "", "cs", 30, "HT-01"),
    Step(
        "expand",
        "open",
        _("Talk about growth, when it is relevant"),
        _("The chances of this account stand with its signals."),
        "cs_sales",
        60,
        "HT-01",
    ),
    Step("advocacy", "open", _("Ask for a reference, a case study or a testimonial"), "", "cs", 75, "HT-01"),
    Step(
        "check-in",
        "open",
        _("Check in once a quarter, not more"),
        _("Happy customers are not to be bothered."),
        "cs",
        90,
        "HT-01",
    ),
)

_QBR_STEPS = (
    Step(
        "plan",
        "planning",
        _("Plan the QBR: day, place and who comes"),
        _("Two weeks ahead. Ask for the main contact and, where you can, an executive."),
        "cs",
        2,
        "QB-02",
    ),
    Step(
        "agenda",
        "agenda",
        _("Send the agenda of the QBR"),
        _("A week ahead, to everybody who comes."),
        "cs",
        1,
        "QB-02",
    ),
    Step(
        "pack",
        "agenda",
        _("Look through the pack of the QBR before it is shown"),
        _("Each figure opens its rows: know them before the customer asks."),
        "cs",
        5,
        "QB-04",
    ),
    Step("summary", "held", _("Send the summary of the QBR"), _("Within 48 hours of the meeting."), "cs", 0, "QB-05"),
    Step("step-in", "summary late", _("Step in: the summary of a QBR is late"), "", LEAD, 1, "QB-05"),
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
    Playbook(RESCUE, 6, _("Rescue"), _("An account turned red"), "cs", 50, _RESCUE_STEPS),
    Playbook(RECOVER, 7, _("Recovery"), _("An account turned yellow"), "cs", 60, _RECOVER_STEPS),
    Playbook(GROW, 8, _("Maintain and grow"), _("An account turned green"), "cs", 70, _GROW_STEPS),
    Playbook(QBR, 9, _("QBR"), _("A business review with a customer is due"), "cs", 90, _QBR_STEPS),
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
