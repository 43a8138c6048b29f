"""What finding customers costs: a lead, and a customer beside what one brings (LG-03, clv_cac).

Spend is entered for the whole company, by calendar month: no account decides it, so that no filter but `known_at` can
cut it. A window begins and ends inside a month: such a month counts by its days.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import (
    Case,
    Count,
    DateField,
    ExpressionWrapper,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Func, RawSQL
from django.db.models.functions import Cast, Coalesce, Round
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.calendar import add_months
from core.metrics import NUMBER, Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit, Window
from core.metrics.slices import sees_everything
from installed_base.metrics.asof import CUSTOMER, FACTS, known_by, one_if
from installed_base.metrics.retention import PAYS, UNPRICED
from installed_base.metrics.revenue import ZERO, AsObject, customers
from installed_base.models import LedgerEntry
from sales.models import Channel, Lead, Opportunity, Spend, SpendKind, sees_spend
from sales.models import Stage as DealStage
from sales.rules import NEW_KINDS

# A year, in days (metrics.md: a month is 30.4375).
YEAR = Decimal("365.25")
_MARKETING = (SpendKind.MARKETING,)
_BOTH = (SpendKind.MARKETING, SpendKind.SALES)


def months_of(window: Window) -> list[date]:
    """The first days of the calendar months that a window touches."""
    first = window.first.replace(day=1)
    found = [first]
    while (following := add_months(first, len(found))) <= window.last:
        found.append(following)
    return found


def lacking(ask: Ask, kinds: Iterable[str]) -> dict[str, list[date]]:
    """Of each kind the months of the window of which nobody entered what was spent, or in a currency without a rate."""
    known = {
        (kind, month)
        for kind, month, unpriced in _entries(ask)
        .values("kind", "month")
        .annotate(n=_unpriced())
        .values_list("kind", "month", "n")
        if not unpriced
    }
    gaps = {kind: [m for m in months_of(ask.last_year) if (kind, m) not in known] for kind in kinds}
    return {kind: gap for kind, gap in gaps.items() if gap}


def _unpriced() -> Count:
    return Count("pk", filter=Q(amount_reporting__isnull=True))


def _entries(ask: Ask) -> Any:
    """What was entered for the months of the window, whoever asks."""
    window = ask.last_year
    return Spend._base_manager.filter(
        known_by(ask.filters), month__range=(window.first.replace(day=1), window.last)
    ).order_by()


def by_days(window: Window) -> Any:
    """What an entry brings to a window: its amount, times the days of its month inside it, over all of them."""
    ends = _last_day(F("month"))
    first = Func(F("month"), Value(window.first, DateField()), function="GREATEST", output_field=DateField())
    last = Func(ends, Value(window.last, DateField()), function="LEAST", output_field=DateField())
    share = F("amount_reporting") * _days(first, last) / _days(F("month"), ends)
    return ExpressionWrapper(share, NUMBER)


def _last_day(month: Any) -> Func:
    return Func(month, template="((%(expressions)s + interval '1 month')::date - 1)", output_field=DateField())


def _days(first: Any, last: Any) -> Func:
    """Days from one to the other, both included."""
    return Func(last, first, template="(%(expressions)s + 1)", arg_joiner=" - ", output_field=IntegerField())


class _Counted(Subquery):
    """How many rows there are."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS s)"
    output_field = IntegerField()


def _is_known(ask: Ask, kinds: tuple[str, ...]) -> Func:
    """1 where of every month of the window is known what was spent of each kind, else 0."""
    known = _entries(ask).filter(kind__in=kinds).values("kind", "month").annotate(n=_unpriced()).filter(n=0)
    return Func(
        _Counted(known.values("month")),
        Value(len(months_of(ask.last_year)) * len(kinds)),
        template="(CASE WHEN %(expressions)s THEN 1 ELSE 0 END)",
        arg_joiner=" = ",
        output_field=IntegerField(),
    )


def is_whole(ask: Ask) -> bool:
    """Whether the question is about the whole company, as spend is."""
    return not (ask.filters.chosen().keys() - {"known_at"})


def marketing(ask: Ask) -> Any:
    """One row a month of the window with what was spent on marketing, by channel, and the leads created in it.

    Its id is that of the first entry of the month. Leads count whoever sees them: what they cost is one figure.
    """
    window = ask.last_year
    rows = Spend.objects.visible_to(ask.actor).filter(
        known_by(ask.filters), kind=SpendKind.MARKETING,
        month__range=(window.first.replace(day=1), window.last),
    )  # fmt: skip
    amount = by_days(window)
    channels = {f"spent_{c.value}": _sum(amount, Q(lead_source__channel=c.value)) for c in Channel}
    return rows.order_by().values("month").annotate(
        entry=Min("pk"),
        spent=_sum(amount, Q()),
        spent_general=_sum(amount, Q(lead_source__isnull=True)),
        unpriced=_unpriced(),
        leads=Coalesce(Max(Subquery(_leads_of_the_month(ask))), 0),
        known=Max(_is_known(ask, _MARKETING)),
        unattributed=Max(Value(0 if is_whole(ask) else 1)),
        **channels,
    )  # fmt: skip


