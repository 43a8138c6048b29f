"""Accounts, their sites and people."""

from django.db import connection

from core.importing.entities import Entity, Field, Values
from core.importing.plan import Plan, literal
from installed_base.models import Account, AccountExternalId, AccountPeriod, Contact, ContactPeriod, Site
from installed_base.models.accounts import ContactRole

_PLACE = (Field("country"), Field("region"), Field("city"))


def _write_aliases(plan: Plan, ready: str) -> None:
    """The id that another system has for an account, once per system."""
    if not {"alias", "alias_source"} <= plan.mapped:
        return
    table = AccountExternalId._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" (account_id, source, external_id)'
            f' SELECT DISTINCT ON (s.alias_source, s.alias) s._id, s.alias_source, s.alias FROM "{ready}" s'
            f" WHERE s._ok AND s.alias IS NOT NULL AND s.alias_source <> {literal(plan.source)}"
            " ORDER BY s.alias_source, s.alias, s._row ON CONFLICT (source, external_id) DO NOTHING"
        )


ACCOUNT = Entity(
    word="account",
    plural="accounts",
    model=Account,
    fields=(
        Field("name", required=True),
        Field("group", "ref", to="account"),
        Field("segment"),
        Field("owner", "named", to="owner", if_empty="Unassigned"),
        Field("industry"),
        *_PLACE,
        Field("downtime_cost_hour", "number", places=2),
        Field("alias", stored=False),
        Field("alias_source", stored=False),
        Field("attributes", "json"),
    ),
    alias=AccountExternalId._meta.db_table,
    period=AccountPeriod,
    touches="account",
    account="t.id",
    after=_write_aliases,
)


def _site_key(keys: dict[str, str], values: Values) -> str:
    return " / ".join(filter(None, [keys.get("account") or values.get("account"), values.get("name")]))


SITE = Entity(
    word="site",
    plural="sites",
    model=Site,
    fields=(
        Field("account", "ref", required=True, to="account"),
        Field("name", required=True),
        Field("address"),
        *_PLACE,
        Field("latitude", "number", negative=True),
        Field("longitude", "number", negative=True),
        Field("attributes", "json"),
    ),
    default_key=_site_key,
)

CONTACT = Entity(
    word="contact",
    plural="contacts",
    model=Contact,
    fields=(
        Field("account", "ref", required=True, to="account"),
        Field("site", "ref", to="site"),
        Field("name", required=True),
        Field("job_title"),
        Field("role", choices=tuple(ContactRole.values)),
        Field("influence"),
        Field("email"),
        Field("phone"),
        Field("champion_since", "date"),
        Field("left_on", "date"),
        Field("attributes", "json"),
    ),
    period=ContactPeriod,
    touches="contact",
    account="t.account_id",
    default_key=_site_key,
)
