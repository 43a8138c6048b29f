"""The steps of onboarding, phase by phase (AD-01..04): key, what releases it, what to do, what to ask, role, days, row
of the articles. English, translated when shown."""

from django.utils.translation import gettext_noop as _

# What releases steps, as tasks say it.
SAID = (_("phase 1"), _("phase 2"), _("phase 3"), _("check-in"), _("maintenance"), _("software"))

STEPS = (
    (
        "baseline",
        "phase 1",
        _("Write down where the machine starts: output, uptime, quality"),
        _("What did they make an hour before? What was promised? Put the promises on the machine's page."),
        "cs",
        2,
        "AD-01",
    ),
    (
        "train",
        "phase 1",
        _("List the operators who are to be trained, and plan it"),
        _("Who works with it, on which shift? Who maintains it? Nobody should run it untrained."),
        "cs",
        3,
        "AD-16",
    ),
    (
        "check-in",
        "check-in",
        _("Check in: does it run as agreed?"),
        _(
            "Ask: does it run, and how much did it make? What stood still, and is it solved? What do the operators run"
            " into? What do you need from us this week?"
        ),
        "cs",
        0,
        "AD-01",
    ),
    (
        "blockers",
        "phase 1",
        _("Close the first four weeks: nothing may stand in the way any more"),
        _("Measure output, uptime and quality against what was promised. What is open gets an owner and a day."),
        "cs",
        28,
        "AD-01",
    ),
    (
        "roi-baseline",
        "phase 2",
        _("Agree how the result is measured, and fill in the calculator"),
        _("Hours, output and scrap before; the same now. In their figures, not in ours."),
        "cs",
        7,
        "AD-03",
    ),
    (
        "review",
        "phase 2",
        _("Hold a business review: promised against measured"),
        _("Go through the promises one by one. What do others with this machine do better?"),
        "cs",
        28,
        "AD-03",
    ),
    (
        "satisfaction",
        "phase 2",
        _("Ask how satisfied they are, and what could be better"),
        _("One to ten, and why. Below seven: call the same day."),
        "cs",
        35,
        "AD-15",
    ),
    (
        "value",
        "phase 2",
        _("Let the customer say what the machine brings"),
        _("Can they name the result themselves? Then write down the day on which it was realised."),
        "cs",
        54,
        "AD-03",
    ),
    (
        "seeds",
        "phase 2",
        _("Note what would help them next"),
        _("A second shift, another line, a service contract? Only note it; this is no sales talk."),
        "cs",
        55,
        "AD-03",
    ),
    (
        "rhythm",
        "phase 3",
        _("Hand over to the rhythm of the account: plan the first quarterly review"),
        _("From here the account's own calls and reviews carry it."),
        "cs",
        14,
        "AD-04",
    ),
    (
        "advocacy",
        "phase 3",
        _("Ask for a reference or a visit by another customer"),
        _("Only where the result was realised and the customer is content."),
        "cs",
        60,
        "AD-04",
    ),
    (
        "maintain",
        "maintenance",
        _("Plan the preventive maintenance"),
        _("Ask when the line stands still anyway. Without a contract: offer the visit, and mention what one covers."),
        "cs",
        14,
        "AD-04",
    ),
    (
        "update",
        "software",
        _("Offer the software update"),
        _("Say what it changes for them, and how long the machine stands for it."),
        "cs",
        14,
        "AD-04",
    ),
)
