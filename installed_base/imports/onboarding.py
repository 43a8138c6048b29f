"""What belongs to a start: promises of the sale, training of operators, and the days on which machines went live."""

from datetime import date
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.actions import touch_found
from core.importing.entities import Check, Entity, Field, Values
from core.importing.plan import Plan
from core.importing.writing import written
from installed_base.models import Asset, AssetEvent, Contact, Promise, Training

_FUTURE = _("lies in the future")
_BEFORE_PROMISED = _("lies before it was promised")


def _complete_promise(values: Values, row: dict[str, Values]) -> None:
    """What was measured and reaches the promise keeps it from that day, unless the file says when."""
    measured, promised = values.get("measured"), values.get("promised")
    values.setdefault("measured_on", None)
    values.setdefault("met_on", None)
    if not (measured and promised and values["measured_on"]) or values["met_on"]:
        return
    most = values.get("direction") == Promise.Direction.AT_MOST.value
    kept = Decimal(measured) <= Decimal(promised) if most else Decimal(measured) >= Decimal(promised)
    values["met_on"] = values["measured_on"] if kept else None


PROMISE = Entity(
    word="promise",
    plural="promises",
    model=Promise,
    fields=(
        Field("account", "ref", required=True, to="account", through=("asset",)),
        Field("asset", "ref", to="asset"),
        Field("kind", required=True, choices=tuple(Promise.Kind.values)),
        Field("text", required=True),
        Field("unit"),
        Field("direction", choices=tuple(Promise.Direction.values)),
        Field("promised", "number", negative=True, places=3),
        Field("origin", choices=tuple(Promise.Origin.values)),
        Field("promised_on", "date", required=True),
        Field("due_on", "date"),
        Field("measured", "number", negative=True, places=3),
        Field("measured_on", "date"),
        Field("met_on", "date"),
    ),
    checks=(
        Check("promised_on", "s.promised_on > {on}", _FUTURE),
        Check("due_on", "s.due_on < s.promised_on", _BEFORE_PROMISED),
        Check("measured", "s.measured IS NOT NULL AND s.measured_on IS NULL", _("has no day on which it was measured")),
        Check(
            "measured_on",
            "s.measured IS NULL AND s.measured_on IS NOT NULL",
            _("names a day, and nothing was measured"),
            needs=("measured", "measured_on"),
        ),
        Check("measured_on", "s.measured_on > {on}", _FUTURE),
        Check("met_on", "s.met_on > {on}", _FUTURE),
        Check("met_on", "s.met_on < s.promised_on", _BEFORE_PROMISED),
    ),
    touches="promise",
    account="t.account_id",
    since="t.promised_on",
    finish=_complete_promise,
    fills={"measured": ("measured_on", "met_on")},
)


def _training_key(keys: dict[str, str], values: Values) -> str:
    asset, kind = values.get("asset"), values.get("kind")
    return f"{asset}/{values.get('contact') or 'people'}/{kind}" if asset and kind else ""


_SAME = "{0}.asset_id = s.asset_id AND {0}.contact_id = s.contact_id AND {0}.kind = s.kind"

TRAINING = Entity(
    word="training",
    plural="trainings",
    model=Training,
    fields=(
        Field("account", "ref", required=True, to="account", through=("asset",)),
        Field("asset", "ref", required=True, to="asset"),
        Field("contact", "ref", to="contact"),
        Field("people", "integer"),
        Field("kind", required=True, choices=tuple(Training.Kind.values)),
        Field("planned_on", "date"),
        Field("trained_on", "date"),
    ),
    checks=(
        Check("people", "s.people < 1", _("is nobody: give a number of 1 or more")),
        Check("people", "s.contact_id IS NOT NULL AND s.people > 1", _("is one person: leave the number out"),
              needs=("people", "contact")),
        Check("trained_on", "s.trained_on > {on}", _("lies in the future: put it under planned_on")),
        Check(
            "contact",
            f'(SELECT c.account_id FROM "{Contact._meta.db_table}" c WHERE c.id = s.contact_id) <> s.account_id',
            _("belongs to another account than the machine"),
        ),
        Check(
            "contact",
            f'EXISTS (SELECT 1 FROM "{Training._meta.db_table}" x WHERE {_SAME.format("x")} AND x.id <> s._id)',
            _("is known already, from another source or under another key"),
        ),
        Check(
            "contact",
            f'EXISTS (SELECT 1 FROM "ready_training" o WHERE {_SAME.format("o")} AND o._row < s._row AND o._ok)',
            _("is on the list for this machine and kind already"),
        ),
    ),
    touches="training",
    account="t.account_id",
    since="COALESCE(t.trained_on, t.known_on)",
    default_key=_training_key,
)  # fmt: skip


def _golive_key(keys: dict[str, str], values: Values) -> str:
    asset, kind = values.get("asset"), values.get("kind")
    return f"{asset}/{kind}" if asset and kind else ""


def _set_days(plan: Plan, ready: str) -> None:
    """The machine carries the days its events tell, and is looked at again."""
    events, assets = AssetEvent._meta.db_table, Asset._meta.db_table
    told = f'SELECT e.asset_id, e."on" FROM "{events}" e WHERE e.id IN ({written("golive")}) AND e.kind ='
    with connection.cursor() as cursor:
        for kind, column in (("went_live", "went_live_on"), ("on_specification", "on_specification_on")):
            cursor.execute(
                f'UPDATE "{assets}" a SET {column} = x."on" FROM ({told} %s) x'
                f' WHERE a.id = x.asset_id AND a.{column} IS DISTINCT FROM x."on"',
                [kind],
            )
    changed = (
        f'SELECT a.id, a.account_id, min(e."on") FROM "{events}" e JOIN "{assets}" a ON a.id = e.asset_id'
        f" WHERE e.id IN ({written('golive')}) GROUP BY a.id"
    )
    touch_found("asset", changed, on=date.max)


def _of_machine(column: str) -> str:
    return f'(SELECT a.{column} FROM "{Asset._meta.db_table}" a WHERE a.id = s.asset_id)'


GO_LIVE = Entity(
    word="golive",
    plural="go_lives",
    model=AssetEvent,
    fields=(
        Field("asset", "ref", required=True, to="asset"),
        Field("kind", required=True, choices=("went_live", "on_specification")),
        Field("on", "date", required=True, precision="precision"),
        Field("who", "named", to="user", column="by_id"),
        Field("note"),
    ),
    natural=("asset_id", "kind", "on"),
    default_key=_golive_key,
    checks=(
        Check("on", 's."on" > {on}', _("lies in the future: a machine goes live when it does")),
        Check("on", f's."on" < {_of_machine("installed_on")}', _("lies before the machine was installed")),
        Check("on", f's."on" >= {_of_machine("taken_out_on")}', _("lies after the machine was taken out")),
    ),
    after=_set_days,
)
