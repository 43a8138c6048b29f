"""How values look on a page: filters for text, tags for the small marks that stand in table cells.

Cells use these rather than components: a tag costs a third of a component, and a page shows thousands.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_FLOOR
from functools import partial
from typing import Any

from django import template
from django.forms import BoundField
from django.http import QueryDict
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core import display
from core.charts import marks
from core.charts.spark import Spark, draw_spark
from core.context import find_url
from core.doors import opens
from core.free_text import free_text

register = template.Library()

for _name in ("day", "day_short", "day_long", "weekday", "weekday_long", "moment", "initials", "duration"):
    register.filter(_name, getattr(display, _name))
for _name in ("number", "signed", "percent"):
    register.filter(_name, getattr(display, _name))
register.filter("money", display.money)
register.filter("money_short", display.money_short)
register.filter("cents", partial(display.money, decimals=2))

TIER_WORDS = {
    "good": pgettext_lazy("tier", "Green"),
    "watch": pgettext_lazy("tier", "Yellow"),
    "risk": pgettext_lazy("tier", "Red"),
    "unknown": _("no score"),
}
STATUS_WORDS = {"good": _("On target"), "watch": _("Just short"), "risk": _("Off target"), "unknown": _("No target")}
STATUS_OF = {
    "green": "good", "yellow": "watch", "red": "risk", "on_target": "good", "just_short": "watch", "off_target": "risk",
    "good": "good", "watch": "watch", "risk": "risk",
}  # fmt: skip


@register.filter
def split_words(words: str) -> list[str]:
    """A list out of a sentence, for short loops in templates."""
    return words.split()


@register.filter
def styled(field: BoundField, cls: str) -> SafeString:
    """The widget of a form field in our look, tied to its hint and its error for screen readers."""
    attrs: dict[str, str | bool] = {"class": f"{field.field.widget.attrs.get('class', '')} {cls}".strip()}
    if field.errors:
        attrs |= {"aria-invalid": "true", "aria-describedby": f"{field.auto_id}_error"}
    return field.as_widget(attrs=attrs)


@register.filter
def status_of(value: object) -> str:
    """Status of a tier or a metric: good, watch, risk; anything else is unknown."""
    return STATUS_OF.get(str(value or "").lower(), "unknown")


@register.filter
def amount(value: object) -> str:
    """Money in a column whose head names the currency: 214,000."""
    return display.number(value)


@register.filter
def ago(value: date | datetime | None, on: date) -> str:
    """9 days ago, today, in 58 days, as seen from `on`."""
    return display.ago(value, on)


@register.filter
def days_until(value: date | None, on: date) -> int | None:
    """Whole days from `on` to the date; negative when it has passed."""
    return None if value is None or not on else (value - on).days


@register.simple_tag
def shape(status: object) -> SafeString:
    """The bare shape of a status: circle, triangle, square, dashed ring. A word must stand beside it."""
    return marks.shape(status_of(status))


@register.simple_tag
def pill(status: object, score: object = None, word: object = None) -> SafeString:
    """Shape, score and word on a soft ground: `{% pill "red" 52 %}` gives ■ 52 Red."""
    key = status_of(status)
    label = word or TIER_WORDS[key]
    text = label if score is None or score == "" else f"{_whole(score)} {label}"
    return format_html('<span class="pill pill-{}">{}{}</span>', key, marks.shape(key), text)


def _whole(score: object) -> str:
    """Whole points, rounded down: 79.6 is not shown as 80, because it is not green."""
    known = display.as_decimal(score)
    return display.number(None if known is None else known.to_integral_value(ROUND_FLOOR))


@register.simple_tag
def status(value: object, word: object = None) -> SafeString:
    """Shape and word without ground, for the head of a tile or a stage."""
    key = status_of(value)
    return format_html('<span class="status status-{}">{}{}</span>', key, marks.shape(key), word or STATUS_WORDS[key])


@register.simple_tag(takes_context=True)
def owner(context: dict[str, Any], who: object, with_name: bool = False) -> SafeString:
    """Badge with initials: round for a person, square for a team's pool, inverted for the reader's own."""
    if not who:
        return format_html('<span class="late">{}</span>', gettext("no owner"))
    name = name_of(who)
    badge = _badge(who, name, context, hide=with_name)
    return format_html('<span class="owner">{}<span>{}</span></span>', badge, name) if with_name else badge


def _badge(who: object, name: str, context: dict[str, Any], hide: bool) -> SafeString:
    kind = "avatar-team" if is_team(who) else "avatar-me" if _is_reader(who, context) else ""
    said = (
        mark_safe(' aria-hidden="true"') if hide else format_html(' role="img" aria-label="{}" title="{}"', name, name)
    )
    return format_html('<span class="avatar {}"{}>{}</span>', kind, said, display.initials(name))


@register.filter
def name_of(who: object) -> str:
    """Full name of a person, name of a team, or the text itself."""
    full = getattr(who, "get_full_name", None)
    return (full() if callable(full) else "") or str(getattr(who, "name", "") or who)


def is_team(who: object) -> bool:
    """A pool owned by a team; owners say so themselves, teams have no sign-in."""
    pool = getattr(who, "is_pool", None)
    return bool(pool) if pool is not None else not isinstance(who, str) and not hasattr(who, "is_authenticated")


def _is_reader(who: object, context: dict[str, Any]) -> bool:
    reader = context.get("user")
    reader_pk = getattr(reader, "pk", None)
    return reader_pk is not None and (reader == who or getattr(who, "user_id", None) == reader_pk)


@register.simple_tag
def icon(name: str, small: bool = False) -> SafeString:
    """An icon of the sprite; it never stands without a word or a label."""
    classes = f"icon icon-{name}{' icon-small' if small else ''}"
    href = f"{static('icons/sprite.svg')}#{name}"
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', classes, href)


@register.simple_tag
def slip() -> SafeString:
    """The slip with a torn foot that marks a receipt."""
    return marks.SLIP


@register.simple_tag
def sparkline(points: list[float | None] | None, tier: object = "unknown", name: str = "") -> SafeString:
    """Line of twelve months, 60 x 22, its last point in the shape of the status. Missing months leave a gap."""
    return draw_spark(Spark(tuple(points or ()), status_of(tier), str(name)))


@register.simple_tag
def days_left(days: int | None, span: int = 90) -> SafeString:
    """Number of days over a bar of `span` days; late ones say so in words."""
    if days is None:
        return mark_safe(f'<span class="ink-3">{display.MISSING}</span>')
    if days < 0:
        late = format_html("{} <span>{}</span>", display.number(-days), gettext("late"))
        return format_html('<span class="days days-late">{}</span>', late)
    return format_html('<span class="days">{}{}</span>', display.number(days), marks.days_bar(days, span))


@register.simple_tag
def meter(value: object, tone: object = "", ticks: str = "", top: object = 100) -> SafeString:
    """A bar of 0 to `top` as wide as its place, with ticks such as "60,80". The number must stand beside it."""
    key = status_of(tone)
    share = display.as_decimal(value)
    places = [float(tick) / float(str(top)) for tick in ticks.split(",") if tick]
    return marks.meter(
        None if share is None else float(share) / float(str(top)), tone if key == "unknown" else key, places
    )


@register.simple_tag(takes_context=True, name="free_text")
def free_text_tag(context: dict[str, Any], text: str) -> str:
    """What somebody wrote, for readers to whom people have a name: `{% free_text deal.note %}`."""
    return free_text(text, context["request"].user)


@register.simple_tag
def split_bar(**parts: object) -> SafeString:
    """A bar split by health or outcome: `{% split_bar good=120 watch=40 risk=20 unknown=5 done=0 lost=0 %}`."""
    return marks.split({key: float(str(value or 0)) for key, value in parts.items()})


@register.simple_tag
def receipt_url(key: str, on: object = None, **params: object) -> str:
    """Address of a metric's receipt as of a date; empty while there is no such page."""
    url = find_url("dashboards:receipt", key)
    query = QueryDict(mutable=True)
    query.update({name: str(value) for name, value in {"as_of": on, **params}.items() if value not in (None, "")})
    return f"{url}?{query.urlencode()}" if url and query else url


