"""What a collapse of one side sets off: an alert, once, that closes by itself with the reason."""

import json
from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop as _

from core.bulk import copy_rows
from health.actions.alerting import ALERT
from health.models import Alert
from health.rules.collapse import Collapse, CollapseFacts, standing
from health.rules.expiry import ExpiryFacts
from playbooks.triggers import Fired, Moment

JUDGED = _("Somebody judged anew")
ROSE = _("It rose again, or has stayed where it is")


def raise_collapses(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """One alert each: which side, from where to where."""
    copy_rows("health_alert", ALERT, (_alert(row, moment) for row in fired))
    return Counter(alerts=len(fired))


def _alert(row: Fired, moment: Moment) -> tuple[Any, ...]:
    facts: CollapseFacts = row.facts
    found: Collapse = row.occurrence.rung.about
    said = {"side": found.side, "before": _whole(found.peak), "now": _whole(found.fell_to)}
    kind, total = Alert.Kind.COLLAPSE.value, facts.series[-1].total
    return facts.account_id, row.firing_id, kind, "", "", moment.on, total, None, json.dumps(said), "", ""


def _whole(points: Decimal) -> str:
    return str(points.to_integral_value(ROUND_FLOOR))


def raise_expiries(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """One alert for each judgement that counts no more."""
    copy_rows("health_alert", ALERT, (_expiry(row, moment) for row in fired))
    return Counter(alerts=len(fired))


def _expiry(row: Fired, moment: Moment) -> tuple[Any, ...]:
    facts: ExpiryFacts = row.facts
    said = json.dumps({"counted_until": facts.counts_until.isoformat()})
    kind = Alert.Kind.EXPIRED.value
    return facts.account_id, row.firing_id, kind, "", "", moment.on, None, None, said, "", ""


def follow_expiries(found: Sequence[ExpiryFacts], moment: Moment) -> Counter[str]:
    """Somebody judged anew: the alert closes."""
    anew = [facts.account_id for facts in found if not facts.expired(moment.on)]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE health_alert SET closed_on = %s, closed_reason = %s"
            " WHERE account_id = ANY(%s) AND kind = 'expired' AND closed_on IS NULL RETURNING id",
            [moment.on, JUDGED, anew],
        )
        return Counter(closed=len(cursor.fetchall()))


def follow_collapses(found: Sequence[CollapseFacts], moment: Moment) -> Counter[str]:
    """Close the alerts of sides that are down no longer."""
    down = [(f.account_id, c.side) for f in found for c in standing(f, moment.policy, moment.on)]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE health_alert a SET closed_on = %s, closed_reason = %s"
            " WHERE a.account_id = ANY(%s) AND a.kind = 'collapse' AND a.closed_on IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM unnest(%s::bigint[], %s::text[]) AS d(account, side)"
            "  WHERE d.account = a.account_id AND d.side = a.facts ->> 'side') RETURNING a.id",
            [
                moment.on,
                ROSE,
                [f.account_id for f in found],
                [account for account, _side in down],
                [side for _account, side in down],
            ],
        )
        return Counter(closed=len(cursor.fetchall()))
