"""Surveys in words: what is asked, what became of it, why somebody is left in peace."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from core import display
from health.models import Invitation
from health.rules.asking import Reason, WhyNot
from health.rules.survey import Band, Stand, SurveyKind, SurveyPolicy

# The words of the policy as it was written first: there in English, translated when shown.
_OF_POLICY = (
    gettext_noop("After onboarding"),
    gettext_noop("After a ticket"),
    gettext_noop("Relationship"),
    gettext_noop("How satisfied are you with the installation and the start of your machine?"),
    gettext_noop("How satisfied are you with the way we solved it?"),
    gettext_noop("How likely are you to recommend us to somebody in your trade?"),
    gettext_noop("What could be better?"),
    gettext_noop("Why this score?"),
    gettext_noop("not at all satisfied"),
    gettext_noop("very satisfied"),
    gettext_noop("not at all likely"),
    gettext_noop("very likely"),
)
BANDS = {
    Band.LOW: gettext_lazy("Low"),
    Band.MIDDLE: gettext_lazy("Between"),
    Band.HIGH: gettext_lazy("High"),
}
STATUS_OF_BAND = {Band.LOW: "risk", Band.MIDDLE: "watch", Band.HIGH: "good"}
STANDS = {
    Stand.OPEN: gettext_lazy("Open"),
    Stand.ANSWERED: gettext_lazy("Answered"),
    Stand.EXPIRED: gettext_lazy("Expired"),
}
_OCCASIONS = {
    "post_installation": gettext_lazy("After onboarding"),
    "ticket": gettext_lazy("After a ticket"),
    "relationship": gettext_lazy("Relationship"),
    "qbr": gettext_lazy("Quarterly review"),
}


def kind_name(kind: SurveyKind) -> str:
    return _(kind.name)


def kind_of(key: str, policy: SurveyPolicy) -> str:
    """The name of a survey; its key where a policy of before had it."""
    try:
        return kind_name(policy.kind(key))
    except KeyError:
        return key


def survey_name(key: str) -> str:
    """The name of a survey as it was written first."""
    return kind_of(key, SurveyPolicy())


def occasion_name(occasion: str) -> str:
    """When somebody was asked; a word that a source brought itself stays as it is."""
    return str(_OCCASIONS.get(occasion, occasion))


def about(invitation: Invitation) -> str:
    """What the question is about, in a sentence that names nobody; empty where it is about the relationship."""
    if invitation.ticket is not None:
        number = invitation.ticket.number or invitation.ticket.external_id
        opened = display.day_long(invitation.ticket.opened_at)
        if number:
            return _("It is about ticket %(number)s of %(day)s.") % {"number": number, "day": opened}
        return _("It is about your question of %(day)s.") % {"day": opened}
    if invitation.asset is not None:
        product = str(invitation.asset.product or "")
        return _("It is about machine %(name)s.") % {"name": f"{product} {invitation.asset}".strip()}
    return ""


def score(value: Any, scale_to: Any) -> str:
    """4 of 10."""
    return _("%(value)s of %(most)s") % {"value": _short(value), "most": _short(scale_to)}


def _short(value: Any) -> str:
    amount = display.as_decimal(value)
    return display.number(amount, 0 if amount is None or amount == amount.to_integral_value() else 1)


def why_words(why: WhyNot) -> str:
    """Why somebody is not asked, in a few words."""
    if why.reason is Reason.LEFT:
        return _("has left")
    if why.reason is Reason.NO_ADDRESS:
        return _("no e-mail address is known")
    if why.reason is Reason.STOPPED:
        return _("wants no more surveys")
    return _("was asked lately; again from %(day)s") % {"day": display.day(why.until)}
