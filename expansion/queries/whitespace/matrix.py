"""The matrix of some accounts on a day: every cell with its state, and what stands behind it. Four queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from heapq import nsmallest
from typing import Any

from django.db import connection
from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Concat

from core.bulk import among
from expansion.chances import FAMILY_OF, Family
from expansion.models import CellAnswer, CellDeal, Signal
from expansion.queries.whitespace.bought import Column, bought, product_column, statement
from expansion.rules.whitespace import (
    EMPTY,
    MACHINE,
    SERVICE,
    STREAM,
    Adoption,
    Fill,
    Hint,
    Peer,
    Said,
    State,
    WhitespacePolicy,
    asked_again,
    fill_of,
    size_of,
    state_of,
)
from installed_base.models import Account
from sales.models import DealKind, Opportunity, OpportunityLine


@dataclass(frozen=True, slots=True)
class Deal:
    """An open deal about a cell."""

    id: int
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One account by one column. `count` machines or contracts; `worth` is what it may bring where it is empty, and
    `typical` what the column usually brings."""

    column: Column
    state: State
    count: int = 0
    deal: Deal | None = None
    answer: CellAnswer | None = None
    again: bool = False
    hint: Hint | None = None
    worth: Decimal | None = None
    typical: Decimal | None = None

    @property
    def askable(self) -> bool:
        return self.state in EMPTY


@dataclass(frozen=True, slots=True)
class Line:
    """An account with its cells, in the order of the columns."""

    account: Account
    machines: int
    cells: list[Cell]
    fill: Fill


@dataclass(frozen=True)
class Facts:
    """What was read of some accounts: by (account, column)."""

    counts: dict[tuple[int, str], int]
    answers: dict[tuple[int, str], CellAnswer]
    deals: dict[tuple[int, str], Deal]


def facts_of(holders: Sequence[int], on: date, policy: WhitespacePolicy) -> Facts:
    """Three queries, however many accounts. Whoever asks has seen the accounts."""
    sql, params = statement(bought(on, policy, holders=holders))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT holder, col, sum(n)::int FROM ({sql}) AS b(holder, col, n, amount) GROUP BY 1, 2", params
        )
        counts = {(holder, column): n for holder, column, n in cursor}
    return Facts(counts, answers_of(holders, on), deals_of(holders, on))


def answers_of(holders: Iterable[int], on: date) -> dict[tuple[int, str], CellAnswer]:
    rows = CellAnswer._base_manager.filter(account__in=among(holders)).filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=on), known_on__lte=on
    )
    return {(row.account_id, row.column): row for row in rows.select_related("said_by").order_by("known_on", "pk")}


_OF_CONTRACT = [kind for kind, family in FAMILY_OF.items() if family is Family.CONTRACT]
_OF_PARTS = [kind for kind, family in FAMILY_OF.items() if family is Family.PARTS]


def deals_of(holders: Iterable[int], on: date) -> dict[tuple[int, str], Deal]:
    """Deals open on that day by what they are about: the cell they were opened from, the products of their lines, the
    signal they came from, or upgrades by their kind. The first opened answers for a cell."""
    chosen = among(holders)
    value = F("opportunity__value_reporting")
    account = F("opportunity__account_id")

    def open_(path: str) -> Q:
        ended, begun = f"{path}closed_on", f"{path}identified_on__lte"
        there = Q(**{f"{ended}__isnull": True}) | Q(**{f"{ended}__gt": on})
        return there & Q(**{begun: on, f"{path}account__in": chosen})

    def rows(found: Any, column: Any, who: Any = account, pk: str = "opportunity_id", worth: Any = value) -> Any:
        return found.order_by().values_list(who, pk, worth, column)

    lines = OpportunityLine.objects.filter(open_("opportunity__")).annotate(named=product_column("product__"))
    signals = Signal._base_manager.filter(open_("opportunity__"))
    upgrades = Opportunity._base_manager.filter(open_(""), kind=DealKind.UPGRADE)
    parts = (
        rows(CellDeal._base_manager.filter(open_("opportunity__")), F("column")),
        rows(lines.filter(named__isnull=False).exclude(opportunity__kind=DealKind.UPGRADE),
             Concat(Value(MACHINE), "named", output_field=TextField())),
        rows(signals.filter(kind__in=_OF_CONTRACT), Value(SERVICE, TextField())),
        rows(signals.filter(kind__in=_OF_PARTS), Value(f"{STREAM}parts", TextField())),
        rows(upgrades, Value(f"{STREAM}upgrade", TextField()), F("account_id"), "pk", F("value_reporting")),
    )  # fmt: skip
    found: dict[tuple[int, str], Deal] = {}
    for holder, pk, worth, column in sorted(parts[0].union(*parts[1:]), key=lambda row: row[1]):
        found.setdefault((holder, column), Deal(pk, worth))
    return found


