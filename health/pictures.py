"""The line of a score since a rescue began."""

from datetime import date, timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core import display
from core.charts.lines import ScoreLine, draw_score
from core.policies import policy_on
from health.queries.rescues import Standing, scores_on
from health.rules import HealthPolicy
from health.rules.rescue import ended_on
from health.words.tiers import STATUS

# How many days before the first day of the clock the line begins, and how far apart its points lie.
BEFORE, STEP = 28, 7


def rescue_line(account: int, found: Standing, on: date) -> SafeString | str:
    """The score each week from four weeks before the rescue to its end, or to the day; empty where none is known."""
    began, last = found.facts.began_on, ended_on(found.facts, on) or on
    back = range((last - began).days + BEFORE, -1, -STEP)
    days = [last - timedelta(days=n) for n in back] or [last]
    scores = scores_on(account, days)
    if not any(score is not None for _day, score in scores):
        return ""
    policy = policy_on(HealthPolicy, on).values
    first = min(range(len(days)), key=lambda i: abs((days[i] - began).days))
    return draw_score(
        ScoreLine(
            tuple(None if score is None else float(score // 1) for _day, score in scores),
            STATUS[found.facts.tier.value],
            _("The score since the rescue began"),
            first=display.day_short(days[0]),
            last=display.day_short(last),
            cuts=_cuts(policy),
            notes=((first, _("rescue began")),),
            width=330,
            height=170,
        )
    )


def _cuts(policy: HealthPolicy) -> tuple[tuple[float, str, str], ...]:
    named = ((policy.green, _("%(cut)s green"), "good"), (policy.yellow, _("%(cut)s yellow"), "watch"))
    return tuple((float(cut), words % {"cut": display.number(cut)}, status) for cut, words, status in named)
