from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import policies, subjects
from core.subjects import Subject
from expansion.rules.plan import PlanPolicy
from expansion.rules.referral import ReferralPolicy
from expansion.rules.tip import TipPolicy
from expansion.rules.upsell import UpsellPolicy
from expansion.rules.whitespace import WhitespacePolicy


class ExpansionConfig(AppConfig):
    name = "expansion"

    def ready(self) -> None:
        # They read models, which are not loaded yet when this file is.
        from core import metrics
        from expansion.chances import CHANCES
        from expansion.metrics import METRICS

        metrics.register(*METRICS)
        for policy in (TipPolicy, WhitespacePolicy, UpsellPolicy, PlanPolicy, ReferralPolicy):
            policies.register(policy)
        for chance in CHANCES:
            policies.register(chance.policy)
        subjects.register(
            Subject(
                "signal",
                "expansion.Signal",
                _("Signal"),
                title=lambda signal: f"{signal.get_kind_display()} · {signal.asset or signal.account}",
                select_related=("account", "asset"),
            )
        )
        subjects.register(
            Subject(
                "tip",
                "expansion.Tip",
                _("Tip"),
                "expansion:tip",
                title=lambda tip: f"{tip.account} · {tip.get_kind_display()}",
                select_related=("account",),
            )
        )
        subjects.register(
            Subject(
                "cell_answer",
                "expansion.CellAnswer",
                _("Answer about a cell"),
                title=lambda answer: f"{answer.account} · {answer.get_state_display()}",
                select_related=("account",),
            )
        )
        subjects.register(
            Subject(
                "account_plan",
                "expansion.AccountPlan",
                _("Account plan"),
                "dashboards:plan",
                title=str,
                select_related=("account",),
            )
        )
        subjects.register(
            Subject(
                "referral",
                "expansion.Referral",
                _("Referral"),
                "expansion:referral",
                title=lambda referral: f"{referral.account} · {referral}",
                select_related=("account",),
            )
        )
