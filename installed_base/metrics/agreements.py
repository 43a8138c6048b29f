"""Service contracts: terms in force and what they are worth."""

from typing import Any

from django.db.models import Case, DateField, Exists, F, Func, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Shape, Stage, Target, Unit
from installed_base.metrics.asof import FACTS, accounts_asked, flag, known_by, narrows_accounts, one_if, terms_in_force
from installed_base.models import Coverage, Term


class _NextEnd(Func):
    """The end of the running stretch of a term that continues by itself: the end plus whole stretches, until past D.

    Arguments: ends_on, tacit_months, the date. The day after the end is the anchor, so month ends stay month ends.
    """

    arity = 3
    output_field = DateField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> tuple[str, Any]:
        parts = [compiler.compile(e) for e in self.source_expressions]
        (end, tacit, on), params = [sql for sql, _params in parts], [p for _sql, ps in parts for p in ps]
        passed = (
            "(EXTRACT(YEAR FROM d + 1) - EXTRACT(YEAR FROM e + 1)) * 12"
            " + EXTRACT(MONTH FROM d + 1) - EXTRACT(MONTH FROM e + 1)"
            " + CASE WHEN EXTRACT(DAY FROM d + 1) > EXTRACT(DAY FROM e + 1) THEN 1 ELSE 0 END"
        )
        sql = (
            f"(SELECT ((e + 1) + make_interval(months => (CEIL(GREATEST(0, {passed}) / m) * m)::int))::date - 1"
            f" FROM (SELECT ({end})::date AS e, ({tacit})::numeric AS m, ({on})::date AS d) AS x)"
        )
        return sql, params


def agreements(ask: Ask) -> Any:
    """Terms in force on the date, with the dates and values that stood then."""
    rows = terms_in_force(ask.on, Term.objects.visible_to(ask.actor)).filter(known_by(ask.filters), asked(ask))
    return rows.annotate(
        annual=F("held__annual_value_reporting"),
        whole_term=F("held__total_value_reporting"),
        runs_to=_runs_to(ask),
        number_shown=F("contract__number"),
        account_id_shown=F("contract__account_id"),
        account_name=F("contract__account__name"),
        last_of_contract=flag(~Q(Exists(_later_terms(ask)))),
        unattributed=unattributed(ask),
    )


def _runs_to(ask: Ask) -> Case:
    """The last day of the running term: its end, an earlier termination already dated, or that of its continuation."""
    ended = Q(held__ends_on__lt=ask.on)
    continued = _NextEnd(F("held__ends_on"), F("held__tacit_months"), Value(ask.on))
    end = Case(When(ended, then=continued), default=F("held__ends_on"), output_field=DateField())
    return Case(
        When(Q(terminated_on__isnull=False), then=Func(end, F("terminated_on"), function="LEAST")),
        default=end,
        output_field=DateField(),
    )


def _later_terms(ask: Ask) -> Any:
    return terms_in_force(ask.on).filter(contract=OuterRef("contract"), number__gt=OuterRef("number"))


def unattributed(ask: Ask, term: str = "pk") -> Any:
    """1 for a term of whose machines no product line is known, where one was asked for. `term` leads to its id."""
    return one_if(~Q(**{f"{term}__in": _lines()})) if ask.filters.product_line else Value(0)


def _lines() -> Any:
    """Ids of the terms of which some covered machine's product line is known."""
    return Coverage._base_manager.filter(asset__product__line__isnull=False).values("term_id")


def asked(ask: Ask, account: str = "contract__account", term: str = "pk") -> Q:
    """Terms (or what leads to them) of the accounts and the product line that were asked for."""
    narrowed = Q()
    if narrows_accounts(ask.filters):
        narrowed &= Q(**{f"{account}__in": accounts_asked(ask)})
    if ask.filters.product_line:
        of_line = Coverage._base_manager.filter(asset__product__line=ask.filters.product_line).values("term_id")
        narrowed &= Q(**{f"{term}__in": of_line}) | ~Q(**{f"{term}__in": _lines()})
    return narrowed


FAMILY = Family(
    key="agreements",
    rows=agreements,
    subject="term",
    link="account",
    link_id="account_id_shown",
    columns=(
        Column("account_name", _("Account")),
        Column("starts_on", _("Starts"), "date"),
        Column("runs_to", _("Ends"), "date"),
        Column("annual", _("Annual value"), "money"),
    ),
    left_out=Q(unattributed=1),
    placed_at="contract__account_id",
    seen_at="contract__account_id",
    facts=FACTS,
)
NO_VALUE = Q(annual__isnull=True)

METRICS = (
    Metric(
        key="contracts_in_force",
        name=_("Contracts in force"),
        definition=_(
            "Contracts with a term that runs on the date: started, not ended (or continuing by itself), not terminated"
            " and not a draft. A contract counts once."
        ),
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        stage=Stage.RENEWAL,
        family=FAMILY,
        member=Q(last_of_contract=True),
    ),
    Metric(
        key="contracted_value",
        name=_("Contracted value"),
        definition=_(
            "Annual value of the terms in force on the date, in the reporting currency at the rate of the day of"
            " signing. Terms without a known value are listed as unknown, not counted as zero."
        ),
        shape=Shape.SUM,
        unit=Unit.MONEY,
        stage=Stage.RENEWAL,
        family=FAMILY,
        numerator=F("annual"),
        unknown=NO_VALUE,
        target=Target(Aim.RISING),
        reads_money=True,
    ),
    Metric(
        key="average_contract_value",
        name=_("Average contract"),
        definition=_("Annual value of the terms in force on the date, over those of them whose value is known."),
        shape=Shape.RATIO,
        unit=Unit.MONEY,
        stage=Stage.RENEWAL,
        family=FAMILY,
        numerator=F("annual"),
        denominator=Value(1),
        unknown=NO_VALUE,
        target=Target(Aim.RISING),
        reads_money=True,
        nothing=_("No term in force has a known value."),
    ),
)
