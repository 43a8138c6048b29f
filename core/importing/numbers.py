"""Numbers as people and systems write them. Pure: text in, Decimal out, or the reason why not."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from core.importing.problems import BadValue

CENT = Decimal("0.01")
# Spaces of all widths and apostrophes only ever group thousands.
_GROUPING = re.compile("[\\s\u00a0\u2007\u2009\u202f'\u2019\u02bc]")
_UNIT_BEFORE = re.compile(r"^(?:[€$£¥]|[A-Za-z]{1,3}\.?(?![A-Za-z]))\s*")
_UNIT_AFTER = re.compile(r"\s*(?:[€$£¥]|(?<![A-Za-z])[A-Za-z]{2,3}\.?)$")
_ROUND = re.compile(r"([.,])\s*[–—-]{1,2}$")
_SCIENTIFIC = re.compile(r"^[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d{1,3}$")
# Plain numbers that nobody can read in two ways: the usual case, read without ceremony.
_PLAIN = re.compile(r"^-?[0-9]+(?:\.(?:[0-9]{1,2}|[0-9]{4,}))?$")
_WHOLE = re.compile(r"^\d+$")


@dataclass(frozen=True)
class NumberStyle:
    """Which mark stands before the decimals and which between thousands; None is "not stated"."""

    decimal: str | None = None
    thousands: str | None = None


def number(text: str, style: NumberStyle = NumberStyle()) -> Decimal:
    """Read a number. Raises BadValue; a number that can be read in two ways is one of them, never a guess."""
    if style.decimal != "," and _PLAIN.match(text):
        return Decimal(text)
    sign, digits = _bare(text)
    if _SCIENTIFIC.match(digits):
        return sign * Decimal(digits.replace(",", "."))
    digits = _GROUPING.sub("", digits)
    if _WHOLE.match(digits):
        return sign * Decimal(digits)
    plain = _stated(digits, style) if style.decimal else _inferred(digits)
    if plain is None:
        raise BadValue(_("is not a number"))
    return sign * Decimal(plain)


def _bare(text: str) -> tuple[int, str]:
    """Without sign, currency and the dash that stands for no cents."""
    bare = text.strip().replace("\u2212", "-")
    negative = bare.startswith("(") and bare.endswith(")")
    bare = _without_unit(bare.strip("()") if negative else bare)
    bare = _ROUND.sub(r"\g<1>00", bare)
    if bare.endswith("-"):
        bare = "-" + bare[:-1]
    if bare.startswith(("-", "+")):
        negative, bare = negative != (bare[0] == "-"), bare[1:]
    return -1 if negative else 1, _without_unit(bare.strip())


def _without_unit(text: str) -> str:
    return _UNIT_AFTER.sub("", _UNIT_BEFORE.sub("", text)).strip()


def _stated(digits: str, style: NumberStyle) -> str | None:
    decimal = style.decimal or "."
    other = "." if decimal == "," else ","
    return _split(digits, decimal, style.thousands or other)


def _split(digits: str, decimal: str, thousands: str) -> str | None:
    whole, mark, rest = digits.partition(decimal)
    if mark and not rest.isdecimal():
        return None
    groups = whole.split(thousands)
    if len(groups) > 1 and not _grouped(groups):
        return None
    joined = "".join(groups) or ("0" if rest else "")
    return f"{joined}.{rest or 0}" if joined.isdecimal() else None


def _grouped(groups: list[str]) -> bool:
    return 1 <= len(groups[0]) <= 3 and groups[0].isdecimal() and all(len(g) == 3 and g.isdecimal() for g in groups[1:])


def _inferred(digits: str) -> str | None:
    dots, commas = digits.count("."), digits.count(",")
    if dots and commas:
        decimal = max(".,", key=digits.rfind)
        return _split(digits, decimal, "," if decimal == "." else ".")
    mark = "." if dots else ","
    groups = digits.split(mark)
    if len(groups) > 2:
        return _split(digits, "\x00", mark)
    if _grouped(groups) and not groups[0].startswith("0"):
        raise BadValue(
            _("is ambiguous: it may be %(large)s or %(small)s; state decimal in the mapping")
            % {"large": "".join(groups), "small": ".".join(groups)}
        )
    return _split(digits, mark, "\x00")


def cents(value: Decimal) -> Decimal:
    """Rounded to cents, half up; BadValue from 10^12."""
    if abs(value) >= 10**12:
        raise BadValue(_("is too large for an amount"))
    return value.quantize(CENT, ROUND_HALF_UP)
