"""Which columns there are, and which of them every customer has bought on a day (metrics.md, products_per_customer).

One statement for page, peers and figures: rows of (holder, column, count, amount). A merged account is its survivor.
`amount` is what the cell brings: the mean price of its machines, a year of its contracts, a year of the stream.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Avg, Count, ExpressionWrapper, F, IntegerField, Q, Sum, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat, NullIf

from core.bulk import among
from core.calendar import add_months
from core.metrics import EVERYTHING, NUMBER, Filters
from core.scope import System
from expansion.rules.whitespace import MACHINE, SERVICE, STREAM, WhitespacePolicy
from installed_base.metrics.asof import known_by, stood, terms_in_force
from installed_base.models import Account, Asset, AssetPeriod, LedgerEntry, Product
from installed_base.models.orders import Stream

SEEN = System("columns of the whitespace matrix")


@dataclass(frozen=True)
class Column:
    """A column of the matrix: its key, and its name where that is our own word for a product."""

    key: str
    name: str = ""

    @property
    def stream(self) -> str:
        return self.key.removeprefix(STREAM) if self.key.startswith(STREAM) else ""

    @property
    def is_machine(self) -> bool:
        return self.key.startswith(MACHINE)


def product_column(path: str = "") -> Coalesce:
    """The column of a product: what it says itself, else its line, else its family."""
    own = NullIf(f"{path}portfolio_column", Value(""))
    return Coalesce(own, F(f"{path}line__name"), F(f"{path}family__name"), output_field=TextField())


def columns(policy: WhitespacePolicy, *, line: int | None = None) -> list[Column]:
    """Those of the machines by name, then the service contract and the streams of the policy. One query.

    Of one product line only its own: contracts and streams belong to no line.
    """
    made = Product.objects.filter(kind__in=(Product.Kind.MACHINE, Product.Kind.MODULE), counts_as_machine=True)
    made = made.filter(line=line) if line else made
    names = made.annotate(column=product_column()).filter(column__isnull=False).order_by("column")
    found = [Column(f"{MACHINE}{name}", name) for name in names.values_list("column", flat=True).distinct()]
    known = [stream for stream in policy.streams if stream in Stream.values]
    return found if line else [*found, Column(SERVICE), *(Column(f"{STREAM}{stream}") for stream in known)]


def bought(
    on: date, policy: WhitespacePolicy, *, holders: Iterable[int] | None = None, filters: Filters = EVERYTHING
) -> Any:
    """Rows of (holder, column, count, amount), of all customers or of these. A column may come twice."""
    known = known_by(filters)
    parts = [
        _machines(on, known, filters.product_line, _of(holders, "account")),
        _service(on, known, _of(holders, "contract__account")),
        _streams(on, policy, known, _of(holders, "account")),
        *_included(on, policy, known, _of(holders, "contract__account")),
    ]
    first, *rest = (part.order_by().values_list("holder", "column", "n", "amount") for part in parts)
    return first.union(*rest, all=True)


def statement(rows: Any) -> tuple[str, tuple[Any, ...]]:
    """A queryset as SQL with its values, to stand inside a larger statement of ours."""
    sql, params = rows.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    return sql, params


def _of(holders: Iterable[int] | None, path: str) -> Q:
    """Rows of these customers, those of accounts that were merged into them too."""
    if holders is None:
        return Q()
    chosen = among(holders)
    accounts = Account._base_manager.filter(Q(pk__in=chosen) | Q(merged_into__in=chosen))
    return Q(**{f"{path}__in": accounts.values("pk")})


def _holder(path: str) -> Coalesce:
    return Coalesce(f"{path}__merged_into_id", f"{path}_id")


def _machines(on: date, known: Q, line: int | None, of: Q) -> Any:
    """A column of machines is bought where one of its machines is in service."""
    present = Asset.objects.visible_to(SEEN).in_service(on).filter(known)
    if line:
        present = present.filter(product__line=line)
    rows: Any = AssetPeriod.objects.filter(stood(on), of, asset__in=present)
    rows = rows.annotate(named=product_column("asset__product__")).filter(named__isnull=False)
    rows = rows.values(
        holder=_holder("account"), column=Concat(Value(MACHINE), "named", output_field=TextField())
    )  # fmt: skip
    return rows.annotate(n=Count("pk"), amount=Cast(Avg("asset__price_reporting"), NUMBER))


def _service(on: date, known: Q, of: Q) -> Any:
    rows = terms_in_force(on).filter(known, of)
    rows = rows.values(holder=_holder("contract__account"), column=Value(SERVICE, TextField()))
    return rows.annotate(n=Count("pk"), amount=Cast(Sum("held__annual_value_reporting"), NUMBER))


def _streams(on: date, policy: WhitespacePolicy, known: Q, of: Q) -> Any:
    """Revenue in the window, counted whole: a row with a period counts where it reaches into the window."""
    begins = add_months(on, -policy.revenue_months)
    inside = Q(period_to__gt=begins, period_from__lte=on) | Q(period_to__isnull=True, on__gt=begins)
    rows: Any = LedgerEntry._base_manager.filter(
        inside, known, of, state=LedgerEntry.State.POSTED, on__lte=on, stream__in=policy.streams
    )
    rows = rows.values(holder=_holder("account"), column=Concat(Value(STREAM), "stream", output_field=TextField()))
    rows = rows.annotate(n=Count("pk"), total=Sum("amount_reporting")).filter(total__gt=0)
    a_year = ExpressionWrapper(F("total") * Value(12) / Value(policy.revenue_months), NUMBER)
    return rows.annotate(amount=Cast(a_year, NUMBER))


def _included(on: date, policy: WhitespacePolicy, known: Q, of: Q) -> list[Any]:
    """A stream that a contract in force includes is bought, at whatever price."""
    return [
        terms_in_force(on)
        .filter(known, of, held__level__includes__has_key=word)
        .exclude(Q(held__level__includes__contains={word: False}) | Q(held__level__includes__contains={word: 0}))
        .values(holder=_holder("contract__account"), column=Value(f"{STREAM}{stream}", TextField()))
        .annotate(n=Cast(Count("pk"), IntegerField()), amount=Cast(Value(None), NUMBER))
        for stream, word in policy.included.items()
        if stream in policy.streams
    ]
