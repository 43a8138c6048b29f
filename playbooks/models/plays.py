"""What we do about it: firings, plays, what each milestone released, tasks, notes (firing.md, Tables)."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models import User
from core.models.trail import trail
from core.reach import reach_of
from installed_base.models import Account
from installed_base.models.scoping import AccountScopedQuerySet


class FiringQuerySet(AccountScopedQuerySet):
    pass


class Firing(models.Model):
    """That a rule was met, once, for one subject and one occurrence. Never deleted, and the only guard against twice.

    `facts` is what the rule saw, `occurrence_key` holds the anchor it fired for (T3.M90@2026-12-31). Rows come by the
    hundred thousand and are found by their subject: nothing else is indexed, and the run, which the day made itself, is
    not checked row by row.
    """

    class State(models.TextChoices):
        FIRED = "fired", _("Fired")
        SUPERSEDED = "superseded", _("Passed over by a later one")
        BASELINE = "baseline", _("Ended before we knew it")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    rule = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    occurrence_key = models.CharField(max_length=80)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="firings", db_index=False)
    state = models.CharField(max_length=10, choices=State.choices)
    due_on = models.DateField()
    on = models.DateField()
    run = models.ForeignKey(
        "core.Job", on_delete=models.PROTECT, null=True, related_name="firings", db_index=False, db_constraint=False
    )
    policy_version = models.PositiveIntegerField(default=1)
    found_by_audit_at = models.DateTimeField(null=True, blank=True)
    facts = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = FiringQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule", "subject_kind", "subject_id", "occurrence_key"], name="firing_once"
            ),
            models.CheckConstraint(condition=Q(due_on__lte=F("on")), name="firing_not_before_due"),
        ]
        indexes: ClassVar = [models.Index(fields=["subject_kind", "subject_id"], name="firing_subject")]


class PlayQuerySet(AccountScopedQuerySet):
    def open(self) -> Self:
        return self.filter(closed_on__isnull=True)


@trail()
class Play(models.Model):
    """One playbook being worked for one subject: from its first milestone to its outcome."""

    playbook = models.CharField(max_length=60)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="plays")
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="plays")
    # The day it works towards: `decides_on` of a renewal, the end of life of a machine.
    anchor_on = models.DateField(null=True, blank=True)
    value_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(
        "core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    closed_reason = models.CharField(max_length=200, blank=True, default="")

    objects = PlayQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["playbook", "subject_kind", "subject_id"], name="play_one_per_subject"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | ~Q(closed_reason=""), name="play_closed_with_reason"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["subject_kind", "subject_id"], name="play_subject")]


class Release(models.Model):
    """The effect of a firing on a play: the steps of this milestone became tasks. Exactly one for each fired row."""

    play = models.ForeignKey(Play, on_delete=models.CASCADE, related_name="releases")
    firing = models.OneToOneField(Firing, on_delete=models.PROTECT, related_name="release")
    milestone = models.CharField(max_length=40)
    released_on = models.DateField()
    late_days = models.PositiveIntegerField(default=0)


class TaskQuerySet(AccountScopedQuerySet):
    def _changeable(self, user: Any) -> Self:
        mine = self.filter(owner_id__in=reach_of(user).own)
        return (mine | super()._changeable(user)).distinct() if reach_of(user).works else mine

    def within_reach(self, actor: Any) -> Self:
        """Tasks of the accounts one sees, and one's own wherever they are."""
        visible = self.visible_to(actor)
        return visible | self.filter(owner_id__in=reach_of(actor).own) if isinstance(actor, User) else visible

    def open(self) -> Self:
        return self.filter(done_on__isnull=True, closed_on__isnull=True)


@trail()
class Task(models.Model):
    """One thing to do. `done_on` was done by a person, `closed_on` fell away by itself, with the reason.

    `milestone_on` is the date that set it off and never moves; `due_on` rolls to a working day by policy.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tasks")
    play = models.ForeignKey(Play, on_delete=models.CASCADE, null=True, blank=True, related_name="tasks")
    release = models.ForeignKey(Release, on_delete=models.CASCADE, null=True, blank=True, related_name="tasks")
    step = models.CharField(max_length=60, blank=True, default="")
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    # System tasks hold the English wording of their playbook step, translated when shown.
    title = models.CharField(max_length=240)
    note = models.TextField(blank=True, default="")
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="tasks", db_index=False)
    value_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    milestone_on = models.DateField(null=True, blank=True)
    due_on = models.DateField()
    snoozed_until = models.DateField(null=True, blank=True)
    snoozed_reason = models.CharField(max_length=240, blank=True, default="")
    created_on = models.DateField()
    created_by = models.ForeignKey(
        "core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey(
        "core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    closed_on = models.DateField(null=True, blank=True)
    closed_reason = models.CharField(max_length=240, blank=True, default="")

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["play", "step"], condition=~Q(step=""), name="task_one_per_step"),
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True) | ~Q(snoozed_reason=""), name="task_snoozed_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | ~Q(closed_reason=""), name="task_closed_with_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["owner", "due_on"],
                condition=Q(done_on__isnull=True, closed_on__isnull=True),
                name="task_open_owner",
            ),
            models.Index(fields=["done_by", "done_on"], condition=Q(done_by__isnull=False), name="task_done_by"),
            models.Index(fields=["subject_kind", "subject_id"], name="task_subject"),
            models.Index(
                fields=["due_on"], condition=Q(done_on__isnull=True, closed_on__isnull=True), name="task_open_due"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class NoteQuerySet(AccountScopedQuerySet):
    pass


class Note(models.Model):
    """A line in the journal of an account, perhaps about one of its subjects."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="notes")
    subject_kind = models.CharField(max_length=40, blank=True, default="")
    subject_id = models.BigIntegerField(null=True, blank=True)
    on = models.DateField()
    by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.TextField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = NoteQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "-on"], name="note_account")]
