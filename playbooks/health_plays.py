"""What is done when an account turns red, yellow or green (HT-01..05). English, translated when shown."""

from django.utils.translation import gettext_noop as _

from playbooks.steps import Step

RESCUE_STEPS = (
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

RECOVER_STEPS = (
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

GROW_STEPS = (
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
