"""What a leak is called when somebody asks whose it is (LK-01..05, RO-01). All texts translatable."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from dashboards.leaks.rules import Diagnosis, Place, Problem

PLACES: dict[Place, Any] = {
    Place.LEADS: gettext_lazy("lead generation"),
    Place.PIPELINE: gettext_lazy("pipeline"),
    Place.CONVERSION: gettext_lazy("onboarding"),
    Place.ADOPTION: gettext_lazy("adoption"),
    Place.RENEWAL: gettext_lazy("renewal"),
    Place.EXPANSION: gettext_lazy("expansion"),
}
PROBLEMS: dict[Problem, Any] = {
    Problem.LEADS: gettext_lazy("a problem of lead quality"),
    Problem.SALES: gettext_lazy("a sales problem"),
    Problem.OPERATIONS: gettext_lazy("an operations problem"),
    Problem.SUCCESS: gettext_lazy("a customer success problem"),
    Problem.GROWTH: gettext_lazy("a problem of the growth strategy"),
}
# Who answers for a problem (RO-01).
OWNERS: dict[Problem, Any] = {
    Problem.LEADS: gettext_lazy("Marketing"),
    Problem.SALES: gettext_lazy("Sales"),
    Problem.OPERATIONS: gettext_lazy("Operations, with Sales and CS"),
    Problem.SUCCESS: gettext_lazy("Customer Success"),
    Problem.GROWTH: gettext_lazy("CS and Sales"),
}
# What to ask next (LK-05).
QUESTIONS: dict[Place, Any] = {
    Place.PIPELINE: gettext_lazy("Is it how we sell, or the quality of the leads?"),
    Place.CONVERSION: gettext_lazy("Is it how we deliver, or did we promise too much?"),
    Place.RENEWAL: gettext_lazy("Is it the product, the support, or the price?"),
    Place.EXPANSION: gettext_lazy("Does nobody offer it, or does nobody want it?"),
}
_NUMBERS = {
    Place.LEADS: pgettext_lazy("stage", "1"),
    Place.PIPELINE: pgettext_lazy("stage", "2"),
    Place.CONVERSION: pgettext_lazy("stage", "3"),
    Place.ADOPTION: pgettext_lazy("stage", "4"),
    Place.RENEWAL: pgettext_lazy("stage", "5"),
    Place.EXPANSION: pgettext_lazy("stage", "5"),
}


def stage_number(place: Place) -> str:
    return str(_NUMBERS[place])


def finding(found: Diagnosis) -> str:
    """What the stage before says about this one."""
    words = {"before": PLACES[found.before], "here": PLACES[found.place]}
    if found.holds is None:
        return _("Leaks in %(here)s; %(before)s has no figure yet") % words
    if found.holds:
        return capfirst(_("Good %(before)s, leaks in %(here)s") % words)
    return _("Leaks in %(here)s, and %(before)s is off target first") % words
