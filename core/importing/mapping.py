"""A mapping: what the columns of a file mean (docs/importing.md). `core.importing.toml` reads one."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.importing.dates import DateStyle
from core.importing.entities import Entity, Kind
from core.importing.files import FileStyle
from core.importing.numbers import NumberStyle
from core.importing.shape import Shape


@dataclass(frozen=True)
class Expression:
    """Where a value comes from and what is done to it on the way. Absent steps are left out."""

    column: str = ""
    columns: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    join: str = " "
    needs: tuple[str, ...] = ()
    constant: str | None = None
    pattern: str = ""
    replace: tuple[tuple[str, str], ...] = ()
    values: dict[str, str] | None = None
    otherwise: str | None = None
    default: str | None = None
    empty: tuple[str, ...] = ()
    case: str = ""
    times: str = ""
    dates: tuple[str, ...] = ()
    day_first: bool | None = None
    decimal: str = ""
    thousands: str = ""
    numbered: bool = False
    create: bool = False
    by: str = ""
    source: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return tuple(c for c in (self.column, *self.columns, *self.first, *self.needs) if c)


@dataclass(frozen=True)
class Section:
    """What the mapping says about one entity: its key, its fields, and whether it may be made or changed."""

    entity: Entity
    key: Expression | None
    fields: dict[str, Expression]
    attributes: tuple[tuple[str, str], ...] = ()
    unmapped: bool = False
    unmapped_except: tuple[str, ...] = ()
    json: tuple[tuple[str, str, Expression], ...] = ()
    create: bool = False
    update: bool = False
    by: str = ""
    source: str = ""
    case_sensitive: bool = False
    is_side: bool = False

    def has_amounts(self) -> bool:
        return any(m.amount in self.fields for m in self.entity.money)

    def currency_giver(self, words: set[str]) -> str:
        """The section that says the currency of these amounts: this one, or the one that it takes it from."""
        if "currency" in self.fields:
            return self.entity.word
        return next(
            (w for w, names in self.entity.fills.items() if w in words and "currency" in names), self.entity.word
        )

    def in_currency(self, currency: str) -> "Section":
        stated = self.fields.get("currency")
        chosen = replace(stated, default=stated.default or currency) if stated else Expression(constant=currency)
        return replace(self, fields={**self.fields, "currency": chosen})


@dataclass(frozen=True)
class Mapping:
    """A whole mapping. `sections` stand in the order in which the entities depend on each other."""

    name: str
    source: str
    kind: Kind
    file: FileStyle
    shape: Shape
    numbers: NumberStyle
    dates: DateStyle
    empty: frozenset[str]
    currency: str
    reporting_currency: str
    sections: tuple[Section, ...]
    zone: ZoneInfo | None = None

    def in_currency(self, currency: str) -> "Mapping":
        """With amounts that name no currency in this one."""
        words = {s.entity.word for s in self.sections}
        givers: set[str] = set()
        for section in self.sections:
            if section.has_amounts():
                givers.add(section.currency_giver(words))
        return replace(
            self, sections=tuple(s.in_currency(currency) if s.entity.word in givers else s for s in self.sections)
        )

    def section(self, word: str) -> Section | None:
        return next((s for s in self.sections if s.entity.word == word), None)


def unknown(word: str, known: Iterable[str], place: str) -> str:
    """A sentence for a word that nobody knows here, with the nearest ones that exist."""
    near = difflib.get_close_matches(word, list(known), n=3, cutoff=0.5) or sorted(known)[:12]
    return _("%(place)s: there is no %(word)s; near it: %(near)s.") % {
        "place": place,
        "word": f'"{word}"',
        "near": ", ".join(f'"{n}"' for n in near),
    }
