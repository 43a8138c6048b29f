"""How complete the record of the machines is: what is filled in, over what should be (IB-02)."""

from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics.asof import account_then, known_by, one_if
from installed_base.metrics.machines import machines_asked
from installed_base.models import AssetPeriod, Contact
from installed_base.models.assets import Precision

# What every machine in service should have, and how a part names its lack.
REQUIRED = (
    ("has_account", _("Without account")),
    ("has_site", _("Without site")),
    ("has_product", _("Without product")),
    ("has_serial", _("Without serial number")),
    ("has_configuration", _("Without configuration")),
    ("has_day", _("Without a day of installation")),
    ("has_contact", _("Without a person at the customer")),
)


def records(ask: Ask) -> Any:
    """Machines in service with what is known of each as of the date; `filled` counts it."""
    period = AssetPeriod._base_manager.filter(asset=OuterRef("pk"), valid_from__lte=ask.on).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=ask.on)
    )
    known = Contact._base_manager.filter(known_by(ask.filters), account=OuterRef("held__account_id"))
    rows = machines_asked(ask).annotate(
        has_account=one_if(Q(held__account__isnull=False)),
        has_site=one_if(Q(held__site__isnull=False)),
        has_product=one_if(Q(product__isnull=False)),
        has_serial=one_if(~Q(serial="")),
        has_configuration=one_if(Q(Exists(period.exclude(configuration={})))),
        has_day=one_if(Q(installed_on__lte=ask.on, installed_precision=Precision.DAY)),
        has_contact=one_if(Q(Exists(known))),
    )
    return rows.annotate(filled=sum((F(name) for name, _label in REQUIRED[1:]), F(REQUIRED[0][0]))).annotate(
        required=Value(len(REQUIRED)), account_name=Subquery(account_then(ask.on))
    )


FAMILY = Family(
    key="records",
    rows=records,
    subject="asset",
    columns=(Column("account_name", _("Account")),),
    left_out=Q(unattributed=1),
    placed_at="held__account_id",
    facts=("account", "asset", "contact"),
)

METRICS = (
    Metric(
        key="data_completeness",
        name=_("Completeness of the base"),
        definition=_(
            "Of the machines in service: what is filled in, over what should be. Each should have an account, a site, a"
            " product, a serial number, a configuration, a day of installation (a year alone is not one), and a person"
            " at the customer."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.BASE,
        family=FAMILY,
        numerator=F("filled"),
        denominator=F("required"),
        parts=tuple(Part(name.replace("has_", "no_"), label, Q(**{name: 0})) for name, label in REQUIRED),
        target=Target(Aim.AT_LEAST, Decimal(1)),
        nothing=_("No machines were in service."),
    ),
)
