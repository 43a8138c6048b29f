"""Leads, their sources, what they saw of us, and what was spent, from files (LG-01..06, IB-17)."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.importing.entities import Check, Entity, Field, Money, Values
from sales.imports.dealer import follow_dealers
from sales.models import Channel, DropReason, Lead, LeadSource, LeadState, Spend, SpendKind, Touch, TouchKind

_FUTURE = _("lies in the future")
_OWN_DEALER = _("is the customer itself: a dealer sells to others")


def sources_named(texts: Iterable[str], create: bool) -> dict[str, int]:
    """Sources by name; missing ones are made where the mapping says so, of a channel that somebody says later."""
    for text in sorted(set(texts)) if create else ():
        LeadSource.objects.get_or_create(name=text[:120])
    return dict(LeadSource.objects.filter(name__in=set(texts)).values_list("name", "pk"))


def _by_name(keys: dict[str, str], values: Values) -> str:
    return values.get("name") or ""


def _complete_source(values: Values, row: dict[str, Values]) -> None:
    """A source that names a partner is one."""
    values["channel"] = values.get("channel") or (Channel.PARTNER if values.get("partner") else Channel.OTHER).value


def _later(column: str, than: str, reason: Any) -> Check:
    return Check(column, f"s.{column} < s.{than}", reason, needs=(column, than))


def _future(column: str) -> Check:
    return Check(column, f's."{column}" > {{on}}', _FUTURE, needs=(column,))


LEAD_SOURCE = Entity(
    word="lead_source",
    plural="lead_sources",
    model=LeadSource,
    fields=(
        Field("name", required=True),
        Field("channel", choices=tuple(Channel.values)),
        Field("partner", "ref", to="account"),
        Field("is_active", "boolean"),
    ),
    checks=(
        Check(
            "partner",
            "s.partner_id IS NOT NULL AND s.channel <> 'partner'",
            _("is said of a source that is no partner"),
            needs=("partner", "channel"),
        ),
    ),
    found_by="name",
    default_key=_by_name,
    finish=_complete_source,
    fills={"channel": ("channel",), "partner": ("channel",)},
    touches="lead_source",
    account="t.partner_id",
)


# What says how a lead stands: where a file says one of these, it says all of them.
_OUTCOME = ("state", "closed_on", "dropped_because", "opportunity")


def _complete_lead(values: Values, row: dict[str, Values]) -> None:
    """A lead of which nothing is said is new, or worked once somebody did; one is dropped for some reason."""
    values["state"] = values.get("state") or (LeadState.WORKING if values.get("worked_on") else LeadState.NEW).value
    dropped = values["state"] == LeadState.DROPPED.value
    values["dropped_because"] = values.get("dropped_because") or (DropReason.OTHER.value if dropped else None)


LEAD = Entity(
    word="lead",
    plural="leads",
    model=Lead,
    fields=(
        Field("company", required=True),
        Field("account", "ref", to="account"),
        Field("lead_source", "named", to="lead_source"),
        Field("owner", "named", to="owner", if_empty="Unassigned"),
        Field("partner", "ref", to="account"),
        Field("partner_since", "date", stored=False),
        Field("created_on", "date", required=True),
        Field("person"),
        Field("person_role"),
        Field("email"),
        Field("phone"),
        Field("country"),
        Field("industry"),
        Field("employees", "integer"),
        Field("machines", "integer"),
        Field("product", "ref", to="product", column="interest_id"),
        Field("note"),
        Field("state", choices=tuple(LeadState.values)),
        Field("worked_on", "date"),
        Field("closed_on", "date"),
        Field("dropped_because", choices=tuple(DropReason.values)),
        Field("dropped_note"),
        Field("opportunity", "ref", to="opportunity"),
        Field("attributes", "json"),
    ),
    checks=(
        _future("created_on"),
        _future("worked_on"),
        _future("closed_on"),
        Check("partner", "s.partner_id = s.account_id", _OWN_DEALER, needs=("partner", "account")),
        _future("partner_since"),
        _later("partner_since", "created_on", _("lies before the lead was created")),
        _later("worked_on", "created_on", _("lies before the lead was created")),
        _later("closed_on", "created_on", _("lies before the lead was created")),
        Check(
            "closed_on",
            "(s.state IN ('converted', 'dropped')) <> (s.closed_on IS NOT NULL)",
            _("and the state do not agree: a lead that became a deal or was dropped has the day, another has none"),
            needs=("state", "closed_on"),
        ),
        Check(
            "dropped_because",
            "s.dropped_because IS NOT NULL AND s.state <> 'dropped'",
            _("is said of a lead that is not dropped"),
            needs=("state", "dropped_because"),
        ),
        Check(
            "opportunity",
            "s.opportunity_id IS NOT NULL AND s.state <> 'converted'",
            _("is said of a lead that did not become a deal"),
            needs=("state", "opportunity"),
        ),
    ),
    touches="lead",
    account="t.account_id",
    since="LEAST(t.created_on, t.known_on)",
    finish=_complete_lead,
    after=follow_dealers,
    fills=dict.fromkeys(_OUTCOME, ("state", "closed_on", "dropped_because")),
)


def _complete_touch(values: Values, row: dict[str, Values]) -> None:
    values["kind"] = values.get("kind") or TouchKind.OTHER.value


TOUCH = Entity(
    word="touch",
    plural="touches",
    model=Touch,
    fields=(
        Field("lead", "ref", required=True, to="lead"),
        Field("on", "date", required=True),
        Field("kind", choices=tuple(TouchKind.values)),
        Field("lead_source", "named", to="lead_source"),
        Field("what"),
        Field("who", "named", to="user", column="by_id"),
    ),
    checks=(_future("on"),),
    touches="touch",
    account=f'(SELECT l.account_id FROM "{Lead._meta.db_table}" l WHERE l.id = t.lead_id)',
    since='t."on"',
    finish=_complete_touch,
    fills={"": ("kind",)},
)


def _complete_spend(values: Values, row: dict[str, Values]) -> None:
    """A day stands for its month; what is not said to be of sales is of marketing."""
    if month := values.get("month"):
        values["month"] = f"{month[:8]}01"
    values["kind"] = values.get("kind") or SpendKind.MARKETING.value


def _spend_key(keys: dict[str, str], values: Values) -> str:
    kind = values.get("kind") or SpendKind.MARKETING.value
    return " / ".join(filter(None, [(values.get("month") or "")[:7], kind, values.get("lead_source")]))


SPEND = Entity(
    word="spend",
    plural="spend",
    model=Spend,
    fields=(
        Field("month", "date", required=True),
        Field("kind", choices=tuple(SpendKind.values)),
        Field("lead_source", "named", to="lead_source"),
        Field("amount", "money", required=True),
        Field("currency"),
        Field("note"),
    ),
    money=(Money("amount", "amount_reporting", "{month}", ("month",)),),
    checks=(_future("month"),),
    touches="spend",
    account="NULL::bigint",
    since="t.month",
    default_key=_spend_key,
    finish=_complete_spend,
    fills={"": ("kind",), "month": ("month",)},
)
