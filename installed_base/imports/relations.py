"""Contact moments with people, what was heard about customers, and the results that were promised."""

from django.utils.translation import gettext_lazy as _

from core.importing.entities import Check, Entity, Field
from installed_base.models import AccountEvent, ContactMoment, RoiRecord

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
