from django.apps import AppConfig
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import policies, subjects
from core.subjects import Subject
from sales.rules import PipelinePolicy
from sales.rules.dealer import DealerPolicy
from sales.rules.handoff import HandoffPolicy
from sales.rules.icp import IcpPolicy
from sales.rules.lead import LeadPolicy
from sales.rules.winning import WinningPolicy


class SalesConfig(AppConfig):
    name = "sales"

    def ready(self) -> None:
        # They read models, which are not loaded yet when this file is.
        from core import metrics
        from sales import imports
        from sales.metrics import METRICS
        from sales.metrics.targets import owners_who_sell

        imports.register_kinds()
        metrics.register(*METRICS)
        metrics.register_owners(owners_who_sell)
        policies.register(PipelinePolicy)
        policies.register(HandoffPolicy)
        policies.register(IcpPolicy)
        policies.register(LeadPolicy)
        policies.register(DealerPolicy)
        policies.register(WinningPolicy)
        subjects.register(
            Subject("spend", "sales.Spend", _("Spend"), "sales:spend_entry", title=lambda row: row.month_words)
        )
        subjects.register(
            Subject(
                "handoff",
                "sales.Handoff",
                _("Handoff"),
                "sales:handoff",
                title=lambda row: f"{row.get_direction_display()} · {row.opportunity}",
                select_related=("opportunity", "account"),
            )
        )
        subjects.register(Subject("target_owner", "core.Owner", _("Owner"), "sales:targets_of"))
        subjects.register(
            Subject(
                "delivery",
                "installed_base.MachineOrder",
                _("Delivery"),
                "sales:delivery",
                title=lambda row: f"{row.asset.product or ''} {row.asset} · {row.asset.account}".strip(),
                search=lambda text: Q(number__istartswith=text),
                select_related=("asset__product", "asset__account"),
            )
        )
        subjects.register(
            Subject(
                "opportunity",
                "sales.Opportunity",
                _("Opportunity"),
                "sales:opportunity",
                search=lambda text: Q(name__istartswith=text) | Q(name__icontains=f" {text}"),
                select_related=("account",),
            )
        )
        subjects.register(
            Subject(
                "lead",
                "sales.Lead",
                _("Lead"),
                "sales:lead",
                search=lambda text: Q(company__istartswith=text) | Q(company__icontains=f" {text}"),
                select_related=("account",),
            )
        )
