"""What a new spell and a silence set off: a play per tier, an alert on a fall, a word to the owner (HS-09, HT-01..05).

What they opened closes by itself when its reason goes away, and says why.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop as _

from core.bulk import copy_rows
from health.models import Alert
from health.queries.standing import pulls_down_of
from health.rules.cadence import BOOKS
from health.rules.news import SilenceFacts, SpellFacts, still_silent
from health.rules.tier import Tier
from playbooks.actions.releasing import Due, Message, announce, new_ids, release
from playbooks.library import RECOVER, Playbook, Step, playbook
from playbooks.triggers import Fired, Moment

SUBJECT = "spell"
RECOVERED = _("The score recovered")
FELL_FURTHER = _("The score fell further")
NEW_TIER = _("The account is in another tier now")
SPOKEN = _("Somebody spoke with them")
SELDOM = _("We speak less often with accounts like this one")
_BETTER = {Tier.RED: (), Tier.YELLOW: (Tier.RED,), Tier.GREEN: (Tier.RED, Tier.YELLOW)}


def begin_spells(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """Open the tier's play with its steps as tasks; alert where the account fell. In one transaction."""
    tasks = 0
    for tier, rows in _by_tier(fired).items():
        tasks += _open_plays(BOOKS[tier], rows, moment)
    fallen = [row for row in fired if row.facts.fell]
    _alert_falls(fallen, moment)
    announce([_moved(row, moment) for row in fired] + [_fell(row, moment) for row in fallen])
    return Counter(plays=len(fired), tasks=tasks, alerts=len(fallen))


def _by_tier(fired: Iterable[Fired]) -> dict[Tier, list[Fired]]:
    found: dict[Tier, list[Fired]] = {}
    for row in fired:
        found.setdefault(row.facts.tier, []).append(row)
    return found


_PLAY = (
    "id", "playbook", "account_id", "subject_kind", "subject_id", "owner_id", "anchor_on", "value_reporting",
    "opened_on", "closed_reason",
)  # fmt: skip


def _open_plays(book: str, fired: Sequence[Fired], moment: Moment) -> int:
    ids = new_ids("playbooks_play", len(fired))
    pairs = list(zip(ids, fired, strict=True))
    copy_rows("playbooks_play", _PLAY, (_play(pk, book, row.facts, moment) for pk, row in pairs))
    steps, drivers = playbook(book, moment.on), _drivers(book, fired, moment)
    due = [_due(pk, row, _corrective(steps, drivers.get(row.facts.account_id, ""))) for pk, row in pairs]
    return release(due, steps, moment.on)


def _drivers(book: str, fired: Sequence[Fired], moment: Moment) -> dict[int, str]:
    """For the yellow ones, the dimension that costs each the most points (HT-02)."""
    pulls = pulls_down_of([row.facts.account_id for row in fired], moment.on) if book == RECOVER else {}
    return {account: found[0][0] for account, found in pulls.items() if found}


def _corrective(book: Playbook, dimension: str) -> tuple[Step, ...]:
    """The corrective action that fits what drives the score down."""
    return tuple(step for step in book.steps if step.milestone == f"driver-{dimension}")


def _play(pk: int, book: str, facts: SpellFacts, moment: Moment) -> tuple[Any, ...]:
    subject = (SUBJECT, facts.spell_id)
    return pk, book, facts.account_id, *subject, facts.owner_id, facts.began_on, facts.value, moment.on, ""


def _due(play: int, row: Fired, instead: tuple[Step, ...]) -> Due:
    facts: SpellFacts = row.facts
    return Due(
        row.firing_id, row.occurrence.rung, play, facts.account_id, facts.owner_id, SUBJECT, facts.spell_id,
        facts.value, False, instead=instead,
    )  # fmt: skip


ALERT = (
    "account_id", "firing_id", "kind", "tier", "came_from", "on", "score", "score_before", "facts", "snoozed_reason",
    "closed_reason",
)  # fmt: skip


def _alert_falls(fallen: Sequence[Fired], moment: Moment) -> None:
    pulls = pulls_down_of([row.facts.account_id for row in fallen], moment.on)
    copy_rows(
        "health_alert", ALERT, (_fall(row, pulls.get(row.facts.account_id, ()), moment) for row in fallen)
    )  # fmt: skip


def _fall(row: Fired, pulls: Sequence[tuple[str, Any]], moment: Moment) -> tuple[Any, ...]:
    facts: SpellFacts = row.facts
    said = json.dumps({"pulls_down": [[key, str(points)] for key, points in pulls]})
    came_from = facts.before.value if facts.before else ""
    return (
        facts.account_id, row.firing_id, Alert.Kind.TIER.value, facts.tier.value, came_from, moment.on, facts.score,
        facts.score_before, said, "", "",
    )  # fmt: skip


