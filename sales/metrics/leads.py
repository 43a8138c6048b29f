"""Stage 1 of the bowtie: how many leads came, how good they are, where from, and what became of them (LG-01..05)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, Subquery, Value, When
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.calendar import add_months
from core.metrics import Aim, Ask, Column, Family, Filters, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics.asof import accounts_asked, flag, known_by, narrows_accounts, one_if
from sales.metrics.deals import owners_of
from sales.models import Channel, DropReason, Lead, LeadState
from sales.queries.fit import NOBODY_KNOWS, with_fit
from sales.rules.icp import CRITERIA, IcpPolicy
from sales.words.lead import CRITERION_LABELS

# From how many days on a lead has had its time to become an opportunity.
RIPE_DAYS = 90
MONTHS = 12
NO_LEADS = _("No lead was created in the window.")


def leads(ask: Ask) -> Any:
    """Leads created in the twelve months to the date, with what they answer to the profile and what they became by it.

    `back` is how many months before the date a lead came; `largest` marks those of the source that brought most.
    """
    rows = _asked_for(ask)
    became = Q(state=LeadState.CONVERTED, closed_on__lte=ask.on)
    dropped = Q(state=LeadState.DROPPED, closed_on__lte=ask.on)
    rows = with_fit(rows, ask.policy(IcpPolicy)).annotate(
        source_name=F("lead_source__name"),
        channel=F("lead_source__channel"),
        owner_name=F("owner__name"),
        sourced=flag(Q(lead_source__isnull=False)),
        back=_months_back(ask.on),
        became=flag(became),
        became_on=Case(When(became, then=F("closed_on"))),
        stopped=flag(dropped),
        why=Case(When(dropped, then=F("dropped_because")), default=Value("")),
        ripe=flag(Q(created_on__lt=ask.on - timedelta(days=RIPE_DAYS))),
        largest=flag(Q(lead_source=Subquery(_largest_source(ask)))),
    )
    unasked = {f"met_{name}": NOBODY_KNOWS for name in CRITERIA if name not in ask.policy(IcpPolicy).asked}
    return rows.annotate(**unasked)


def _asked_for(ask: Ask) -> Any:
    """The leads of the window that the filters may mean; `unattributed` is 1 for those of which nobody can say."""
    rows = Lead.objects.visible_to(ask.actor).filter(
        known_by(ask.filters), _asked(ask), created_on__range=(ask.last_year.first, ask.on)
    )
    return rows.annotate(unattributed=one_if(_unplaced(ask.filters)))


def _asked(ask: Ask) -> Q:
    """The account of a lead says where it stands; without one, the lead itself does, as far as it can."""
    narrowed = Q()
    if narrows_accounts(ask.filters):
        narrowed &= Q(account__in=accounts_asked(ask)) | _of_no_account(ask.filters)
    if ask.filters.product_line:
        narrowed &= Q(interest__line=ask.filters.product_line) | Q(interest__line__isnull=True)
    return narrowed


def _of_no_account(filters: Filters) -> Q:
    """Leads of companies that are no account yet: by their own owner and country. None of them is of an account."""
    found = Q(account__isnull=True)
    if filters.account or filters.group:
        found &= Q(pk__in=[])
    if filters.owner:
        found &= Q(owner=filters.owner)
    if filters.team:
        found &= Q(owner__in=owners_of(filters.team))
    if filters.country:
        found &= Q(country__in=(filters.country, ""))
    return found


def _unplaced(filters: Filters) -> Q:
    """Leads of which nobody can say whether a filter means them: no account has no segment, some name no country."""
    found = Q(pk__in=[])
    if filters.segment:
        found |= Q(account__isnull=True)
    if filters.country:
        found |= Q(account__isnull=True, country="")
    if filters.product_line:
        found |= Q(interest__line__isnull=True)
    return found


def _months_back(on: date) -> Case:
    """0 in the month to the date, 1 in the one before it; counted from the date itself."""
    whens = [When(created_on__gt=add_months(on, -(back + 1)), then=Value(back)) for back in range(MONTHS)]
    return Case(*whens, default=Value(None), output_field=IntegerField())


def _largest_source(ask: Ask) -> Any:
    """The source with most of these leads; of several, the one that was there first."""
    rows = _asked_for(ask).filter(unattributed=0, lead_source__isnull=False)
    return (
        rows.order_by()
        .values("lead_source")
        .annotate(n=Count("pk"))
        .order_by("-n", "lead_source")
        .values("lead_source")[:1]
    )


FAMILY = Family(
    key="leads",
    rows=leads,
    subject="lead",
    columns=(
        Column("created_on", _("Created"), "date"),
        Column("source_name", _("Source")),
        Column("owner_name", _("Owner")),
        Column("became_on", _("Became a deal"), "date"),
    ),
    policies=(IcpPolicy,),
    left_out=Q(unattributed=1),
    facts=("account", "lead", "lead_source"),
)


def _metric(key: str, name: Any, definition: Any, **more: Any) -> Metric:
    defaults: dict[str, Any] = {
        "shape": Shape.RATIO,
        "unit": Unit.RATIO,
        "stage": Stage.LEAD_GENERATION,
        "family": FAMILY,
        "denominator": Value(1),
        "nothing": NO_LEADS,
        "window_months": 12,
    }
    return Metric(key=key, name=name, definition=definition, **(defaults | more))


def _monthly() -> tuple[Part, ...]:
    """One part a month, the latest first."""
    named = [_("In the month to the date"), _("A month before")]
    named += [format_lazy(_("{n} months before"), n=back) for back in range(2, MONTHS)]
    return tuple(Part(f"back_{back:02}", name, Q(back=back)) for back, name in enumerate(named))


def _by_channel() -> tuple[Part, ...]:
    found = tuple(Part(f"channel_{c.value}", c.label, Q(channel=c.value)) for c in Channel)
    return (*found, Part("channel_none", _("Of no source"), Q(sourced=False)))


def _by_reason() -> tuple[Part, ...]:
    """Why leads were dropped."""
    return tuple(
        Part(f"dropped_{r.value}", format_lazy(_("Dropped: {why}"), why=r.label), Q(why=r.value)) for r in DropReason
    )


def _failing() -> tuple[Part, ...]:
    """How many leads fail each criterion that the profile may ask."""
    return tuple(
        Part(f"not_{name}", format_lazy(_("Does not fit: {name}"), name=label), Q(**{f"met_{name}": 0}))
        for name, label in CRITERION_LABELS.items()
    )


METRICS = (
    _metric(
        "lead_quality",
        _("Lead quality"),
        _(
            "Leads created in the twelve months to the date that meet every criterion of the profile of the ideal"
            " customer, as the policy of that day has it, over all of which that can be said. One that fails a"
            " criterion does not fit, whatever else is unknown; one that fails none and leaves one open is unknown."
        ),
        numerator=F("fits"),
        unknown=Q(fits__isnull=True),
        target=Target(Aim.ABOVE, Decimal("0.60")),
        parts=(Part("fits", _("Meet the profile"), Q(fits=1)), *_failing()),
        columns=(
            Column("created_on", _("Created"), "date"),
            Column("source_name", _("Source")),
            Column("country", _("Country")),
            Column("industry", _("Industry")),
            Column("employees", _("Employees"), "count"),
            Column("machines", _("Machines they run"), "count"),
        ),
    ),
    _metric(
        "lead_volume",
        _("Leads"),
        _(
            "Leads created in the twelve months to the date, whatever became of them. The parts give them month by"
            " month, counted back from the date, and by the channel of their source."
        ),
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        denominator=None,
        parts=(
            Part("became", _("Became an opportunity"), Q(became=True)),
            Part("stopped", _("Dropped"), Q(stopped=True)),
            *_by_reason(),
            *_by_channel(),
            *_monthly(),
        ),
    ),
    _metric(
        "lead_conversion",
        _("Lead to opportunity"),
        _(
            "Leads created in the twelve months to the date that became an opportunity on or before it, over all of"
            " them. Those of the last 90 days have hardly had their time: the parts give the older ones alone."
        ),
        numerator=one_if(Q(became=True)),
        target=Target(Aim.RISING),
        parts=(
            Part("ripe_became", _("Older than 90 days, and became one"), Q(ripe=True, became=True)),
            Part("ripe", _("Older than 90 days"), Q(ripe=True)),
            Part("stopped", _("Dropped"), Q(stopped=True)),
        ),
    ),
    _metric(
        "source_concentration",
        _("Largest source"),
        _(
            "Leads created in the twelve months to the date that came from the source with most of them, over all of"
            " which a source is known. The others are unknown."
        ),
        numerator=one_if(Q(largest=True)),
        unknown=Q(sourced=False),
        target=Target(Aim.BELOW, Decimal("0.40")),
        parts=_by_channel()[:-1],
    ),
)
