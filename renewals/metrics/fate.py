"""What became of a term as of a date, in SQL: when it was due, and whether it was renewed (metrics.md, Term due).

One scalar per term, so that PostgreSQL looks only where it has to: successors by index, and for terms that continue by
themselves the stretch that ended last. A termination, a notice and a successor count from the day they are known.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from django.db.models import BooleanField, CharField, DateField, F, Func, IntegerField
from django.utils.translation import gettext_noop

from installed_base.models.contracts import EndReason
from renewals.rules import MilestonePolicy

RENEWED = gettext_noop("renewed")
LATE = gettext_noop("renewed late")
TACIT = gettext_noop("continued by itself")
PENDING = gettext_noop("pending")
LAPSED = gettext_noop("lapsed")
NOT_A_LOSS = gettext_noop("not a loss")
UNKNOWN = gettext_noop("unknown")

_GONE = (EndReason.SCRAPPED, EndReason.SOLD_ON, EndReason.DATA_ERROR)
_WHERE_LINKED = (EndReason.REPLACED, EndReason.MERGED)
# What follows a term: linked to it, or the next of its contract.
FOLLOWING = (
    "SELECT u.* FROM installed_base_termsuccession l JOIN installed_base_term u ON u.id = l.successor_id"
    " WHERE l.term_id = {pk} UNION ALL SELECT u.* FROM installed_base_term u"
    " WHERE u.contract_id = {contract} AND u.number = {number} + 1"
)
# Whole stretches of m months until the end e lies on or after a day; counted from the first end, so month ends stay so.
_STRETCHES = (
    "CEIL(GREATEST(0, (EXTRACT(YEAR FROM {day} + 1) - EXTRACT(YEAR FROM e + 1)) * 12"
    " + EXTRACT(MONTH FROM {day} + 1) - EXTRACT(MONTH FROM e + 1)"
    " + CASE WHEN EXTRACT(DAY FROM {day} + 1) > EXTRACT(DAY FROM e + 1) THEN 1 ELSE 0 END) / m)"
)


def _stretches(day: str) -> str:
    return _STRETCHES.replace("{day}", f"({day})::date")


def _nth_end(count: str) -> str:
    return f"(((e + 1) + make_interval(months => ({count} * m)::int))::date - 1)"


# Of a term that goes on: the end that a notice in time, or what took its place, gave it; and the one that came last.
_NOTICED = _nth_end(_stretches("said + make_interval(months => nm, days => nd)"))
_FOLLOWED = _nth_end(_stretches("s - 1"))
_CAME_LAST = _nth_end(f"GREATEST(0, {_stretches('d + 1')} - 1)")
# OFFSET 0 keeps PostgreSQL from writing each step out wherever the next one names it.
_FATE = (
    "FROM (SELECT {end}::date AS e, NULLIF({tacit}, 0)::numeric AS m, {months}::int AS nm, {days}::int AS nd,"
    " {told}::date AS told, {gone}::date AS gone, ({on})::date AS d) t,"
    " LATERAL (SELECT CASE WHEN told <= d THEN told END AS said, CASE WHEN gone <= d THEN gone END AS stopped) k,"
    " LATERAL (SELECT MIN(y.starts_on) AS s, MIN(COALESCE(y.signed_on, y.starts_on - 1)) AS signed,"
    f" MIN(y.signed_on) AS put_on FROM ({FOLLOWING}) y"
    " WHERE y.signed_on <= d OR (y.signed_on IS NULL AND y.source <> '' AND y.starts_on <= d)) f,"
    " LATERAL (SELECT CASE WHEN m IS NULL THEN LEAST(e, stopped) ELSE LEAST(stopped,"
    f" CASE WHEN said IS NOT NULL THEN {_NOTICED} END, CASE WHEN s IS NOT NULL THEN {_FOLLOWED} END) END AS final"
    " OFFSET 0) g,"
    f" LATERAL (SELECT CASE WHEN m IS NULL OR final <= d THEN final ELSE {_CAME_LAST} END AS due OFFSET 0) h"
)
# The last day to cancel of a term that goes on.
_CALLED_OFF = "({end} - make_interval(months => nm, days => nd))::date"
_T_DUE = f"CASE WHEN m IS NULL THEN due ELSE {_CALLED_OFF.replace('{end}', 'due')} END"
_T_FINAL = f"CASE WHEN m IS NULL THEN final ELSE {_CALLED_OFF.replace('{end}', 'final')} END"
# Sources that say what followed a term. Of the others nothing is known where nothing was recorded.
_TELLS = (
    "SELECT source FROM installed_base_term WHERE number > 1 UNION SELECT v.source FROM installed_base_termsuccession w"
    " JOIN installed_base_term v ON v.id = w.term_id"
)


def _one_of(reasons: Iterable[str]) -> str:
    return "(" + ", ".join(f"'{r.value!s}'" for r in reasons) + ")"  # type: ignore[attr-defined]


class _Fate(Func):
    """A scalar `sql` over the facts of the term that `path` leads to, as _FATE names them."""

    sql: ClassVar = ""
    kind: ClassVar[Any] = DateField
    reads: ClassVar = {
        "pk": "pk",
        "contract": "contract_id",
        "number": "number",
        "end": "held__ends_on",
        "tacit": "held__tacit_months",
        "months": "held__notice_months",
        "days": "held__notice_days",
        "told": "notice_received_on",
        "gone": "terminated_on",
        "source": "source",
        "reason": "end_reason",
        "account": "contract__account_id",
    }

    def __init__(self, on: date, policy: MilestonePolicy) -> None:
        super().__init__(*(F(name) for name in self.reads.values()), output_field=self.kind())
        self.on, self.grace, self.lead = on, policy.renewal_grace_days, policy.longest

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> tuple[str, Any]:
        columns = dict(zip(self.reads, (compiler.compile(e)[0] for e in self.source_expressions), strict=True))
        sql = self.sql.format(**columns, on="%s", grace=int(self.grace), lead=int(self.lead))
        return f"({sql})", [self.on] * sql.count("%s")


class Due(_Fate):
    """The last day of the term, or of the stretch of it that ended last; an earlier termination."""

    sql = (
        "CASE WHEN COALESCE({tacit}, 0) = 0 THEN LEAST({end}, CASE WHEN {gone} <= {on}::date THEN {gone} END)"
        f" ELSE (SELECT due {_FATE}) END"
    )


class DueInYear(_Fate):
    """Whether that day lies in the twelve months to the date: as one value, so that it is looked up once a term."""

    kind = BooleanField
    sql = (
        "CASE WHEN COALESCE({tacit}, 0) = 0 THEN LEAST({end}, CASE WHEN {gone} <= {on}::date THEN {gone} END)"
        " BETWEEN ({on}::date - interval '12 months' + interval '1 day')::date AND {on}::date"
        f" ELSE (SELECT due BETWEEN (d - interval '12 months' + interval '1 day')::date AND d {_FATE}) END"
    )


class State(_Fate):
    """Renewed, lapsed or one of the others above. What was replaced or merged is no loss where its heir is linked."""

    kind = CharField
    sql = (
        f"SELECT CASE WHEN m IS NOT NULL AND due IS DISTINCT FROM final THEN '{TACIT}'"
        f" WHEN why IN {_one_of(_GONE)} THEN '{NOT_A_LOSS}'"
        f" WHEN why IN {_one_of(_WHERE_LINKED)} AND EXISTS"
        f" (SELECT 1 FROM installed_base_termsuccession z WHERE z.term_id = {{pk}}) THEN '{NOT_A_LOSS}'"
        f" WHEN s <= due + {{grace}} THEN CASE WHEN signed > due THEN '{LATE}' ELSE '{RENEWED}' END"
        f" WHEN said IS NOT NULL OR stopped IS NOT NULL OR why <> '' THEN '{LAPSED}'"
        f" WHEN d <= due + {{grace}} THEN '{PENDING}'"
        f" WHEN {{source}} <> '' AND {{source}} NOT IN ({_TELLS}) THEN '{UNKNOWN}' ELSE '{LAPSED}' END {_FATE},"
        " LATERAL (SELECT CASE WHEN COALESCE(told, d) <= d AND COALESCE(gone, d) <= d THEN {reason} ELSE '' END"
        " AS why) r"
    )


class TierBefore(_Fate):
    """The tier of the customer's health on the first milestone before the decision."""

    kind = CharField
    sql = (
        "SELECT COALESCE((SELECT p.tier FROM health_spell p WHERE p.account_id = {account}"
        " AND p.began_on <= day AND (p.ended_on IS NULL OR p.ended_on > day) ORDER BY p.began_on DESC LIMIT 1),"
        f" 'unknown') {_FATE}, LATERAL (SELECT {_T_DUE} - {{lead}} AS day) r"
    )


class SignedFirst(_Fate):
    """The day on which what renews the term was signed, the first of several; none where nothing renews it in time."""

    sql = f"SELECT CASE WHEN s <= final + {{grace}} THEN put_on END {_FATE}"


class DaysToSign(_Fate):
    """Days from the first milestone to the signature; below zero where it was signed before it."""

    kind = IntegerField
    sql = f"SELECT CASE WHEN s <= final + {{grace}} THEN put_on - ({_T_FINAL} - {{lead}}) END {_FATE}"


class DaysUncovered(_Fate):
    """Days between the end of the term and the first that renews it; zero where it followed at once."""

    kind = IntegerField
    sql = f"SELECT CASE WHEN s <= due + {{grace}} THEN GREATEST(s - due - 1, 0) END {_FATE}"
