"""Deals as they stood on a date: open, won or lost by then, at the stage, value and owner of that day.

Of a deal that came from elsewhere decided, nobody says in which stage it stood before: on an earlier date it is open,
in a stage that is not known. New business and expansion never mix (metrics.md, Deal kinds).
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateField,
    DecimalField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from core.calendar import BEGINNING
from core.metrics import NUMBER, Ask, Column, Family, Filters
from core.models import Owner, Team
from core.reach import with_parts
from installed_base.metrics.asof import accounts_asked, flag, known_by, narrows_accounts, one_if, then
from installed_base.models import ContactMoment
from sales.models import Opportunity, OpportunityLine, OpportunityPeriod, Stage
from sales.rules import (
    CLOSED_STAGES,
    EXPANSION,
    NEW_BUSINESS,
    NEW_KINDS,
    OPEN_STAGES,
    UPSELL_KINDS,
    PipelinePolicy,
)

FACTS = ("account", "opportunity", "moment")
NEW = Q(is_new=True)
GROWTH = Q(is_new=False)
UPSELL = Q(is_upsell=True)
_WORDS = {
    Stage.IDENTIFIED: gettext_noop("Identified"),
    Stage.QUALIFICATION: gettext_noop("Qualification"),
    Stage.NEEDS_ANALYSIS: gettext_noop("Needs analysis"),
    Stage.PROPOSAL: gettext_noop("Proposal"),
    Stage.NEGOTIATION: gettext_noop("Negotiation"),
    Stage.WON: gettext_noop("Won"),
    Stage.LOST: gettext_noop("Lost"),
}


def deals(ask: Ask) -> Any:
    """Every deal known of by the date, with what it was then and what became of it in the twelve months to it."""
    year = (ask.last_year.first, ask.on)
    policy = ask.policy(PipelinePolicy)
    won, lost = (Q(stage=stage, closed_on__range=year) for stage in (Stage.WON, Stage.LOST))
    rows = deals_asked(ask).annotate(
        kind_then=F("kind"),
        is_new=flag(Q(kind__in=NEW_KINDS)),
        is_upsell=flag(Q(kind__in=UPSELL_KINDS)),
        open_then=flag(open_on(ask.on)),
        won_in_year=flag(won),
        lost_in_year=flag(lost),
        stage_then=_stage(ask.on),
        value_then=F("held__value_reporting"),
        expected_then=F("held__expected_close_on"),
        expected_past=flag(Q(held__expected_close_on__lt=ask.on)),
        closed_then=Case(When(closed_on__lte=ask.on, then=F("closed_on"))),
        days_to_close=_days("closed_on", "identified_on"),
        stepped_on=_last_step(ask.on),
    )
    return rows.annotate(
        chance=_chance(policy),
        stalled=flag(_stalled(ask.on, policy)),
        stage_word=Case(*(When(stage_then=s, then=Value(word)) for s, word in _WORDS.items()), default=Value("")),
    )


def deals_asked(ask: Ask) -> Any:
    """Deals of the accounts, owners and product line that were asked for, with the period of the day as `held`.

    The owner, and so the team, is that of the deal on the date; segment, group and country are those of its account.
    """
    rows = Opportunity.objects.visible_to(ask.actor).alias(held=then(ask.on)).filter(known_by(ask.filters), asked(ask))
    return rows.annotate(
        account_name=F("account__name"), owner_name=F("held__owner__name"), unattributed=_unattributed(ask)
    )


def asked(ask: Ask) -> Q:
    filters = ask.filters
    placed = replace(ask, filters=replace(filters, owner=None, team=None))
    narrowed = Q(account__in=accounts_asked(placed)) if narrows_accounts(placed.filters) else Q()
    if filters.owner:
        narrowed &= Q(held__owner=filters.owner)
    if filters.team:
        narrowed &= Q(held__owner__in=owners_of(filters.team))
    if filters.product_line:
        narrowed &= Exists(_lines(filters)) | ~Exists(_placed_lines())
    return narrowed


def owners_of(team: int) -> Any:
    teams = with_parts(set(Team.objects.filter(pk=team).values_list("pk", flat=True)))
    return Owner.objects.filter(Q(team__in=teams) | Q(user__memberships__team__in=teams)).values("pk")


def _placed_lines() -> Any:
    rows = OpportunityLine._base_manager.filter(opportunity=OuterRef("pk"))
    return rows.filter(Q(product__line__isnull=False) | Q(asset__product__line__isnull=False))


def _lines(filters: Filters) -> Any:
    line = filters.product_line
    return _placed_lines().filter(Q(product__line=line) | Q(asset__product__line=line))


def _unattributed(ask: Ask) -> Any:
    """1 for a deal of which no line says a product line, when one was asked for."""
    return one_if(Q(~Exists(_placed_lines()))) if ask.filters.product_line else Value(0)


def open_on(on: date) -> Q:
    """Deals open on a date, over rows that have the period of that day as `held`. Where nobody says when a deal began,
    it began when we learned of it."""
    begun = Q(identified_on__lte=on) | Q(identified_on__isnull=True, known_on__lte=on)
    closed = Q(closed_on__lte=on) | Q(closed_on__isnull=True, stage__in=CLOSED_STAGES)
    decided = Q(held__stage__in=CLOSED_STAGES, held__valid_from__gt=BEGINNING)
    return begun & ~closed & ~decided


def open_deals(on: date, kinds: tuple[str, ...]) -> Any:
    """Ids of the deals of these kinds that were open on the date, whoever asks."""
    rows = Opportunity._base_manager.alias(held=then(on)).filter(open_on(on), kind__in=kinds)
    return rows.values("pk")


def _stage(on: date) -> Case:
    """The open stage of the day, or what was decided by then; empty where nobody knows the stage of an open deal."""
    decided = Q(closed_on__lte=on)
    return Case(
        When(decided, then=F("stage")),
        When(held__stage__in=OPEN_STAGES, then=F("held__stage")),
        default=Value(None),
        output_field=CharField(),
    )


def _days(last: str, first: str) -> Func:
    return Func(last, first, template="(%(expressions)s)", arg_joiner=" - ", output_field=IntegerField())


def _last_step(on: date) -> Greatest:
    """The latest of the creation, the change of stage and the contact about it, up to the date."""
    before = OpportunityPeriod.objects.filter(opportunity=OuterRef("pk"), valid_to__lte=on)
    other = before.exclude(stage=OuterRef("held__stage")).order_by("-valid_from").values("valid_to")[:1]
    return Greatest(Coalesce("identified_on", "known_on"), Subquery(other), Subquery(contacts(on)))


def contacts(on: date) -> Any:
    """The day of the last contact about a deal, up to a date."""
    found = ContactMoment._base_manager.filter(subject_kind="opportunity", subject_id=OuterRef("pk"), on__lte=on)
    return found.order_by("-on").values("on")[:1]


def _chance(policy: PipelinePolicy) -> Case:
    """The share of the stage of the day; empty where that is not known."""
    shares = [
        When(is_new=new, stage_then=stage, then=Value(policy.probability(stage, pipeline), output_field=NUMBER))
        for new, pipeline in ((True, NEW_BUSINESS), (False, EXPANSION))
        for stage in OPEN_STAGES
    ]
    return Case(*shares, default=Value(None), output_field=DecimalField())


def _stalled(on: date, policy: PipelinePolicy) -> Q:
    waits = Q()
    for new, pipeline in ((True, NEW_BUSINESS), (False, EXPANSION)):
        for stage in OPEN_STAGES:
            latest = on - timedelta(days=policy.allowed_days(stage, pipeline))
            waits |= Q(is_new=new, stage_then=stage, stepped_on__lt=Value(latest, output_field=DateField()))
    return Q(open_then=True) & waits


FAMILY = Family(
    key="deals",
    rows=deals,
    subject="opportunity",
    columns=(
        Column("account_name", _("Account")),
        Column("owner_name", _("Owner")),
        Column("stage_word", _("Stage"), "word"),
        Column("value_then", _("Value"), "money"),
        Column("closed_then", _("Closed"), "date"),
    ),
    policies=(PipelinePolicy,),
    left_out=Q(unattributed=1),
    facts=FACTS,
)