def _sum(amount: Any, which: Q) -> Coalesce:
    return Coalesce(Sum(amount, filter=which) if which else Sum(amount), ZERO, output_field=NUMBER)


def _leads_of_the_month(ask: Ask) -> Any:
    window = ask.last_year
    found = Lead._base_manager.filter(
        known_by(ask.filters),
        created_on__range=(window.first, window.last),
        created_on__gte=OuterRef("month"),
        created_on__lte=_last_day(OuterRef("month")),
    )
    return found.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n")


def why_no_cost(ask: Ask) -> str:
    """Why a lead has no cost: who asks, what was asked, what is not entered, or that there was no lead."""
    return _why(ask, _MARKETING) or gettext("No lead was created in the window.")


def why_no_clv(ask: Ask) -> str:
    return _why(ask, _BOTH) or gettext("No new customer was won in the window.")


def _why(ask: Ask, kinds: Iterable[str]) -> str:
    if not is_whole(ask):
        return gettext("Spend is entered for the whole company: take the filter away.")
    gaps = lacking(ask, kinds)
    return " ".join(_missing(SpendKind(kind), months) for kind, months in gaps.items())


def _missing(kind: SpendKind, months: list[date]) -> str:
    words = {
        SpendKind.MARKETING: gettext(
            "Marketing spend is not known for %(months)s: enter it, 0 where nothing was spent."
        ),
        SpendKind.SALES: gettext("Sales spend is not known for %(months)s: enter it, 0 where nothing was spent."),
    }
    return words[kind] % {"months": said(months)}


def said(months: list[date]) -> str:
    """Months in words: one by one, and those in a row by the first and the last of them."""
    runs: list[list[date]] = []
    for month in months:
        if runs and add_months(runs[-1][-1], 1) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return ", ".join(_stretch(run[0], run[-1]) for run in runs)


def _stretch(first: date, last: date) -> str:
    words = {"first": _word(first), "last": _word(last)}
    return words["first"] if first == last else gettext("%(first)s to %(last)s") % words


def _word(month: date) -> str:
    return date_format(month, "F Y")


MARKETING = Family(
    key="marketing_spend",
    rows=marketing,
    subject="spend",
    subject_id="entry",
    columns=(
        Column("month", _("Month"), "date"),
        Column("spent", _("Spent"), "money"),
        Column("leads", _("Leads"), "count"),
    ),
    left_out=Q(unattributed=1),
    facts=("lead", "spend", "lead_source"),
    shows_money=sees_spend,
)


def values(ask: Ask) -> Any:
    """One row per customer: what it brings in the mean years of a customer, beside what winning one cost.

    Of the whole company alone: who sees a part of the customers cannot hold that part against all that is spent.
    """
    apart = 0 if is_whole(ask) and sees_everything(ask.actor) else 1
    rows = customers(ask).annotate(
        first_paid=_first_paid(ask),
        won_new=Max(one_if(Q(pk__in=_accounts_won(ask)))),
        years_mean=Coalesce(Max(_years_mean(ask)), ZERO, output_field=NUMBER),
        cac=Coalesce(Max(_cac(ask)), ZERO, output_field=NUMBER),
        unattributed=Max(Value(apart)),
    )
    years = Func(Value(ask.on, DateField()), F("first_paid"), template="(%(expressions)s)", arg_joiner=" - ",
                 output_field=IntegerField())  # fmt: skip
    return rows.annotate(years=ExpressionWrapper(years / Value(YEAR, output_field=NUMBER), NUMBER))


def _first_paid(ask: Ask) -> Any:
    """The day of the first revenue of a customer; empty where there was none."""
    found = LedgerEntry._base_manager.filter(
        known_by(ask.filters), state=LedgerEntry.State.POSTED, amount_reporting__gt=0, on__lte=ask.on
    )
    holder = Coalesce("account__merged_into_id", "account_id")
    first = found.order_by().values(holder=holder).annotate(first=Min("on")).values("holder", "first")
    looked_up = Func(AsObject(first), Cast(CUSTOMER, TextField()), template="(%(expressions)s)", arg_joiner=" ->> ")
    return Max(Cast(looked_up, DateField()))


def _years_mean(ask: Ask) -> RawSQL:
    """The mean of the years since their first revenue, of the customers who pay and had any."""
    rows = customers(ask).annotate(first_paid=_first_paid(ask)).filter(PAYS).values("first_paid")
    try:
        sql, parameters = rows.order_by().query.sql_with_params()
    except EmptyResultSet:
        return RawSQL("NULL::numeric", [], NUMBER)
    return RawSQL(
        f"(SELECT ROUND(AVG(%s::date - s.first_paid) / {YEAR}, 4) FROM ({sql}) AS s(first_paid))",
        [ask.on, *parameters],
        NUMBER,
    )


