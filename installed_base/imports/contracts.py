"""Contracts with their terms, levels, and the machines they cover."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from core.importing.entities import Check, Entity, Field, Money, Values
from core.importing.plan import Plan, literal
from installed_base.models import (
    Contract,
    Coverage,
    CoveragePeriod,
    Level,
    Term,
    TermPeriod,
    TermSuccession,
)
from installed_base.models.contracts import EndReason
from installed_base.rules import annual_value


def levels_named(texts: Iterable[str], create: bool) -> dict[str, int]:
    """Levels by key or name; missing ones are made on top of the ladder where the mapping says so."""
    known = {word: level.pk for level in Level.objects.all() for word in (level.key, level.name)}
    missing = sorted(set(texts) - known.keys()) if create else []
    top = Level.objects.aggregate(top=Max("rung"))["top"] or 0
    for rung, text in enumerate(missing, top + 1):
        known[text] = Level.objects.create(key=slugify(text)[:40] or f"level-{rung}", name=text[:80], rung=rung).pk
    return {text: known[text] for text in texts if text in known}


CONTRACT = Entity(
    word="contract",
    plural="contracts",
    model=Contract,
    fields=(
        Field("account", "ref", required=True, to="account"),
        Field("owner", "named", to="owner"),
        Field("number"),
        Field("title"),
        Field("kind"),
        Field("attributes", "json"),
    ),
    touches="contract",
    account="t.account_id",
)


def _complete_term(values: Values, row: dict[str, Values]) -> None:
    """A year's price from what is stated (metrics.md, Annual value)."""
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if starts and not values.get("annual_value"):
        total = values.get("total_value")
        if not ends or ends >= starts:
            worth = annual_value(
                stated=None,
                total=Decimal(total) if total else None,
                starts_on=date.fromisoformat(starts),
                ends_on=date.fromisoformat(ends) if ends else None,
            )
            values["annual_value"] = None if worth is None else str(worth)
    if values.get("terminated_on") and not values.get("end_reason"):
        values["end_reason"] = EndReason.OTHER.value


def _term_key(keys: dict[str, str], values: Values) -> str:
    contract = keys.get("contract")
    return f"{contract}/{values.get('number') or 1}" if contract else ""


def _number_terms(plan: Plan, ready: str) -> None:
    """Terms without a number are counted on from the last one of their contract, by their start."""
    known = f'(SELECT max(t.number) FROM "{Term._meta.db_table}" t WHERE t.contract_id = s.contract_id)'
    counted = "row_number() OVER (PARTITION BY s.contract_id ORDER BY s.starts_on, s._row)"
    with connection.cursor() as cursor:
        if "number" not in plan.mapped:
            cursor.execute(f'ALTER TABLE "{ready}" ADD COLUMN "number" bigint')
            cursor.execute(
                f'UPDATE "{ready}" s SET "number" = t.number FROM "{Term._meta.db_table}" t WHERE t.id = s._known'
            )
            plan.mapped.add("number")
        cursor.execute(
            f'UPDATE "{ready}" u SET "number" = x.n FROM (SELECT s._row, COALESCE({known}, 0) + {counted} AS n'
            f' FROM "{ready}" s WHERE s._known IS NULL AND s."number" IS NULL) x WHERE x._row = u._row'
        )


def _link_successors(plan: Plan, ready: str) -> None:
    """The next term of the same contract renews the one before it (G-03).

    A term that is listed later than those around it takes its place between them: what an import had linked across it
    is linked no longer, so that a book gives the same terms in whatever order it came in.
    """
    links = TermSuccession._meta.db_table
    pairs = (
        "SELECT t.id, t.contract_id,"
        " lead(t.id) OVER (PARTITION BY t.contract_id ORDER BY t.starts_on, t.number) AS next"
        f' FROM "{Term._meta.db_table}" t WHERE t.contract_id IN (SELECT s.contract_id FROM "{ready}" s WHERE s._ok)'
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f'DELETE FROM "{links}" x USING ({pairs}) pair, "{Term._meta.db_table}" n'
            f" WHERE x.term_id = pair.id AND x.source = {literal(plan.source)} AND n.id = x.successor_id"
            " AND n.contract_id = pair.contract_id AND pair.next IS DISTINCT FROM x.successor_id"
        )
        cursor.execute(
            f'INSERT INTO "{links}" (source, external_id, known_on, batch_id, term_id, successor_id)'
            f" SELECT {literal(plan.source)}, '', {literal(plan.context.on)}, {plan.context.batch}, pair.id, pair.next"
            f" FROM ({pairs}) pair WHERE pair.next IS NOT NULL ON CONFLICT DO NOTHING"
        )


