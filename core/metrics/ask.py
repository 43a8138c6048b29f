"""What is asked of a metric: a date, an actor, filters, and the policies of that date."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Any

from django.db.models import CharField, Value

from core.calendar import add_months
from core.policies import Version


class WrongFilter(ValueError):
    """A filter that cannot be understood; the message says which and why."""


@dataclass(frozen=True)
class Filters:
    """Narrowing of a metric's rows as they stood on the date. Ids, except `segment` and `country`, which are text.

    `group` is the parent account; `owner` an Owner id; `team` a team with its parts. `known_at` keeps to facts that
    were known by that day.
    """

    account: int | None = None
    group: int | None = None
    owner: int | None = None
    team: int | None = None
    segment: str = ""
    product_line: int | None = None
    country: str = ""
    known_at: date | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) for f in fields(self))

    def chosen(self) -> dict[str, Any]:
        """The filters that are set."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}


EVERYTHING = Filters()


@dataclass(frozen=True)
class Choice:
    """One value that a dimension can be narrowed to."""

    value: str
    label: str


@dataclass(frozen=True)
class Dimension:
    """A way to cut the figures.

    `find(text, actor)` turns an id or a name into the filter's value, or raises LookupError; `rows(actor)` are the
    values to offer on a page, as pairs of two texts without an order, None for those that are too many to list.
    `say(text)` is the label of such a text.
    """

    key: str
    label: Any
    find: Callable[[str, Any], Any]
    rows: Callable[[Any], Any] = lambda actor: None
    say: Callable[[str], str] = str


# Values that a dimension offers.
MOST = 200
_dimensions: dict[str, Dimension] = {}


def register_dimensions(*found: Dimension) -> None:
    """Add ways to cut the figures. Called from a room's apps.py."""
    for dimension in found:
        _dimensions[dimension.key] = dimension


def dimensions() -> Iterable[Dimension]:
    return tuple(_dimensions.values())


def choices(actor: Any) -> dict[str, list[Choice]]:
    """What each dimension offers, by its label, at most MOST of each; nothing where they are too many. One query."""
    offered = [(d.key, rows) for d in dimensions() if (rows := d.rows(actor)) is not None]
    found: dict[str, list[Choice]] = {d.key: [] for d in dimensions()}
    marked = [
        rows.annotate(of=Value(key, output_field=CharField())).values_list("of", "value", "shown")[:MOST]
        for key, rows in offered
    ]
    for key, value, shown in marked[0].union(*marked[1:], all=True).order_by("shown", "value") if marked else ():
        found[key].append(Choice(value, _dimensions[key].say(shown)))
    return found


def filters_from(values: Mapping[str, str], actor: Any) -> Filters:
    """Filters out of text (a query string, an option of a command). Raises WrongFilter with a sentence."""
    found: dict[str, Any] = {}
    for key, text in values.items():
        if text == "":
            continue
        found[key] = _known_at(text) if key == "known_at" else _found(key, text, actor)
    return Filters(**found)


def _known_at(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongFilter(f'known_at: "{text}" is not a date like 2026-11-21.') from error


def _found(key: str, text: str, actor: Any) -> Any:
    if key not in _dimensions:
        raise WrongFilter(f'There is no filter "{key}". There are: {", ".join([*_dimensions, "known_at"])}.')
    try:
        return _dimensions[key].find(text, actor)
    except LookupError as error:
        raise WrongFilter(f'{key}: there is no "{text}".') from error


@dataclass(frozen=True)
class Window:
    """Both days included."""

    first: date
    last: date


@dataclass(frozen=True)
class Ask:
    """The question a family's rows answer."""

    on: date
    actor: Any
    filters: Filters = field(default_factory=Filters)
    policies: Mapping[type, Version[Any]] = field(default_factory=dict)
    # What was built for this question (core.metrics.once).
    built: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def policy(self, policy: type) -> Any:
        return self.policies[policy].values

    @property
    def year_before(self) -> date:
        return add_months(self.on, -12)

    @property
    def last_year(self) -> Window:
        """T12M."""
        return Window(self.year_before + timedelta(days=1), self.on)

    @property
    def year_before_last(self) -> Window:
        """T12M-1, both counted from the date itself."""
        return Window(add_months(self.on, -24) + timedelta(days=1), self.year_before)