def _moved(row: Fired, moment: Moment) -> Message:
    """Told to whoever listens from outside, up or down: the account is in another tier."""
    facts: SpellFacts = row.facts
    key = f"health.tier_changed:account:{facts.account_id}:{row.occurrence.rung.key}"
    return Message(key, "health.tier_changed", None, "account", facts.account_id, _payload(row, moment))


def _payload(row: Fired, moment: Moment) -> dict[str, Any]:
    facts: SpellFacts = row.facts
    return {
        "firing": row.firing_id,
        "account": facts.account_id,
        "tier": facts.tier.value,
        "came_from": facts.before and facts.before.value,
        "on": moment.on.isoformat(),
    }


def _fell(row: Fired, moment: Moment) -> Message:
    facts: SpellFacts = row.facts
    key = f"health.fell:account:{facts.account_id}:{row.occurrence.rung.key}"
    return Message(key, "health.fell", facts.owner_id, "account", facts.account_id, _payload(row, moment))


def follow_spells(spells: Sequence[SpellFacts], moment: Moment) -> Counter[str]:
    """Close alerts and plays of tiers the accounts have left; the unknown leaves both as they are."""
    closed = 0
    for tier in BOOKS:
        accounts = [facts.account_id for facts in spells if facts.stands is tier]
        if accounts:
            worse = [t.value for t in _BETTER[tier]]
            _close_alerts(accounts, moment, RECOVERED, "tier = ANY(%s)", [worse])
            _close_alerts(accounts, moment, FELL_FURTHER, "tier <> %s AND tier <> ALL(%s)", [tier.value, worse])
            closed += _close_plays(accounts, [b for t, b in BOOKS.items() if t is not tier], moment)
    return Counter(closed=closed)


def _close_alerts(accounts: Sequence[int], moment: Moment, reason: str, where: str, params: Sequence[Any]) -> None:
    _run(
        "UPDATE health_alert SET closed_on = %s, closed_reason = %s"
        f" WHERE account_id = ANY(%s) AND closed_on IS NULL AND kind = 'tier' AND {where}",
        [moment.on, reason, list(accounts), *params],
    )


def _close_plays(accounts: Sequence[int], books: Sequence[str], moment: Moment) -> int:
    closed = _run(
        "UPDATE playbooks_play SET closed_on = %s, closed_reason = %s"
        " WHERE account_id = ANY(%s) AND playbook = ANY(%s) AND subject_kind = 'spell' AND closed_on IS NULL"
        " RETURNING id",
        [moment.on, NEW_TIER, list(accounts), list(books)],
    )
    if closed:
        _run(
            "UPDATE playbooks_task SET closed_on = %s, closed_reason = %s"
            " WHERE play_id = ANY(%s) AND done_on IS NULL AND closed_on IS NULL RETURNING id",
            [moment.on, NEW_TIER, closed],
        )
    return len(closed)


def raise_silence(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """Alert that a customer fell silent: call within the days of the policy (HS-12)."""
    copy_rows("health_alert", ALERT, (_silence(row, moment) for row in fired))
    return Counter(alerts=len(fired))


def _silence(row: Fired, moment: Moment) -> tuple[Any, ...]:
    facts: SilenceFacts = row.facts
    call_by = moment.on + timedelta(days=moment.policy.call_within_days)
    said = json.dumps({"last_contact": facts.last_on.isoformat(), "call_by": call_by.isoformat()})
    kind = Alert.Kind.SILENCE.value
    return facts.account_id, row.firing_id, kind, "", "", moment.on, None, None, said, "", ""


def follow_silence(found: Sequence[SilenceFacts], moment: Moment) -> Counter[str]:
    """Somebody spoke with them again, or the account stands where we speak less often: the alert closes."""
    quiet = [facts for facts in found if not still_silent(facts, moment.policy, moment.on)]
    closed = _run(
        "UPDATE health_alert al SET closed_on = %s,"
        " closed_reason = CASE WHEN (al.facts ->> 'last_contact')::date < w.last_on THEN %s ELSE %s END"
        " FROM unnest(%s::bigint[], %s::date[]) AS w(id, last_on)"
        " WHERE al.account_id = w.id AND al.closed_on IS NULL AND al.kind = 'silence' RETURNING al.id",
        [moment.on, SPOKEN, SELDOM, [f.account_id for f in quiet], [f.last_on for f in quiet]],
    )
    return Counter(closed=len(closed))


def _run(sql: str, params: Sequence[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()] if cursor.description else []
