"""What customers pay more or less from one term to the next."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Func, JSONField, Q, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from core.metrics import NUMBER, Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics import agreements
from installed_base.metrics.asof import FACTS, known_by, then
from installed_base.models import Term
from renewals.rules import MilestonePolicy

# Successors that start in a stretch of days, what they replace, and the lines of coverage of both, read once however
# many rows look into it. A term with several successors is divided among them.
_MOVES = """(
WITH pairs AS MATERIALIZED (
    SELECT p.old_id, p.new_id, old.annual_value_reporting AS was, old.level_id AS from_level, new.level_id AS to_level,
           COUNT(*) OVER (PARTITION BY p.old_id) AS heirs
    FROM (SELECT term_id AS old_id, successor_id AS new_id FROM installed_base_termsuccession
          UNION SELECT o.id, n.id FROM installed_base_term o JOIN installed_base_term n
                ON n.contract_id = o.contract_id AND n.number = o.number + 1) p
    JOIN installed_base_term n ON n.id = p.new_id
         AND (n.signed_on <= {on} OR (n.signed_on IS NULL AND n.source <> ''))
    JOIN installed_base_term o ON o.id = p.old_id
    JOIN installed_base_termperiod new ON new.term_id = n.id AND new.starts_on BETWEEN {first} AND {on}
         AND new.valid_from <= {on} AND (new.valid_to IS NULL OR new.valid_to > {on})
    JOIN installed_base_termperiod old ON old.term_id = o.id
         AND old.valid_from <= {on} AND (old.valid_to IS NULL OR old.valid_to > {on})
    WHERE old.tacit_months > 0 OR old.ends_on IS NULL
          OR new.starts_on <= LEAST(old.ends_on, o.terminated_on) + {grace}
), lines AS MATERIALIZED (
    SELECT c.term_id, c.asset_id, SUM(h.annual_value_reporting) AS worth
    FROM (SELECT old_id AS id FROM pairs UNION SELECT new_id FROM pairs) t
    JOIN installed_base_coverage c ON c.term_id = t.id
    JOIN installed_base_coverageperiod h ON h.coverage_id = c.id
         AND h.valid_from <= {on} AND (h.valid_to IS NULL OR h.valid_to > {on})
    GROUP BY c.term_id, c.asset_id
), was AS (
    SELECT p.new_id, l.asset_id, SUM(l.worth / p.heirs) AS worth
    FROM pairs p JOIN lines l ON l.term_id = p.old_id GROUP BY p.new_id, l.asset_id
), became AS (
    SELECT p.new_id, l.asset_id, l.worth FROM (SELECT DISTINCT new_id FROM pairs) p JOIN lines l ON l.term_id = p.new_id
), moved AS (
    SELECT new_id, SUM(became.worth - was.worth) FILTER (WHERE became.asset_id IS NOT NULL AND was.asset_id IS NOT NULL)
           AS same, SUM(COALESCE(became.worth, 0) - COALESCE(was.worth, 0))
           FILTER (WHERE became.asset_id IS NULL OR was.asset_id IS NULL) AS scope
    FROM was FULL JOIN became USING (new_id, asset_id) GROUP BY new_id
), olds AS (
    SELECT new_id, CASE WHEN COUNT(was) = COUNT(*) THEN SUM(was / heirs) END AS was,
           BOOL_OR(from_level IS DISTINCT FROM to_level) AS other_level
    FROM pairs GROUP BY new_id
)
SELECT jsonb_object_agg(olds.new_id, jsonb_build_object(
    'was', olds.was, 'scope', COALESCE(moved.scope, 0),
    'price', CASE WHEN olds.other_level THEN 0 ELSE COALESCE(moved.same, 0) END,
    'level', CASE WHEN olds.other_level THEN COALESCE(moved.same, 0) ELSE 0 END))
FROM olds LEFT JOIN moved USING (new_id))"""


class _Moves(Func):
    """By successor, what it replaced was worth and why it costs more or less: one object, for all of a window."""

    output_field = JSONField()

    def __init__(self, first: date, on: date, grace: int) -> None:
        super().__init__()
        self.days = {"first": first, "on": on}
        self.grace = grace

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> tuple[str, Any]:
        days = {name: f"'{day.isoformat()}'::date" for name, day in self.days.items()}
        return _MOVES.format(**days, grace=int(self.grace)), []


def successors(ask: Ask) -> Any:
    """Terms that start in the twelve months to the date and replace others, with what those were worth."""
    policy = ask.policy(MilestonePolicy)
    moves = _Moves(ask.last_year.first, ask.on, policy.renewal_grace_days)
    looked_up = Func(moves, Cast("pk", TextField()), template="(%(expressions)s)", arg_joiner=" -> ")
    looked_up.output_field = JSONField()
    rows = Term.objects.visible_to(ask.actor).filter(known_by(ask.filters), agreements.asked(ask))
    rows = rows.alias(held=then(ask.on)).filter(held__starts_on__range=(ask.last_year.first, ask.on))
    return (
        rows.annotate(moved=looked_up)
        .filter(moved__isnull=False)
        .annotate(
            annual=F("held__annual_value_reporting"),
            account_id_shown=F("contract__account_id"),
            account_name=F("contract__account__name"),
            unattributed=agreements.unattributed(ask),
        )
    )


def _of(name: str) -> Cast:
    return Cast(KeyTextTransform(name, "moved"), NUMBER)


OLD = _of("was")
MORE = F("annual") - OLD
_KNOWN = [_of(name) for name in ("price", "scope", "level")]

FAMILY = Family(
    key="successors",
    rows=successors,
    subject="term",
    link="account",
    link_id="account_id_shown",
    columns=(
        Column("account_name", _("Account")),
        Column("starts_on", _("Starts"), "date"),
        Column("before", _("Replaced"), "money"),
        Column("annual", _("Annual value"), "money"),
    ),
    policies=(MilestonePolicy,),
    left_out=agreements.FAMILY.left_out,
    derived={"before": OLD},
    placed_at="contract__account_id",
    facts=FACTS,
)


def _money(key: str, name: Any, amount: Any) -> Part:
    return Part(key, name, Q(), amount, Unit.MONEY)


METRICS = (
    Metric(
        key="contract_value_growth",
        name=_("Price change at renewal"),
        definition=_(
            "Annual value of the successors that start in the twelve months to the date, over that of the terms they"
            " replaced, less one. Price is the change on machines that both cover, level the same where the level"
            " changed, scope the machines added and dropped; what no line of coverage explains stands apart."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.RENEWAL,
        family=FAMILY,
        unknown=Q(annual__isnull=True) | Q(moved__was=None),
        numerator=MORE,
        denominator=OLD,
        target=Target(Aim.AT_LEAST, Decimal(0)),
        parts=(
            _money("replaced", _("Replaced"), OLD),
            _money("successors", _("Their successors"), F("annual")),
            _money("price", _("Price"), _KNOWN[0]),
            _money("scope", _("Scope"), _KNOWN[1]),
            _money("level", _("Level"), _KNOWN[2]),
            _money("unexplained", _("No line says why"), MORE - _KNOWN[0] - _KNOWN[1] - _KNOWN[2]),
        ),
        nothing=_("No contract that replaced another started in the window."),
        window_months=12,
        reads_money=True,
    ),
)
