"""Operators who were to be trained, and those who were (AD-08)."""

from decimal import Decimal
from typing import Any

from django.db.models import Case, F, IntegerField, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Shape, Stage, Target, Unit
from installed_base.metrics.asof import accounts_asked, flag, known_by, narrows_accounts, unplaced
from installed_base.models import Asset, Training


def trainings(ask: Ask) -> Any:
    """Who was to be trained on machines that went live in the twelve months to the date; one row may be several."""
    year = ask.last_year
    live = Asset._base_manager.filter(went_live_on__range=(year.first, year.last))
    rows = Training.objects.visible_to(ask.actor).asked(ask.on)
    rows = rows.filter(known_by(ask.filters), _asked(ask), asset__in=live.values("pk"))
    done = Q(trained_on__lte=ask.on)
    return rows.annotate(
        done=flag(done),
        account_name=F("account__name"),
        unattributed=unplaced(ask, "asset__product__line"),
    )


def _asked(ask: Ask) -> Q:
    narrowed = Q(account__in=accounts_asked(ask)) if narrows_accounts(ask.filters) else Q()
    if ask.filters.product_line:
        narrowed &= Q(asset__product__line=ask.filters.product_line) | Q(asset__product__line__isnull=True)
    return narrowed


FAMILY = Family(
    key="trainings",
    rows=trainings,
    subject="training",
    link="asset",
    link_id="asset_id",
    columns=(
        Column("account_name", _("Account")),
        Column("people", _("People"), "count"),
        Column("done", _("Trained"), "yes"),
    ),
    left_out=Q(unattributed=1),
    placed_at="account_id",
    facts=("account", "asset", "contact", "training"),
)

METRICS = (
    Metric(
        key="training_completion",
        name=_("Training"),
        definition=_(
            "Machines that went live in the twelve months to the date: operators who were trained by then, over all who"
            " were to be trained. Who left their company untrained is not counted."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.ADOPTION,
        family=FAMILY,
        numerator=Case(When(done=True, then=F("people")), default=Value(0), output_field=IntegerField()),
        denominator=F("people"),
        target=Target(Aim.AT_LEAST, Decimal(1)),
        nothing=_("Nobody was to be trained on a machine that went live in the window."),
        window_months=12,
    ),
)
