"""Contact moments with people, what was heard about customers, and the results that were promised."""

from django.utils.translation import gettext_lazy as _

from core.importing.entities import Check, Entity, Field, Money
from installed_base.models import AccountEvent, Contact, ContactMoment, PartsStatement, RoiRecord

MOMENT = Entity(
    word="moment",
    plural="moments",
    model=ContactMoment,
    fields=(
        Field("account", "ref", required=True, to="account", through=("contact",)),
        Field("contact", "ref", to="contact"),
        Field("who", "named", to="user", column="by_id"),
        Field("kind", choices=tuple(ContactMoment.Kind.values)),
        Field("on", "date", required=True),
        Field("note"),
    ),
    checks=(Check("on", 's."on" > {on}', _("lies in the future: a contact moment is one that took place")),),
    touches="moment",
    account="t.account_id",
    since='t."on"',
)

ACCOUNT_EVENT = Entity(
    word="account_event",
    plural="account_events",
    model=AccountEvent,
    fields=(
        Field("account", "ref", required=True, to="account", through=("asset",)),
        Field("asset", "ref", to="asset"),
        Field("kind", required=True, choices=tuple(AccountEvent.Kind.values)),
        Field("heard", choices=tuple(AccountEvent.Heard.values)),
        Field("on", "date", required=True),
        Field("note"),
    ),
    checks=(Check("on", 's."on" > {on}', _("lies in the future: an event is one that became known")),),
    touches="account_event",
    account="t.account_id",
    since='t."on"',
)

ROI = Entity(
    word="roi",
    plural="roi_records",
    model=RoiRecord,
    fields=(
        Field("account", "ref", required=True, to="account", through=("asset",)),
        Field("asset", "ref", to="asset"),
        Field("goal", required=True),
        Field("unit"),
        Field("before", "number", negative=True, places=3),
        Field("promised", "number", negative=True, places=3),
        Field("realised", "number", negative=True, places=3),
        Field("agreed_on", "date", required=True),
        Field("realised_on", "date"),
        Field("note"),
    ),
    checks=(
        Check(
            "realised_on",
            "s.realised_on < s.agreed_on",
            _("lies before the goal was agreed"),
            needs=("realised_on", "agreed_on"),
        ),
        Check("realised_on", "s.realised_on > {on}", _("lies in the future")),
    ),
    touches="roi",
    account="t.account_id",
    since="COALESCE(t.realised_on, t.agreed_on)",
)

PARTS_STATEMENT = Entity(
    word="parts_statement",
    plural="parts_statements",
    model=PartsStatement,
    fields=(
        Field("account", "ref", required=True, to="account", through=("contact",)),
        Field("contact", "ref", to="contact"),
        Field("on", "date", required=True),
        Field("elsewhere", "money", required=True),
        Field("currency"),
        Field("who", "named", to="user", column="by_id"),
        Field("note"),
    ),
    money=(Money("elsewhere", "elsewhere_reporting", "{on}", ("on",)),),
    checks=(
        Check("on", 's."on" > {on}', _("lies in the future: a statement is one that was made")),
        Check(
            "contact",
            f'(SELECT c.account_id FROM "{Contact._meta.db_table}" c WHERE c.id = s.contact_id) <> s.account_id',
            _("belongs to another account"),
        ),
    ),
    touches="parts_statement",
    account="t.account_id",
    since='t."on"',
)
