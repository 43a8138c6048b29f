"""Reads a mapping out of TOML. Whatever is wrong in it is refused with a sentence that names the place."""

import tomllib
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.importing.dates import DateStyle
from core.importing.entities import Entity, Field, Kind
from core.importing.files import FileStyle
from core.importing.mapping import Expression, Mapping, Section, unknown
from core.importing.numbers import NumberStyle
from core.importing.problems import Refused
from core.importing.shape import Condition, Pair, Shape, Unpivot

_LOCALES: dict[str, tuple[NumberStyle, bool | None]] = {
    "en-us": (NumberStyle(".", ","), False),
    "en-gb": (NumberStyle(".", ","), True),
    "nl": (NumberStyle(",", "."), True),
    "de": (NumberStyle(",", "."), True),
    "fr": (NumberStyle(",", "."), True),
    "es": (NumberStyle(",", "."), True),
    "it": (NumberStyle(",", "."), True),
    "pt": (NumberStyle(",", "."), True),
    "pl": (NumberStyle(",", "."), True),
    "da": (NumberStyle(",", "."), True),
    "sv": (NumberStyle(",", "."), None),
    "de-ch": (NumberStyle(".", "'"), True),
}


_TOP = ("kind", "source", "currency", "reporting_currency", "file", "skip", "only", "unpivot", "pair")
_FILE = (
    "encoding", "delimiter", "sheet", "header", "locale", "decimal", "thousands", "dates", "day_first", "empty",
    "placeholder_dates", "timezone",
)  # fmt: skip
_SECTION = ("key", "attributes", "create", "update", "by", "source", "case_sensitive")


