"""The playbooks behind signals that are no upgrade and no replacement (EX-15). English, translated when shown."""

from django.utils.translation import gettext_noop as _

from playbooks.steps import Playbook, Step

COVER, HIGHER_LEVEL, WIN_BACK = "cover", "higher_level", "win_back"
CHECK_IN, ORDER_AHEAD, SOLVE, DEFEND = "check_in", "order_ahead", "solve", "defend"

_COVER = (
    Step(
        "prepare",
        "open",
        _("Look up what this machine had and what it cost"),
        _("Warranty, contracts, breakdowns of the last year. Start from their own figures."),
        "cs",
        3,
        "G-05",
    ),
    Step(
        "call",
        "open",
        _("Call: who looks after the machine now?"),
        _("Ask who repairs it, how fast, and what a day of standstill costs. Then name the level that fits."),
        "cs",
        10,
        "IB-08",
    ),
    Step(
        "offer", "open", _("Offer a contract"), _("One level, one price, one date to begin."), "cs_sales", 21, "IB-08"
    ),
    Step("close", "open", _("Close, or write down why not"), "", "cs_sales", 45, "IB-08"),
)
_HIGHER_LEVEL = (
    Step(
        "sum-up", "open", _("Work out what the standstill cost them"),
        _("“Three unplanned stops, 47 hours: what does an hour cost you?” Let the customer name the price."),
        "cs", 5, "EX-52",
    ),
    Step(
        "talk", "open", _("Talk about the next level of contract"),
        _("What do you see, what bothers you most, and what would have prevented it? They build the case, not you."),
        "cs", 14, "EX-52",
    ),
    Step(
        "offer", "open", _("Offer the next level"),
        _("Put the price beside their own loss, and say from how many prevented hours it pays."), "cs_sales", 28,
        "EX-52",
    ),
    Step("close", "open", _("Close, or write down why not"), "", "cs_sales", 60, "EX-52"),
)  # fmt: skip
_WIN_BACK = (
    Step(
        "read", "open", _("Read why they left"), _("The loss interview, and what changed since."), "cs", 3, "RN-11"
    ),
    Step(
        "call", "open", _("Call: how is it going without a contract?"),
        _("Ask, do not sell: who does the service now, what went well, what did not?"), "cs", 10, "RN-11",
    ),
    Step("offer", "open", _("Make an offer that answers the reason they left"), "", "cs_sales", 30, "RN-11"),
    Step("close", "open", _("Close, or agree when to ask again"), "", "cs_sales", 60, "RN-11"),
)  # fmt: skip
_CHECK_IN = (
    Step(
        "call", "open", _("Check in: how is the machine running, and who supplies the parts?"),
        _("Is it idle, is there a problem, or do they buy elsewhere? Write down which."), "cs", 7, "PA-07",
    ),
    Step(
        "answer", "open", _("Answer what you heard"),
        _("Elsewhere: convenience, warranty, parts in the contract. A problem: solve it first. Idle: ask what is"
          " planned. Features unused: offer training."),
        "cs", 21, "PA-10",
    ),
    Step("order", "open", _("Ask for the next order"), "", "cs_sales", 45, "PA-05"),
)  # fmt: skip
_ORDER_AHEAD = (
    Step(
        "call", "open", _("Call: you will need this part soon, shall we send it?"),
        _("“By the hours it runs you need it within three months.” Check what they have on the shelf."), "cs", 7,
        "PA-05",
    ),
    Step("order", "open", _("Send the offer and take the order"), "", "cs_sales", 21, "PA-05"),
)  # fmt: skip
_SOLVE = (
    Step(
        "cause", "open", _("Ask service for the cause behind these tickets"),
        _("One cause or several? Would an upgrade have prevented it? Only say so if service agrees."), "cs", 5,
        "EX-06",
    ),
    Step(
        "propose", "open", _("Bring a solution before they ask"),
        _("Say what you saw, what causes it, and what ends it: a part, training, or an upgrade."), "cs", 14, "EX-08",
    ),
    Step("close", "open", _("Close, and check after a month that it stayed away"), "", "cs", 60, "EX-08"),
)  # fmt: skip
_DEFEND = (
    Step(
        "find-out", "open", _("Find out: which competitor, for what, and why"),
        _("Ask without blame: what do they do better? Is it a trial or a decision?"), "cs", 5, "EX-09",
    ),
    Step(
        "value", "open", _("Show what we are worth to them"),
        _("Results, uptime, the people they know. Bring somebody from our board where theirs decides."), "cs", 14,
        "EX-09",
    ),
    Step("plan", "open", _("Agree on what we do better from now on"), "", "cs_sales", 30, "EX-09"),
)  # fmt: skip

CHANCE_PLAYBOOKS = (
    Playbook(
        COVER, 9, _("First contract"), _("A warranty ends, or a machine stands without contract"), "cs", 40, _COVER
    ),
    Playbook(
        HIGHER_LEVEL, 10, _("Higher level of contract"), _("A basic contract and regular downtime"), "cs", 40,
        _HIGHER_LEVEL,
    ),
    Playbook(WIN_BACK, 11, _("Win-back"), _("90 days after a renewal was lost"), "cs", 20, _WIN_BACK),
    Playbook(CHECK_IN, 12, _("Check-in"), _("No parts for six months, or out of rhythm"), "cs", 50, _CHECK_IN),
    Playbook(ORDER_AHEAD, 13, _("Order ahead"), _("A part is worn in three months"), "cs", 60, _ORDER_AHEAD),
    Playbook(SOLVE, 14, _("Solve it for good"), _("A recurring problem, or a long standstill"), "cs", 40, _SOLVE),
    Playbook(DEFEND, 15, _("Defend"), _("A competitor was seen"), "cs", 50, _DEFEND),
)  # fmt: skip
