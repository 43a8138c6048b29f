"""The five heads above the picture: status, one metric each, and three more under it."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.charts.bowtie import Bowtie, draw_slice
from core.charts.spark import Trend, draw_trend
from core.display import MISSING
from core.metrics import Status
from dashboards import wording
from dashboards.bowtie.reading import KEYS_OF_DEALS, KEYS_OF_LEADS, KEYS_OF_STARTS, Reading
from dashboards.bowtie.sections import line

NAMES = (
    gettext_lazy("Lead generation"),
    gettext_lazy("Pipeline"),
    gettext_lazy("Conversion"),
    gettext_lazy("Adoption and value"),
    gettext_lazy("Expansion & renewal"),
)
# The headline metric of a stage that has no data yet, and what it waits for.
WAITING = (
    (gettext_lazy("Lead quality"), gettext_lazy("No leads recorded yet, or no profile that says which are good.")),
    (gettext_lazy("Win rate"), gettext_lazy("Waits for won and lost deals of new customers.")),
    (gettext_lazy("Onboarding on time"), gettext_lazy("Waits for promised and real go-live dates.")),
    (gettext_lazy("Average health"), gettext_lazy("Waits for health scores; every customer is without one.")),
)
# Of each stage its headline, and what stands under it.
HEADS = (
    (KEYS_OF_LEADS[0], KEYS_OF_LEADS[1:]),
    (KEYS_OF_DEALS[0], KEYS_OF_DEALS[1:]),
    (KEYS_OF_STARTS[0], KEYS_OF_STARTS[1:]),
    ("health_average", ("health_green_share",)),
)
HEADLINE = "net_revenue_retention"
MORE = ("gross_revenue_retention", "logo_retention", "attach_rate")


@dataclass(frozen=True)
class Stage:
    """One head, in the words of the component `stage_head`."""

    number: str
    name: str
    metric: str
    facts: str
    slice: SafeString
    status: str = "unknown"
    word: str = ""
    value: str = MISSING
    receipt: str = ""
    trend: SafeString | str = ""
    more: list[dict[str, Any]] = field(default_factory=list)
    href: str = ""
    leaks: str = ""


def stages(reading: Reading, picture: Bowtie) -> list[Stage]:
    """A stage waits until its headline can be told."""
    found = [
        _waiting(index, picture) if reading.value(key) is None else _measured(reading, picture, index, key, more)
        for index, (key, more) in enumerate(HEADS)
    ]
    found.append(_measured(reading, picture, 4, HEADLINE, MORE))
    marked = zip(found, picture.hrefs, picture.leaks, strict=True)
    return [replace(stage, href=href, leaks=letters) for stage, href, letters in marked]


def _waiting(index: int, picture: Bowtie) -> Stage:
    metric, facts = WAITING[index]
    return Stage(
        number=str(index + 1),
        name=str(NAMES[index]),
        metric=str(metric),
        facts=str(facts),
        slice=draw_slice(picture, index),
        word=_("No data yet"),
    )


def _measured(reading: Reading, picture: Bowtie, index: int, key: str, more: tuple[str, ...]) -> Stage:
    result, status = reading.now[key], reading.status(key)
    return Stage(
        number=str(index + 1),
        name=str(NAMES[index]),
        metric=str(result.metric.name),
        facts=reading.facts(key),
        slice=draw_slice(picture, index),
        status=wording.STATUS[status],
        word=_("No data yet") if status is Status.NONE else wording.status_word(status),
        value=reading.said(key),
        receipt=reading.receipt(key),
        trend=_trend(reading, key, wording.STATUS[status]),
        more=[line(reading, one) for one in more],
    )


def _trend(reading: Reading, key: str, status: str) -> SafeString | str:
    """The line of the month ends; nothing before two of them are stored."""
    points, goal = reading.line(key), reading.now[key].metric.target.value
    if not points:
        return ""
    title = _("%(name)s at the ends of 24 months and on the date") % {"name": reading.now[key].metric.name}
    return draw_trend(Trend(points, status, title, target=None if goal is None else float(goal)))
