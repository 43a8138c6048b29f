"""Closing signals whose reason went away, and opening again those that closed by themselves and stand after all."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop as _

from expansion.rules import KINDS, AssetFacts, ladder, stands
from expansion.rules.episodes import Episode, next_look
from playbooks.triggers import Moment

# Why a signal closed by itself. English; translated when shown.
GONE = _("The machine is no longer in service")
PASSED_OVER = _("The machine has reached the next age")
TOO_YOUNG = _("The installation date was corrected")
CORRECTED = _("What it rested on was corrected")
WHY = {
    "machine_gone": GONE,
    "covered": _("It has a contract now"),
    "lapsed": _("The warranty is over"),
    "back": _("They have a contract again"),
    "long_ago": _("Too long ago"),
    "calmer": _("It stopped less often since"),
    "higher_level": _("It has another level of contract now"),
    "eased": _("It no longer runs above its capacity"),
    "ordered": _("They ordered again"),
    "grew": _("They order as much as before"),
    "quiet": _("The problem stayed away"),
    "taken_back": _("It was taken back"),
    "talked": _("Somebody talked with them about growth"),
}


def follow_assets(assets: Sequence[AssetFacts], moment: Moment) -> Counter[str]:
    """Close the open signals of age whose reason is gone, and open again those that closed for no lasting reason."""
    facts = {asset.id: asset for asset in assets}
    closing: dict[str, list[int]] = defaultdict(list)
    back: list[int] = []
    for pk, asset_id, kind, reason in _signals(list(facts)):
        asset = facts[asset_id]
        why = _why_closed(asset, kind, moment)
        if why and not reason:
            closing[why].append(pk)
        elif reason in (GONE, TOO_YOUNG) and not why:
            back.append(pk)
    _close(closing, moment)
    _open_again(back)
    return Counter(closed=sum(map(len, closing.values())))


def _why_closed(asset: AssetFacts, kind: str, moment: Moment) -> str:
    if not asset.in_service(moment.on):
        return GONE
    if stands(asset, kind, moment.policy, moment.on):
        return ""
    due = {rung.milestone: rung.due_on for rung in ladder(asset, moment.policy)}
    return TOO_YOUNG if kind not in due or due[kind] > moment.on else PASSED_OVER


def _signals(asset_ids: Sequence[int]) -> list[tuple[int, int, str, str]]:
    """Undecided signals of the age ladder, open or closed by themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, s.asset_id, s.kind, s.closed_reason FROM unnest(%s::bigint[]) AS wanted(id)"
            " JOIN expansion_signal s ON s.asset_id = wanted.id AND s.kind = ANY(%s) AND s.decision = '' ORDER BY s.id",
            [list(asset_ids), list(KINDS)],
        )
        return cursor.fetchall()


def forget_looks(rule: str) -> Callable[[Sequence[int], Moment], Counter[str]]:
    """Before subjects are looked at: when to look next is said anew."""

    def forget(ids: Sequence[int], moment: Moment) -> Counter[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM expansion_look WHERE rule = %s AND subject_id = ANY(%s)", [rule, list(ids)]
            )  # fmt: skip
        return Counter()

    return forget


def _keep_looks(rule: str, looks: Sequence[tuple[int, date]]) -> None:
    if not looks:
        return
    ids, days = zip(*looks, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO expansion_look (rule, subject_id, "on")'
            ' SELECT %s, d.id, d."on" FROM unnest(%s::bigint[], %s::date[]) AS d(id, "on")'
            ' ON CONFLICT (rule, subject_id) DO UPDATE SET "on" = EXCLUDED."on"',
            [rule, list(ids), list(days)],
        )


Draw = Callable[[Any, Any], list[Episode]]


def follow_chances(rule: str, subject: str, draw: Draw) -> Callable[[Sequence[Any], Moment], Counter[str]]:
    """Bring the signals of a trigger in line with its episodes, and note when each subject is looked at next."""

    def follow(found: Sequence[Any], moment: Moment) -> Counter[str]:
        drawn = {facts.id: draw(facts, moment.policy) for facts in found}
        looks = ((pk, next_look(episodes, moment.on)) for pk, episodes in drawn.items())
        _keep_looks(rule, [(pk, day) for pk, day in looks if day is not None])
        closing: dict[str, list[int]] = defaultdict(list)
        back: list[int] = []
        for pk, subject_id, key, closed in _of_rule(rule, subject, list(drawn)):
            why = _why_over(drawn[subject_id], key, moment)
            if why and not closed:
                closing[why].append(pk)
            elif closed and not why:
                back.append(pk)
        _close(closing, moment)
        _open_again(back)
        return Counter(closed=sum(map(len, closing.values())))

    return follow


def _why_over(episodes: Sequence[Episode], key: str, moment: Moment) -> str:
    """Why the episode behind a signal is none; empty while it stands."""
    episode = next((e for e in episodes if e.key == key), None)
    if episode is not None and episode.stands(moment.on):
        return ""
    over = episode is not None and episode.due_on <= moment.on
    return WHY.get(episode.gone, CORRECTED) if episode is not None and over else CORRECTED


def _of_rule(rule: str, subject: str, ids: Sequence[int]) -> list[tuple[int, int, str, bool]]:
    """Undecided signals of a rule with their subject and key, and whether they closed by themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, f.subject_id, f.occurrence_key, s.closed_on IS NOT NULL"
            " FROM unnest(%s::bigint[]) AS wanted(id)"
            " JOIN playbooks_firing f ON f.subject_kind = %s AND f.subject_id = wanted.id AND f.rule = %s"
            " JOIN expansion_signal s ON s.firing_id = f.id AND s.decision = '' ORDER BY s.id",
            [list(ids), subject, rule],
        )
        return cursor.fetchall()


def _close(closing: dict[str, list[int]], moment: Moment) -> None:
    with connection.cursor() as cursor:
        for reason, ids in closing.items():
            cursor.execute(
                "UPDATE expansion_signal SET closed_on = %s, closed_reason = %s WHERE id = ANY(%s)",
                [moment.on, reason, ids],
            )


def _open_again(ids: Sequence[int]) -> None:
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE expansion_signal SET closed_on = NULL, closed_reason = '' WHERE id = ANY(%s)", [list(ids)]
            )