_SIGNED = "COALESCE({signed_on}, {starts_on})"

TERM = Entity(
    word="term",
    plural="terms",
    model=Term,
    fields=(
        Field("contract", "ref", required=True, to="contract"),
        Field("number", "integer"),
        Field("level", "named", to="level"),
        Field("starts_on", "date", required=True),
        Field("ends_on", "date"),
        Field("notice_months", "integer"),
        Field("notice_days", "integer"),
        Field("tacit_months", "integer"),
        Field("signed_on", "date"),
        Field("notice_received_on", "date"),
        Field("terminated_on", "date"),
        Field("end_reason", choices=tuple(EndReason.values)),
        Field("end_note"),
        Field("total_value", "money"),
        Field("annual_value", "money"),
        Field("currency"),
    ),
    money=(
        Money("total_value", "total_value_reporting", _SIGNED, ("signed_on", "starts_on")),
        Money("annual_value", "annual_value_reporting", _SIGNED, ("signed_on", "starts_on")),
    ),
    checks=(
        Check("ends_on", "s.ends_on < s.starts_on", _("lies before the start"), needs=("ends_on", "starts_on")),
        Check(
            "terminated_on",
            "s.terminated_on < s.starts_on",
            _("lies before the start"),
            needs=("terminated_on", "starts_on"),
        ),
    ),
    period=TermPeriod,
    touches="term",
    account=f'(SELECT c.account_id FROM "{Contract._meta.db_table}" c WHERE c.id = t.contract_id)',
    since="t.starts_on",
    default_key=_term_key,
    finish=_complete_term,
    fills={"total_value": ("annual_value",), "terminated_on": ("end_reason",)},
    before=_number_terms,
    after=_link_successors,
)


def _complete_coverage(values: Values, row: dict[str, Values]) -> None:
    """A machine is covered for the whole term, unless the line says otherwise."""
    term = row.get("term", {})
    for name in ("starts_on", "ends_on"):
        values[name] = values.get(name) or term.get(name)


def _coverage_key(keys: dict[str, str], values: Values) -> str:
    term, asset = keys.get("term"), values.get("asset") or keys.get("asset")
    return f"{term}/{asset}" if term and asset else ""


COVERAGE = Entity(
    word="coverage",
    plural="coverages",
    model=Coverage,
    fields=(
        Field("term", "ref", required=True, to="term"),
        Field("asset", "ref", required=True, to="asset"),
        Field("starts_on", "date", required=True),
        Field("ends_on", "date"),
        Field("annual_value", "money"),
        Field("currency"),
    ),
    money=(Money("annual_value", "annual_value_reporting", "{starts_on}", ("starts_on",)),),
    checks=(
        Check("ends_on", "s.ends_on < s.starts_on", _("lies before the start"), needs=("ends_on", "starts_on")),
        Check(
            "asset",
            "EXISTS (SELECT 1 FROM installed_base_asset a WHERE a.id = s.asset_id AND a.taken_out_on <= s.starts_on)",
            _("was taken out before it would be covered"),
            needs=("asset", "starts_on"),
        ),
    ),
    period=CoveragePeriod,
    touches="coverage",
    account=(
        '(SELECT c.account_id FROM "installed_base_contract" c JOIN "installed_base_term" m ON m.contract_id = c.id'
        " WHERE m.id = t.term_id)"
    ),
    since="t.starts_on",
    default_key=_coverage_key,
    finish=_complete_coverage,
    fills={"term": ("starts_on", "ends_on")},
)