def _won(ask: Ask) -> Any:
    """Customers whose first deal with us as a new one was won in the window."""
    found = Opportunity._base_manager.filter(
        known_by(ask.filters), stage=DealStage.WON, closed_on__lte=ask.on, kind__in=NEW_KINDS, account__isnull=False
    )
    first = found.order_by().values(holder=Coalesce("account__merged_into_id", "account_id"))
    return first.annotate(first=Min("closed_on")).filter(first__gte=ask.last_year.first)


def _accounts_won(ask: Ask) -> Any:
    return _won(ask).values("holder")


def _cac(ask: Ask) -> Any:
    """What was spent on marketing and sales, over the customers won with it, in cents; empty where either is not."""
    spent = _entries(ask).annotate(one=Value(1)).values("one").annotate(n=Sum(by_days(ask.last_year))).values("n")
    known = _is_known(ask, _BOTH)
    return _divided(Subquery(spent, output_field=NUMBER), _Counted(_accounts_won(ask)), known)


def _divided(amount: Any, count: Any, known: Any) -> Func:
    """In cents; empty where the count is zero or not everything is known."""
    several = Func(count, Value(0), function="NULLIF", output_field=IntegerField())
    share = Func(amount, several, template="ROUND(%(expressions)s, 2)", arg_joiner=" / ", output_field=NUMBER)
    return Func(known, share, template="(CASE %(expressions)s END)", arg_joiner=" WHEN 1 THEN ", output_field=NUMBER)


CUSTOMERS = Family(
    key="customers_and_spend",
    rows=values,
    subject="account",
    subject_id="customer",
    columns=(
        Column("now", _("Revenue now"), "money"),
        Column("first_paid", _("First revenue"), "date"),
        Column("won_new", _("Won as a new customer"), "yes"),
    ),
    left_out=Q(unattributed=1),
    facts=(*FACTS, "opportunity", "spend"),
)


METRICS = (
    Metric(
        key="cost_per_lead",
        name=_("Cost per lead"),
        definition=_(
            "Marketing spend of the twelve months to the date, over the leads created in them. A month that the window"
            " cuts counts by its days. While spend of one of its months is not known, there is no figure: a month in"
            " which nothing was spent is entered as 0. It is of the whole company."
        ),
        shape=Shape.RATIO,
        unit=Unit.MONEY,
        stage=Stage.LEAD_GENERATION,
        family=MARKETING,
        numerator=F("spent"),
        denominator=Case(When(known=1, then=F("leads")), default=Value(0), output_field=IntegerField()),
        unknown=Q(unpriced__gt=0),
        reads_money=True,
        target=Target(Aim.FALLING),
        nothing=why_no_cost,
        window_months=12,
        parts=(
            *(Part(c.value, c.label, Q(), F(f"spent_{c.value}"), Unit.MONEY) for c in Channel),
            Part("general", _("Of no source"), Q(), F("spent_general"), Unit.MONEY),
        ),
    ),
    Metric(
        key="clv_cac",
        name=_("Customer value over cost"),
        definition=_(
            "What a customer brings, over what winning one costs. The first is revenue per customer (revenue of the"
            " twelve months to the date over the customers who pay on it) times the mean of the years since the first"
            " revenue of those who pay; customers without revenue leave that mean. The second is what was spent on"
            " marketing and sales in these months, by days, over the customers who were won as new ones for the first"
            " time in them. Each row brings its revenue times those years, in cents; each customer who pays counts with"
            " the cost of one. While spend of a month is not known, there is no figure."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATE,
        stage=Stage.EXPANSION,
        family=CUSTOMERS,
        member=PAYS | ~Q(now=0) | Q(won_new=1),
        numerator=Round(ExpressionWrapper(F("now") * F("years_mean"), NUMBER), 2),
        denominator=Case(When(PAYS, then=F("cac")), default=ZERO, output_field=NUMBER),
        unknown=UNPRICED,
        reads_money=True,
        target=Target(Aim.AT_LEAST, Decimal(3)),
        nothing=why_no_clv,
        window_months=12,
        parts=(
            Part("revenue", _("Revenue"), Q(), F("now"), Unit.MONEY),
            Part("paying", _("Customers who pay"), PAYS),
            Part("customer_years", _("Their years, together"), PAYS, F("years")),
            Part("new_customers", _("New customers won"), Q(won_new=1)),
            Part("spent", _("Spent on winning them"), Q(won_new=1), F("cac"), Unit.MONEY),
        ),
    ),
)  # fmt: skip