@register.simple_tag(takes_context=True)
def door(context: dict[str, Any], name: str, *args: object) -> str:
    """Address of a page, for a link to it; empty where the reader does not have that page."""
    reader = getattr(context.get("request"), "user", None)
    return find_url(name, *args) if opens(name, reader) else ""


@register.simple_tag(takes_context=True)
def query_with(context: dict[str, Any], **changes: object) -> str:
    """The page's own query with changes; None or "" drops a key. Cursors drop on every other change."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    for gone in {"cursor", "after", "before", "page"} - changes.keys():
        query.pop(gone, None)
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag(takes_context=True)
def hidden_query(context: dict[str, Any], *without: str) -> SafeString:
    """Hidden fields that keep the page's filters inside a GET form, except the named ones."""
    request = context.get("request")
    kept = (
        [(key, value) for key, values in request.GET.lists() if key not in without for value in values]
        if request
        else []
    )
    return mark_safe("".join(format_html('<input type="hidden" name="{}" value="{}">', *pair) for pair in kept))


@register.inclusion_tag("components/parts/sort.html", takes_context=True)
def sort_link(context: dict[str, Any], key: str, label: str, current: str = "") -> dict[str, Any]:
    """Head of a sortable column: a link that turns the order round when pressed twice."""
    chosen = current or (context["request"].GET.get("sort", "") if context.get("request") else "")
    descending = chosen == f"-{key}"
    return {
        "label": label, "url": query_with(context, sort=key if descending else f"-{key}"),
        "direction": "" if chosen.lstrip("-") != key else "down" if descending else "up",
    }  # fmt: skip
