"""Scores, the spells an account spends in a tier, and the alerts that began with one."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from health.rules.tier import Tier
from installed_base.models import Account
from installed_base.models.scoping import AccountScopedQuerySet

TIERS = [
    (Tier.GREEN.value, _("Green")),
    (Tier.YELLOW.value, _("Yellow")),
    (Tier.RED.value, _("Red")),
    (Tier.UNKNOWN.value, _("Unknown")),
]


class ScoreQuerySet(AccountScopedQuerySet):
    pass


class Score(models.Model):
    """The health of an account from `on` until its next row: written only when it changes (firing.md, Tables).

    `score` is 0 to 100 over what is known, None where too little is; `low` and `high` say what it could be if the
    unknown were worst or best, `coverage` (0 to 1) how much of the weight is known. `readings` holds what was
    measured (`to_keep`): with the policy of `policy_version` the rules tell from it why the score is what it is.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="scores", db_index=False)
    on = models.DateField()
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    low = models.DecimalField(max_digits=5, decimal_places=2)
    high = models.DecimalField(max_digits=5, decimal_places=2)
    coverage = models.DecimalField(max_digits=4, decimal_places=3)
    tier = models.CharField(max_length=8, choices=TIERS, default=Tier.UNKNOWN.value)
    may_be = models.CharField(max_length=8, choices=TIERS, blank=True, default="")
    policy_version = models.PositiveIntegerField(default=1)
    inputs_hash = models.CharField(max_length=40)
    readings = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "on"], name="score_once_a_day"),
            models.CheckConstraint(condition=Q(low__gte=0, high__lte=100, low__lte=F("high")), name="score_range"),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=F("low"), score__lte=F("high")),
                name="score_within_its_range",
            ),
        ]


class SpellQuerySet(AccountScopedQuerySet):
    def open(self) -> Self:
        return self.filter(ended_on__isnull=True)


class Spell(models.Model):
    """A stretch of days in one tier. `ended_on` is the first day in another; `came_from` the tier before it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="spells", db_index=False)
    tier = models.CharField(max_length=8, choices=TIERS)
    came_from = models.CharField(max_length=8, choices=TIERS, blank=True, default="")
    began_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)

    objects = SpellQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "began_on"], name="spell_one_per_day"),
            models.UniqueConstraint(fields=["account"], condition=Q(ended_on__isnull=True), name="spell_one_open"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gt=F("began_on")), name="spell_ends_after_it_begins"
            ),
        ]


class AlertQuerySet(AccountScopedQuerySet):
    def open(self) -> Self:
        return self.filter(closed_on__isnull=True)


class Alert(models.Model):
    """News that a person should look at: an account fell to a lower tier, fell silent, or a side of its health
    collapsed while the whole held (HS-09, HS-12).

    The effect of one firing. It closes by itself when its cause goes away, or by somebody; the reason is kept.
    """

    class Kind(models.TextChoices):
        TIER = "tier", _("Fell to a lower tier")
        SILENCE = "silence", _("Radio silence")
        COLLAPSE = "collapse", _("One side collapsed")
        EXPIRED = "expired", _("A judgement by hand expired")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="alerts")
    firing = models.OneToOneField("playbooks.Firing", on_delete=models.PROTECT, related_name="alert")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    tier = models.CharField(max_length=8, choices=TIERS, blank=True, default="")
    came_from = models.CharField(max_length=8, choices=TIERS, blank=True, default="")
    on = models.DateField()
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    score_before = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    # What pulls it down, or since when it is silent: as the rule saw it.
    facts = models.JSONField(default=dict)
    snoozed_until = models.DateField(null=True, blank=True)
    snoozed_reason = models.CharField(max_length=240, blank=True, default="")
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    closed_reason = models.CharField(max_length=240, blank=True, default="")

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True) | ~Q(snoozed_reason=""), name="alert_snoozed_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | ~Q(closed_reason=""), name="alert_closed_with_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account"], condition=Q(closed_on__isnull=True), name="alert_open_account")
        ]


class ScoreDueQuerySet(AccountScopedQuerySet):
    pass


class ScoreDue(models.Model):
    """The next day on which an account's score or tier may change by the passing of time alone; none without one.

    A note of the day to itself: what it says follows from facts and policy, and the audit does without it.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")
    on = models.DateField(null=True, blank=True, db_index=True)

    objects = ScoreDueQuerySet.as_manager()