def lines_of(
    accounts: Sequence[Any], shown: Sequence[Column], on: date, policy: WhitespacePolicy, peers: Adoption | None = None
) -> list[Line]:
    """The accounts with their cells; with `peers` the empty ones say what the cell may bring."""
    facts = facts_of([account.pk for account in accounts], on, policy)
    talked = {pk for pk, _column in (*facts.answers, *facts.deals)}
    alike = _Alike(facts, on, peers)
    return [_line(account, shown, facts, policy, alike, account.pk in talked) for account in accounts]


class _Alike:
    """Cells about which nobody said anything: most of a matrix, of a few hundred kinds."""

    def __init__(self, facts: Facts, on: date, peers: Adoption | None) -> None:
        self.facts, self.on, self.peers = facts, on, peers
        self.kept: dict[Peer, dict[tuple[str, int], Cell]] = defaultdict(dict)

    def row(self, pk: int, shown: Sequence[Column], counts: Sequence[int], peer: Peer, *, talked: bool) -> list[Cell]:
        kept = self.kept[peer]
        if talked:
            return [self._said(pk, column, count, peer, kept) for column, count in zip(shown, counts, strict=True)]
        return [
            kept.get((column.key, count)) or self._made(pk, column, count, peer, kept)
            for column, count in zip(shown, counts, strict=True)
        ]

    def _said(self, pk: int, column: Column, count: int, peer: Peer, kept: dict[tuple[str, int], Cell]) -> Cell:
        """A cell of an account that somebody said something about, perhaps of this one."""
        named = pk, column.key
        if named in self.facts.answers or named in self.facts.deals:
            return _cell(named, column, count, self.facts, self.on, peer, self.peers)
        return kept.get((column.key, count)) or self._made(pk, column, count, peer, kept)

    def _made(self, pk: int, column: Column, count: int, peer: Peer, kept: dict[tuple[str, int], Cell]) -> Cell:
        cell = _cell((pk, column.key), column, count, self.facts, self.on, peer, self.peers)
        kept[(column.key, count)] = cell
        return cell


def _line(
    account: Any, shown: Sequence[Column], facts: Facts, policy: WhitespacePolicy, alike: _Alike, talked: bool
) -> Line:
    pk, count_of = account.pk, facts.counts.get
    counts = [count_of((pk, column.key), 0) for column in shown]
    machines = sum([count for column, count in zip(shown, counts, strict=True) if count and column.is_machine])
    peer = Peer(account.segment, account.industry, size_of(machines, policy))
    cells = alike.row(pk, shown, counts, peer, talked=talked)
    return Line(account, machines, cells, fill_of([cell.state for cell in cells]))


def _cell(
    key: tuple[int, str], column: Column, count: int, facts: Facts, on: date, peer: Peer, peers: Adoption | None
) -> Cell:
    answer, deal = facts.answers.get(key), facts.deals.get(key)
    typical = peers.usual(column.key) if peers else None
    if count or deal:
        state = state_of(bought=count > 0, open_deal=True, said=None, on=on)
        return Cell(column, state, count, deal, answer, typical=typical)
    said = Said(State(answer.state), answer.known_on, answer.again_on) if answer else None
    state = state_of(bought=False, open_deal=False, said=said, on=on)
    hint = peers.hint(peer, column.key) if peers and state in EMPTY else None
    worth = peers.worth(hint, column.key) if peers else None
    return Cell(column, state, 0, None, answer, asked_again(said, on), hint, worth, typical)


def history(account: Account, column: str) -> Any:
    """What was said of a cell, the latest first."""
    rows = CellAnswer._base_manager.filter(account=account, column=column)
    return rows.select_related("said_by", "ended_by").order_by("-known_on", "-pk")


def best_of(lines: Iterable[Line], most: int) -> list[tuple[Line, Cell]]:
    """The empty cells that may bring most, of those that may be asked today."""
    worth = (
        (cell.worth, line, cell)
        for line in lines
        for cell in line.cells
        if cell.worth and cell.state in (State.UNKNOWN, State.NEVER_OFFERED)
    )
    first = nsmallest(most, worth, key=lambda found: (-found[0], found[1].account.pk, found[2].column.key))
    return [(line, cell) for _worth, line, cell in first]
