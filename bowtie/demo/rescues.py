"""Rescues at Voss Robotics: one in its fifth week with a plan, one that recovered, one that was lost."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bowtie.demo.moods import RESCUED
from bowtie.demo.people import Staff
from core.audit import audited
from core.models import Owner, User
from core.scope import System
from health.actions import rescuing
from health.models import Spell
from health.queries.rescues import worth_of
from health.tasks import CHECKINS
from installed_base.actions import placing
from installed_base.models import Account
from playbooks import day
from playbooks.actions.plays import open_play
from playbooks.library import RESCUE
from playbooks.models import Play, Task

WEEKS = 5


@dataclass(frozen=True)
class Story:
    """What was found at the root, in words, and what was agreed: (what, in which week, done)."""

    cause: str
    note: str
    actions: tuple[tuple[str, int, bool], ...]


UNDER_WAY = Story(
    "support",
    "Three calls waited longer than a day, and nobody told them why.",
    (
        ("A named engineer for the oven line, with a number that is answered", 1, True),
        ("Spare drives on the shelf in Veghel", 3, True),
        ("Go through the open tickets with the plant manager", 5, False),
        ("Train the night shift on the recovery routine", 7, False),
    ),
)
TURNED = Story(
    "adoption",
    "The operators who were trained had left; the new ones run it by hand.",
    (("Train the new operators on site", 1, True), ("Weekly look at the hours together", 4, True)),
)
GIVEN_UP = Story(
    "theirs",
    "The plant closes; the line moves to a site with another supplier.",
    (("Talk with the group about the new site", 2, True),),
)


def rescue(staff: Staff, *, on: date) -> None:
    """Begin, work and end them, each step on its own day; the talks of the week follow."""
    with audited(by=System("demo"), why="demo.rescue"):
        _under_way(staff, on)
        _turned(staff, on)
        _lost(staff, on)
        placing.mark_strategic(
            account=Account.objects.get(name=RESCUED),
            reason="Reference for the food industry",
            by=staff.users["hanna"],
            on=on - timedelta(days=400),
        )
    day.run([CHECKINS], on=on)


def _under_way(staff: Staff, on: date) -> None:
    """An account that was red from the start, begun by hand five weeks ago."""
    spells = Spell.objects.filter(tier="red", ended_on=None, came_from="").select_related("account__owner__user")
    spell = spells.order_by("pk").first()
    if spell:
        by, began_on = _owner(spell.account, staff), on - timedelta(weeks=WEEKS)
        _tell(_open(spell.account, spell, by, began_on), UNDER_WAY, by, staff.users["elke"], began_on, on)


def _turned(staff: Staff, on: date) -> None:
    """The longest of those that left red in time."""
    ended = [p for p in _plays().filter(closed_on__isnull=False) if (p.closed_on - p.anchor_on).days <= 90]
    play = max(ended, key=lambda p: ((p.closed_on - p.anchor_on).days, -p.pk), default=None)
    if play:
        by, row = _owner(play.account, staff), Play.objects.filter(pk=play.pk)
        row.update(closed_on=None, closed_reason="")
        _tell(play, TURNED, by, staff.users["elke"], play.anchor_on, play.closed_on)
        row.update(closed_on=play.closed_on, closed_reason=play.closed_reason)


def _lost(staff: Staff, on: date) -> None:
    """The oldest that is still red: given up on its last day."""
    play = _plays().filter(closed_on=None, anchor_on__lt=on - timedelta(days=91)).order_by("anchor_on", "pk").first()
    if play:
        by, day_90 = _owner(play.account, staff), play.anchor_on + timedelta(days=90)
        _tell(play, GIVEN_UP, by, staff.users["elke"], play.opened_on, day_90)
        note = "They were open about it; the maintenance team asked to stay in touch."
        rescuing.conclude(play=play, outcome="lost", reason="theirs", note=note, by=by, on=day_90)


def _plays() -> Any:
    rows = Play.objects.filter(playbook=RESCUE, anchor_on__isnull=False)
    return rows.select_related("account__owner__user").order_by("pk")


def _owner(account: Account, staff: Staff) -> User:
    return account.owner.user or staff.users["sanne"]


def _open(account: Account, spell: Spell, by: User, began_on: date) -> Play:
    """The play of a spell, begun by hand on that day where there is none."""
    play = Play.objects.filter(playbook=RESCUE, subject_id=spell.pk).first()
    return play or open_play(
        key=RESCUE, account=account, subject=("spell", spell.pk), owner=account.owner, by=by, on=began_on,
        anchor_on=began_on, value=worth_of([account.pk], began_on).get(account.pk),
    )  # fmt: skip


def _tell(play: Play, story: Story, by: User, sponsor: User, began_on: date, until: date) -> None:
    """Cause, actions and sponsor as they were written down; what was due by then is done."""
    _work(play, story, by, began_on, until)
    rescuing.write_cause(play=play, cause=story.cause, note=story.note, by=by, on=began_on + timedelta(days=6))
    rescuing.name_sponsor(play=play, sponsor=sponsor, by=by, on=began_on + timedelta(days=12))
    past = list(Task.objects.filter(play=play, due_on__lt=until).open().exclude(step__startswith=rescuing.ACTION))
    for task in past:
        task.done_on, task.done_by = task.due_on, by
    Task.objects.bulk_update(past, ["done_on", "done_by"])


def _work(play: Play, story: Story, by: User, began_on: date, until: date) -> None:
    for title, week, done in story.actions:
        due_on = began_on + timedelta(weeks=week)
        task = rescuing.add_action(
            play=play, title=title, due_on=due_on, by=by, on=began_on + timedelta(days=7), owner=Owner.objects.of(by)
        )
        if done and due_on <= until:
            Task.objects.filter(pk=task.pk).update(done_on=due_on, done_by=by)
