"""Who at the customer has a say in a deal, from files: one row a person and deal (PL-01)."""

from datetime import date

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.actions import touch
from core.importing.entities import Check, Entity, Field, Values
from core.importing.plan import Plan
from core.importing.writing import written
from installed_base.models import Contact
from sales.models import Opportunity, Stakeholder, StakeholderRole, Stance

_DEALS, _PEOPLE, _TABLE = Opportunity._meta.db_table, Contact._meta.db_table, Stakeholder._meta.db_table


def _pair(keys: dict[str, str], values: Values) -> str:
    """What a row is known by within its file: the deal and the person, as the file writes them."""
    who = values.get("contact") or values.get("email") or ""
    return f"{values.get('opportunity') or ''} / {who}"


def _find_people(plan: Plan, ready: str) -> None:
    """Who is named by e-mail is the one contact of the account of the deal who has it; a pair that stands is known."""
    with connection.cursor() as cursor:
        if "email" in plan.mapped:
            cursor.execute(
                f'UPDATE "{ready}" s SET contact_id = c.id FROM (SELECT o.id AS deal, lower(p.email) AS email,'
                f' min(p.id) AS id FROM "{_DEALS}" o JOIN "{_PEOPLE}" p ON p.account_id = o.account_id'
                f" WHERE p.email <> '' AND o.id IN (SELECT opportunity_id FROM \"{ready}\")"
                " GROUP BY 1, 2 HAVING count(*) = 1) c"
                " WHERE s.contact_id IS NULL AND c.deal = s.opportunity_id AND c.email = lower(s.email)"
            )
        cursor.execute(
            f'UPDATE "{ready}" s SET _known = n.id, _id = n.id FROM "{_TABLE}" n'
            " WHERE s._known IS NULL AND n.opportunity_id = s.opportunity_id AND n.contact_id = s.contact_id"
        )


def _touch_deals(plan: Plan, _ready: str) -> None:
    on: date = plan.context.on
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT DISTINCT o.id, o.account_id FROM "{_TABLE}" t JOIN "{_DEALS}" o ON o.id = t.opportunity_id'
            f" WHERE t.id IN ({written('stakeholder')})"
        )
        accounts = dict(cursor.fetchall())
    touch("opportunity", list(accounts), since=on, account_of=accounts)


STAKEHOLDER = Entity(
    word="stakeholder",
    plural="stakeholders",
    model=Stakeholder,
    fields=(
        Field("opportunity", "ref", required=True, to="opportunity"),
        Field("contact", "ref", to="contact"),
        Field("email", stored=False),
        Field("role", required=True, choices=tuple(StakeholderRole.values)),
        Field("stance", choices=tuple(Stance.values)),
        Field("note"),
    ),
    natural=("opportunity_id", "contact_id"),
    default_key=_pair,
    fills={"": ("contact",)},
    adopts=_find_people,
    checks=(
        Check(
            "contact",
            "s.contact_id IS NULL",
            _("names nobody whom we know: give the key of a contact, or an e-mail that one contact of the account has"),
        ),
        Check(
            "contact",
            f'NOT EXISTS (SELECT 1 FROM "{_DEALS}" o JOIN "{_PEOPLE}" p ON p.account_id = o.account_id'
            " WHERE o.id = s.opportunity_id AND p.id = s.contact_id)",
            _("is no contact of the account of this deal; take them out, or add them to it"),
            needs=("opportunity", "contact"),
        ),
        Check(
            "contact",
            'EXISTS (SELECT 1 FROM "ready_stakeholder" x WHERE x._ok AND x._row < s._row'
            " AND x.opportunity_id = s.opportunity_id AND x.contact_id = s.contact_id)",
            _("stands in this deal on an earlier line; give each person one line"),
            needs=("opportunity", "contact"),
        ),
    ),
    after=_touch_deals,
)
