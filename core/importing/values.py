"""From the expressions of a mapping to functions that read one value of one row, as text ready for COPY."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.importing.dates import DateStyle, read_date
from core.importing.entities import Entity, Field
from core.importing.files import Native
from core.importing.mapping import Expression, Mapping, unknown
from core.importing.moments import read_moment
from core.importing.numbers import NumberStyle, cents, number
from core.importing.problems import BadValue, Refused
from core.importing.shape import compiled

Cells = list[str]
Read = Callable[[Cells], str]
Convert = Callable[[str], Any]

_TRUE = {"1", "true", "t", "yes", "y", "x", "ja", "j", "waar", "oui", "wahr", "si", "sí"}
_FALSE = {"0", "false", "f", "no", "n", "nee", "onwaar", "non", "nein", "falsch"}
_MANGLED = re.compile(r"^\d[.,]\d+[eE]\+\d+$")
_CACHED = 50_000
_LONGEST_KEY = 200


class Columns:
    """Where the columns of the file stand, and which of them the mapping used."""

    def __init__(self, headers: list[str]) -> None:
        self.headers = headers
        self.used: set[str] = set()

    def at(self, name: str, place: str, headers: Iterable[str] = ()) -> int:
        """The position of a column; Refused names the nearest ones."""
        chosen = list(headers) or self.headers
        wanted = " ".join(name.split())
        if wanted not in chosen:
            raise Refused(unknown(name, [h for h in chosen if h], place))
        self.used.add(wanted)
        return chosen.index(wanted)


def text_reader(expression: Expression, columns: Columns, mapping: Mapping, place: str) -> Read:
    """A function that reads the text of an expression; "" is empty."""
    base = _origin(expression, columns, mapping.empty | frozenset(expression.empty), place)
    steps = list(_steps(expression, place))
    if not steps:
        return base

    def read(cells: Cells) -> str:
        text = base(cells)
        for step in steps:
            text = step(text)
        return text

    return read


def _origin(expression: Expression, columns: Columns, empty: frozenset[str], place: str) -> Read:
    if expression.constant is not None:
        constant = expression.constant
        return lambda cells: constant
    if expression.columns:
        return _joined(expression, columns, empty, place)
    if expression.first:
        return _first(expression, columns, empty, place)
    if not expression.column:
        return lambda cells: ""
    return _guarded(_cell(columns.at(expression.column, place), empty), expression, columns, empty, place)


def _cell(at: int, empty: frozenset[str]) -> Read:
    if not empty:
        return lambda cells: cells[at].strip()

    def read(cells: Cells) -> str:
        text = cells[at].strip()
        return "" if text in empty else text

    return read


def _guarded(read: Read, expression: Expression, columns: Columns, empty: frozenset[str], place: str) -> Read:
    """Empty unless the columns in `needs` are filled."""
    if not expression.needs:
        return read
    needed = [_cell(columns.at(c, place), empty) for c in expression.needs]
    return lambda cells: read(cells) if all(n(cells) for n in needed) else ""


def _joined(expression: Expression, columns: Columns, empty: frozenset[str], place: str) -> Read:
    parts = [_cell(columns.at(c, place), empty) for c in expression.columns]
    join = expression.join
    return _guarded(lambda cells: join.join(filter(None, [p(cells) for p in parts])), expression, columns, empty, place)


def _first(expression: Expression, columns: Columns, empty: frozenset[str], place: str) -> Read:
    parts = [_cell(columns.at(c, place), empty) for c in expression.first]
    return lambda cells: next((text for p in parts if (text := p(cells))), "")


def _steps(expression: Expression, place: str) -> Iterable[Callable[[str], str]]:
    if expression.pattern:
        yield _matching(expression.pattern, place)
    for old, new in expression.replace:
        yield _replacing(old, new, place)
    if expression.case:
        yield getattr(str, expression.case)
    if expression.values is not None:
        yield _translating(expression.values, expression.otherwise)
    if expression.default is not None:
        default = expression.default
        yield lambda text: text or default


def _matching(pattern: str, place: str) -> Callable[[str], str]:
    """The first group of a pattern, or all that it matched; empty where it does not match."""
    found = compiled(pattern, place)

    def step(text: str) -> str:
        match = found.search(text)
        return ((match[1] if found.groups else match[0]) or "").strip() if match else ""

    return step


def _replacing(old: str, new: str, place: str) -> Callable[[str], str]:
    pattern = compiled(old, place)
    return lambda text: pattern.sub(new, text).strip()


def _translating(values: dict[str, str], otherwise: str | None) -> Callable[[str], str]:
    if otherwise is None:
        return lambda text: values.get(text, text)
    return lambda text: values.get(text, otherwise if text else "")


# Typed values


def value_reader(
    field: Field, entity: Entity, expression: Expression, read: Read, mapping: Mapping
) -> Callable[[Cells], Any]:
    """Reads a field as text that PostgreSQL takes, None where empty; of a date, a pair with its precision.

    What was read once is remembered: columns repeat themselves.
    """
    if field.type in ("text", "named", "ref") and not field.choices:
        return _short_text(read, _length(field, entity))
    nothing: Any = (None, None) if field.type == "date" else None
    return _remembering(read, _converter(field, entity, expression, mapping), nothing)


def _short_text(read: Read, longest: int | None) -> Callable[[Cells], str | None]:
    check, enough = _text(longest), longest or 1_000_000

    def value(cells: Cells) -> str | None:
        text = read(cells)
        if not text:
            return None
        return text if len(text) <= enough and "\x00" not in text else check(text)

    return value


def _remembering(read: Read, convert: Convert, nothing: Any) -> Callable[[Cells], Any]:
    known: dict[str, Any] = {"": nothing}

    def value(cells: Cells) -> Any:
        text = read(cells)
        if text.__class__ is Native:
            return convert(text)
        if text in known:
            return known[text]
        if len(known) > _CACHED:
            known.clear()
            known[""] = nothing
        found = known[text] = convert(text)
        return found

    return value


def _converter(field: Field, entity: Entity, expression: Expression, mapping: Mapping) -> Convert:
    if field.type == "date":
        return _dated(_date_style(expression, mapping))
    if field.type == "datetime":
        return _timed(_date_style(expression, mapping), mapping.zone)
    if field.type in ("number", "money", "integer"):
        return _numeric(field, _number_style(expression, mapping), expression.times)
    if field.type == "boolean":
        return _boolean
    return _chosen(field.choices)


def _date_style(expression: Expression, mapping: Mapping) -> DateStyle:
    style = mapping.dates
    if expression.dates:
        style = replace(style, formats=expression.dates)
    return style if expression.day_first is None else replace(style, day_first=expression.day_first)


def _number_style(expression: Expression, mapping: Mapping) -> NumberStyle:
    if expression.decimal:
        return NumberStyle(expression.decimal, expression.thousands or None)
    return mapping.numbers


def _dated(style: DateStyle) -> Convert:
    native = replace(style, formats=("iso",), day_first=None)

    def convert(text: str) -> tuple[str | None, str | None]:
        found = read_date(text, native if text.__class__ is Native and "-" in text else style)
        return (found[0].isoformat(), found[1]) if found else (None, None)

    return convert


def _timed(style: DateStyle, zone: ZoneInfo | None) -> Convert:
    native = replace(style, formats=("iso",), day_first=None)

    def convert(text: str) -> str | None:
        found = read_moment(text, native if text.__class__ is Native and "-" in text else style, zone)
        return found.isoformat() if found else None

    return convert


def _numeric(field: Field, style: NumberStyle, times: str) -> Convert:
    factor = number(times, NumberStyle(".")) if times else None
    native = NumberStyle(".")

    def convert(text: str) -> str:
        value = number(text, native if text.__class__ is Native else style)
        value = value * factor if factor else value
        if value < 0 and not field.negative:
            raise BadValue(_("is negative"))
        if field.type == "integer" and value != value.to_integral_value():
            raise BadValue(_("is no whole number"))
        if field.places is not None:
            value = value.quantize(Decimal(1).scaleb(-field.places), ROUND_HALF_UP)
        return f"{cents(value):f}" if field.type == "money" else f"{value.normalize():f}"

    return convert


def _boolean(text: str) -> str:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise BadValue(_("is neither yes nor no"))
    return "t" if word in _TRUE else "f"


def _chosen(choices: tuple[str, ...]) -> Convert:
    known = {c.lower(): c for c in choices} | {c.replace("_", " "): c for c in choices}

    def convert(text: str) -> str:
        if text.lower() not in known:
            raise BadValue(_("is none of %(choices)s") % {"choices": ", ".join(choices)})
        return known[text.lower()]

    return convert


def _length(field: Field, entity: Entity) -> int | None:
    if field.is_ref or not field.stored:
        return _LONGEST_KEY
    return getattr(entity.model._meta.get_field(field.target), "max_length", None)


def _text(longest: int | None) -> Convert:
    def convert(text: str) -> str:
        if longest and len(text) > longest:
            raise BadValue(_("is longer than %(longest)s characters") % {"longest": longest})
        if "\x00" in text:
            raise BadValue(_("contains a NUL character"))
        return str(text)

    return convert


def key_reader(read: Read) -> Read:
    """Reads a key: text as it stands. A number that a spreadsheet has mangled is no key any more."""
    check = _text(_LONGEST_KEY)

    def key(cells: Cells) -> str:
        text = read(cells)
        if "+" in text and _MANGLED.match(text):
            raise BadValue(_("is in scientific notation: the spreadsheet has lost digits of this id"))
        return text if len(text) <= _LONGEST_KEY and "\x00" not in text else check(text)

    return key