def load_mapping(path: Path, kind: Kind) -> Mapping:
    """Read a mapping. Raises Refused with a sentence that names the place of whatever is wrong."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(_("The mapping %(path)s cannot be read: %(error)s.") % {"path": path, "error": error}) from error
    except tomllib.TOMLDecodeError as error:
        raise Refused(_("The mapping %(path)s is no TOML: %(error)s.") % {"path": path, "error": error}) from error
    return parse_mapping(raw, kind, path.name)


def parse_mapping(raw: dict[str, Any], kind: Kind, name: str) -> Mapping:
    """The mapping of a parsed TOML file."""
    words = [e.word for e in kind.entities]
    _demand_known(raw, (*_TOP, *words), name)
    if raw.get("kind", kind.name) != kind.name:
        message = _("The mapping %(name)s is for %(theirs)s, not for %(ours)s.")
        raise Refused(message % {"name": name, "theirs": raw["kind"], "ours": kind.name})
    if not raw.get("source"):
        raise Refused(_("The mapping %(name)s does not say its source.") % {"name": name})
    file = _table(raw.get("file", {}), "file")
    _demand_known(file, _FILE, "[file]")
    numbers, dates = _styles(file)
    return Mapping(
        name=name,
        source=str(raw["source"]),
        kind=kind,
        file=_file_style(file),
        shape=_shape(raw),
        numbers=numbers,
        dates=dates,
        empty=frozenset(_texts(file.get("empty", []), "[file] empty")),
        currency=str(raw.get("currency", "")).upper(),
        reporting_currency=str(raw.get("reporting_currency", "")).upper(),
        sections=tuple(_sections(raw, kind)),
        zone=_zone(str(file.get("timezone", ""))),
    )


def _demand_known(given: Iterable[str], known: Iterable[str], place: str) -> None:
    for word in given:
        if word not in known:
            raise Refused(unknown(word, known, place))


def _table(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused(_("%(place)s must be a table.") % {"place": place})
    return value


def _texts(value: Any, place: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(v, str | int | float) for v in values):
        raise Refused(_("%(place)s must be a text or a list of texts.") % {"place": place})
    return tuple(str(v) for v in values)


def _file_style(file: dict[str, Any]) -> FileStyle:
    delimiter = str(file.get("delimiter", "auto"))
    delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
    if delimiter != "auto" and len(delimiter) != 1:
        raise Refused(_("[file] delimiter must be one character."))
    header = file.get("header", 1)
    if not isinstance(header, int) or header < 0:
        raise Refused(_("[file] header must be the number of a line, or 0."))
    return FileStyle(str(file.get("encoding", "auto")), delimiter, str(file.get("sheet", "")), header)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError) as error:
        message = _('[file] timezone: there is no zone "%(name)s"; they are called like "Europe/Amsterdam".')
        raise Refused(message % {"name": name}) from error


def _styles(file: dict[str, Any]) -> tuple[NumberStyle, DateStyle]:
    numbers, day_first = NumberStyle(), None
    if "locale" in file:
        locale = str(file["locale"]).lower().replace("_", "-")
        found = _LOCALES.get(locale) or _LOCALES.get(locale.split("-")[0])
        if not found:
            raise Refused(unknown(str(file["locale"]), _LOCALES, "[file] locale"))
        numbers, day_first = found
    if "decimal" in file:
        numbers = _number_style(str(file["decimal"]), str(file.get("thousands", "")), "[file]")
    through, beginning = _placeholders(file.get("placeholder_dates", False))
    dates = _texts(file.get("dates", []), "[file] dates")
    return numbers, DateStyle(dates, file.get("day_first", day_first), through, beginning)


def _number_style(decimal: str, thousands: str, place: str) -> NumberStyle:
    if decimal not in (".", ",") or decimal == thousands:
        raise Refused(_('%(place)s decimal must be "." or ",", and thousands another mark.') % {"place": place})
    return NumberStyle(decimal, thousands or None)


def _placeholders(value: Any) -> tuple[int | None, int | None]:
    if value is True:
        return 1900, 2099
    if not value:
        return None, None
    table = _table(value, "[file] placeholder_dates")
    _demand_known(table, ("through", "from"), "[file] placeholder_dates")
    return _year(table.get("through")), _year(table.get("from"))


def _year(value: Any) -> int | None:
    return value.year if isinstance(value, date) else int(value) if value is not None else None


# Which rows count, and what becomes of them


def _shape(raw: dict[str, Any]) -> Shape:
    return Shape(
        skip=_conditions(raw.get("skip", []), "skip"),
        only=_conditions(raw.get("only", []), "only"),
        unpivot=_unpivot(raw["unpivot"]) if "unpivot" in raw else None,
        pair=_pair(raw["pair"]) if "pair" in raw else None,
    )


def _conditions(value: Any, place: str) -> tuple[Condition, ...]:
    rows = value if isinstance(value, list) else [value]
    return tuple(_condition(_table(row, place), place) for row in rows)


def _condition(raw: dict[str, Any], place: str) -> Condition:
    _demand_known(raw, ("column", "is", "matches", "empty"), f"[{place}]")
    if "column" not in raw or len(raw) != 2:
        raise Refused(_("[%(place)s] needs a column and one of is, matches, empty.") % {"place": place})
    return Condition(
        column=str(raw["column"]),
        values=frozenset(_texts(raw["is"], place)) if "is" in raw else None,
        matches=str(raw.get("matches", "")),
        empty=raw.get("empty"),
    )


def _unpivot(value: Any) -> Unpivot:
    raw = _table(value, "unpivot")
    _demand_known(raw, ("columns", "pattern", "name", "value"), "[unpivot]")
    if ("columns" in raw) == ("pattern" in raw):
        raise Refused(_("[unpivot] needs either columns or a pattern."))
    columns = _texts(raw.get("columns", []), "[unpivot] columns")
    return Unpivot(columns, str(raw.get("pattern", "")), str(raw.get("name", "name")), str(raw.get("value", "value")))


def _pair(value: Any) -> Pair:
    raw = _table(value, "pair")
    _demand_known(raw, ("key", "order", "start", "end", "prefix", "again", "dates"), "[pair]")
    for word in ("key", "order", "start", "end"):
        if word not in raw:
            raise Refused(_("[pair] does not say its %(word)s.") % {"word": word})
    if raw.get("again", "new") not in ("new", "join"):
        raise Refused(unknown(str(raw["again"]), ("new", "join"), "[pair] again"))
    return Pair(
        key=_texts(raw["key"], "[pair] key"),
        order=str(raw["order"]),
        start=_condition(_table(raw["start"], "pair.start"), "pair.start"),
        end=_condition(_table(raw["end"], "pair.end"), "pair.end"),
        prefix=str(raw.get("prefix", "end ")),
        again=str(raw.get("again", "new")),
        dates=_texts(raw.get("dates", []), "[pair] dates"),
    )


# Sections


def _sections(raw: dict[str, Any], kind: Kind) -> Iterable[Section]:
    implied = _implied(raw, kind)
    for entity in kind.entities:
        given = raw.get(entity.word, implied.get(entity.word))
        rows = given if isinstance(given, list) else [] if given is None else [given]
        for row in rows:
            yield _section(_table(row, entity.word), entity, entity in kind.sides)
    if kind.chain[0].word not in raw:
        raise Refused(_("The mapping has no section [%(word)s].") % {"word": kind.chain[0].word})


def _implied(raw: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """`account = {column = "Customer", create = true}` inside another section stands for a section [account]."""
    found: dict[str, Any] = {}
    for entity in kind.entities:
        given = raw.get(entity.word)
        for field in entity.fields if isinstance(given, dict) else ():
            value = given.get(field.name)  # type: ignore[union-attr]
            side = kind.entity(field.to) if field.type == "ref" and field.name == field.to else None
            if isinstance(value, dict) and value.get("create") and side and side.word not in raw:
                plain = {k: v for k, v in value.items() if k not in ("create", "by", "source")}
                found[side.word] = {"create": True, "key": plain, "name": plain}
    return found


def _section(raw: dict[str, Any], entity: Entity, is_side: bool) -> Section:
    place = f"[{entity.word}]"
    jsons = [f.name for f in entity.fields if f.type == "json"]
    words = [f.name for f in entity.fields]
    _demand_known(raw, (*_SECTION, *words), place)
    simple = {f.name: _field_expression(raw[f.name], f, place) for f in entity.fields if _is_simple(raw, f)}
    key = _expression(raw["key"], f"{place} key") if "key" in raw else None
    section = Section(
        entity=entity,
        key=key,
        fields=simple,
        json=tuple(_json_parts(raw, jsons, place)),
        create=bool(raw.get("create", not is_side)),
        update=bool(raw.get("update", not is_side)),
        by=str(raw.get("by", "")),
        source=str(raw.get("source", "")),
        case_sensitive=bool(raw.get("case_sensitive", False)),
        is_side=is_side,
    )
    return _with_attributes(section, raw.get("attributes"), place)


def _is_simple(raw: dict[str, Any], field: Field) -> bool:
    return field.name in raw and field.type != "json"


def _json_parts(raw: dict[str, Any], names: list[str], place: str) -> Iterable[tuple[str, str, Expression]]:
    for name in names:
        if name in raw and name != "attributes":
            for part, value in _table(raw[name], f"{place} {name}").items():
                yield name, part, _expression(value, f"{place} {name}.{part}")


def _with_attributes(section: Section, value: Any, place: str) -> Section:
    """`attributes`: "unmapped", a list of columns, or {name = column}; "except" leaves columns out of "unmapped"."""
    if value is None:
        return section
    if not any(f.name == "attributes" for f in section.entity.fields):
        raise Refused(_("%(place)s has no attributes.") % {"place": place})
    if isinstance(value, str) and value != "unmapped":
        raise Refused(unknown(value, ("unmapped",), f"{place} attributes"))
    if isinstance(value, str):
        return replace(section, unmapped=True)
    if isinstance(value, list):
        return replace(section, attributes=tuple((c, c) for c in _texts(value, f"{place} attributes")))
    table = dict(_table(value, f"{place} attributes"))
    left_out = _texts(table.pop("except", []), f"{place} attributes.except")
    unmapped = bool(table.pop("unmapped", False))
    return replace(
        section,
        unmapped=unmapped,
        unmapped_except=left_out,
        attributes=tuple((name, str(column)) for name, column in table.items()),
    )


def _field_expression(value: Any, field: Field, place: str) -> Expression:
    if field.is_ref and isinstance(value, str):
        return Expression(column=value)
    return _expression(value, f"{place} {field.name}")


_TUPLES = {"columns", "first", "needs", "empty", "dates"}
_WORDS = tuple(f.name for f in fields(Expression))


def _expression(value: Any, place: str) -> Expression:
    if isinstance(value, str):
        return Expression(column=value)
    if isinstance(value, list):
        return Expression(columns=_texts(value, place))
    raw = _table(value, place)
    _demand_known(raw, _WORDS, place)
    parts: dict[str, Any] = {name: _part(name, raw[name], place) for name in raw}
    expression = Expression(**parts)
    _demand_whole(expression, place)
    return expression


def _part(name: str, value: Any, place: str) -> Any:
    if name in _TUPLES:
        return _texts(value, f"{place} {name}")
    if name == "values":
        return {str(k): str(v) for k, v in _table(value, f"{place} values").items()}
    if name == "replace":
        return tuple((str(old), str(new)) for old, new in value)
    if name in ("create", "numbered", "day_first"):
        return bool(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _demand_whole(expression: Expression, place: str) -> None:
    origins = [expression.column, expression.columns, expression.first, expression.constant is not None]
    if sum(bool(o) for o in origins) != 1 and not (expression.default and not any(origins)):
        message = _("%(place)s must say one of column, columns, first, constant.")
        raise Refused(message % {"place": place})
    if expression.case not in ("", "upper", "lower", "title"):
        raise Refused(unknown(expression.case, ("upper", "lower", "title"), f"{place} case"))
    if expression.decimal:
        _number_style(expression.decimal, expression.thousands, place)
