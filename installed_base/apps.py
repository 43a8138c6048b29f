from typing import Any

from django.apps import AppConfig
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import policies, subjects
from core.subjects import Subject
from installed_base.rules import AgePolicy, CustomerPolicy
from installed_base.rules.attention import AttentionPolicy
from installed_base.rules.delivery import DeliveryPolicy
from installed_base.rules.options import OptionsPolicy
from installed_base.rules.parts import PartsPolicy


class InstalledBaseConfig(AppConfig):
    name = "installed_base"

    def ready(self) -> None:
        # Metrics read models, which are not loaded yet when this file is.
        from core import metrics
        from installed_base.metrics import DIMENSIONS, METRICS
        from installed_base.metrics.asof import held, places
        from installed_base.models import Account

        metrics.register(*METRICS)
        metrics.register_dimensions(*DIMENSIONS)
        metrics.register_places(places)
        metrics.register_accounts(metrics.Accounts(seen=Account.objects.visible_to, held=held))
        from installed_base import imports

        imports.register_kinds()
        policies.register(AgePolicy)
        policies.register(CustomerPolicy)
        policies.register(PartsPolicy)
        policies.register(AttentionPolicy)
        policies.register(OptionsPolicy)
        policies.register(DeliveryPolicy)
        subjects.register(
            Subject("account", "installed_base.Account", _("Account"), "dashboards:account", search=_name_begins)
        )
        subjects.register(
            Subject(
                "asset",
                "installed_base.Asset",
                _("Machine"),
                "dashboards:asset",
                search=lambda text: Q(serial__istartswith=text) | Q(name__istartswith=text),
                select_related=("account", "product"),
            )
        )
        subjects.register(
            Subject(
                "contract",
                "installed_base.Contract",
                _("Contract"),
                search=lambda text: Q(number__istartswith=text),
                select_related=("account",),
            )
        )
        subjects.register(
            Subject("term", "installed_base.Term", _("Term"), select_related=("contract", "contract__account"))
        )
        subjects.register(Subject("ticket", "installed_base.Ticket", _("Ticket"), select_related=("account",)))
        subjects.register(Subject("promise", "installed_base.Promise", _("Promise"), select_related=("account",)))
        subjects.register(
            Subject("training", "installed_base.Training", _("Training"), select_related=("account", "asset__product"))
        )
        subjects.register(
            Subject(
                "account_event", "installed_base.AccountEvent", _("Event at a customer"), select_related=("account",)
            )
        )
        subjects.register(Subject("ledger_entry", "installed_base.LedgerEntry", _("Ledger row"), title=_invoice))
        subjects.register(
            Subject(
                "contact",
                "installed_base.Contact",
                _("Person"),
                search=_name_begins,
                select_related=("account",),
                names_people=True,
            )
        )


def _name_begins(text: str) -> Q:
    return Q(name__istartswith=text) | Q(name__icontains=f" {text}")


def _invoice(entry: Any) -> str:
    return f"{entry.get_stream_display()} {entry.order_reference or entry.external_id} {entry.on:%Y-%m-%d}".replace(
        "  ", " "
    )
