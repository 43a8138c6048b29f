"""What is done about a tip, a low answer, a QBR, and a referral. English, translated when shown.

ST-02, AD-11, QB-02..05, RF-02..05.
"""

from django.utils.translation import gettext_noop as _

from playbooks.steps import LEAD, Step

TIP_STEPS = (
    Step(
        "follow-up-tip",
        "open",
        _("Follow the tip up and tell the technician what became of it"),
        _("Call the customer, then answer on the page of the tip. Without an answer the next tip stays away."),
        "cs",
        2,
        "ST-02",
    ),
)

LOOP_STEPS = (
    Step(
        "thank",
        "open",
        _("Call: thank them for the answer and ask what happened"),
        _("Listen first. Within two days, whatever the score."),
        "cs",
        2,
        "AD-11",
    ),
    Step("repair", "open", _("Agree on what is put right, by whom and by when"), "", "cs", 7, "AD-11"),
    Step(
        "close",
        "open",
        _("Tell them what was done with what they said"),
        _("A short call or mail; the next survey then shows whether it helped."),
        "cs",
        21,
        "AD-11",
    ),
)

QBR_STEPS = (
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

REFERRAL_STEPS = (
    Step(
        "ask",
        "open",
        _("Ask for it in so many words: a reference call, a case study, “do you know others?”"),
        _("Right after good news. Name the kind of company you look for; nobody can think of “anyone”."),
        "cs",
        5,
        "RF-02",
    ),
    Step(
        "write-intro",
        "open",
        _("Make it easy: write the introduction, they only say OK"),
        _("Three sentences in their voice, and the points they may tell."),
        "cs",
        7,
        "RF-03",
    ),
    Step("thank", "given", _("Thank them for the referral, by phone or by hand"), "", "cs", 3, "RF-04"),
    Step(
        "tell",
        "won",
        _("Close the loop: tell them that their referral became a deal"),
        _("“Your referral led to a deal.” A gift, a discount or partner benefits where it is appropriate."),
        "cs",
        3,
        "RF-04",
    ),
    Step(
        "recognise",
        "won",
        _("Recognise them: in public, on the advisory board, at an event"),
        _("LinkedIn, newsletter, an award; ask first whether they like it."),
        "cs",
        14,
        "RF-05",
    ),
)
