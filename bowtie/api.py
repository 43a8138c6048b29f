"""The API's addresses: every room's `api.py` under one router."""

from django.urls import URLPattern, URLResolver, path, re_path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from bowtie.reference import Reference
from core.api.preferences import Preferences
from core.api.reading import ApiView
from dashboards.api import MetricHistory, MetricRows, Metrics, OneMetric
from dashboards.bowtie.api import AgreedSteps, Reviews
from dashboards.papers.api import PageSubscriptions
from dashboards.plans.api import PlanReviewAccounts, PlanReviews
from dashboards.targets.api import FigureTargets
from expansion.api import (
    AccountPlans,
    CellAnswers,
    PlanActions,
    Referrals,
    ReplacementWave,
    SignalKinds,
    Signals,
    Tips,
    Whitespace,
)
from health.api import (
    AccountHealth,
    Accounts,
    Alerts,
    Answers,
    DraftPreview,
    Invitations,
    Judgements,
    Onboardings,
    Rescues,
    ScoreDrafts,
    Segments,
)
from installed_base.api import (
    AccountEvents,
    Assets,
    Contracts,
    Moments,
    PartsStatements,
    Promises,
    Readings,
    ResultCalculator,
    Results,
    Tickets,
    Trainings,
    UpgradeOptions,
    Visits,
)
from playbooks.api import Notes, Tasks
from playbooks.qbr.api import QbrActions, Qbrs
from renewals.api import RenewalHorizon, RenewalQuotes, Renewals, RenewalValue
from sales.api import (
    BookingTargets,
    BusinessCases,
    Deliveries,
    Handoffs,
    Leads,
    LeadSources,
    Opportunities,
    SpendEntries,
    Touches,
)


@extend_schema(exclude=True)
class Nowhere(ApiView, APIView):
    """An address that is not there is a problem like any other."""

    authentication_classes = ()
    permission_classes = ()

    def handle(self, request: Request) -> Response:
        raise NotFound

    get = head = post = put = patch = delete = handle


router = SimpleRouter()
router.register("accounts", Accounts, basename="account")
router.register("assets", Assets, basename="asset")
router.register("contracts", Contracts, basename="contract")
router.register("tickets", Tickets, basename="ticket")
router.register("visits", Visits, basename="visit")
router.register("readings", Readings, basename="reading")
router.register("moments", Moments, basename=Moments.noun)
router.register("promises", Promises, basename=Promises.noun)
router.register("parts-statements", PartsStatements, basename=PartsStatements.noun)
router.register("trainings", Trainings, basename=Trainings.noun)
router.register("upgrade-options", UpgradeOptions, basename=UpgradeOptions.noun)
router.register("results", Results, basename=Results.noun)
router.register("onboardings", Onboardings, basename=Onboardings.noun)
router.register("account-events", AccountEvents, basename=AccountEvents.noun)
router.register("answers", Answers, basename="answer")
router.register("alerts", Alerts, basename=Alerts.noun)
router.register("survey-invitations", Invitations, basename=Invitations.noun)
router.register("judgements", Judgements, basename=Judgements.noun)
router.register("score-drafts", ScoreDrafts, basename=ScoreDrafts.noun)
router.register("rescues", Rescues, basename=Rescues.noun)
router.register("segments", Segments, basename=Segments.noun)
router.register("renewals", Renewals, basename=Renewals.noun)
router.register("renewal-quotes", RenewalQuotes, basename=RenewalQuotes.noun)
router.register("tasks", Tasks, basename=Tasks.noun)
router.register("notes", Notes, basename=Notes.noun)
router.register("qbrs", Qbrs, basename=Qbrs.noun)
router.register("qbr-actions", QbrActions, basename=QbrActions.noun)
router.register("signals", Signals, basename=Signals.noun)
router.register("tips", Tips, basename=Tips.noun)
router.register("whitespace", Whitespace, basename="whitespace")
router.register("cell-answers", CellAnswers, basename=CellAnswers.noun)
router.register("account-plans", AccountPlans, basename=AccountPlans.noun)
router.register("plan-actions", PlanActions, basename=PlanActions.noun)
router.register("referrals", Referrals, basename=Referrals.noun)
router.register("leads", Leads, basename=Leads.noun)
router.register("touches", Touches, basename=Touches.noun)
router.register("lead-sources", LeadSources, basename=LeadSources.noun)
router.register("opportunities", Opportunities, basename=Opportunities.noun)
router.register("business-cases", BusinessCases, basename=BusinessCases.noun)
router.register("deliveries", Deliveries, basename=Deliveries.noun)
router.register("reviews", Reviews, basename=Reviews.noun)
router.register("agreed-steps", AgreedSteps, basename=AgreedSteps.noun)
router.register("plan-reviews", PlanReviews, basename=PlanReviews.noun)
router.register("plan-review-accounts", PlanReviewAccounts, basename=PlanReviewAccounts.noun)
router.register("page-subscriptions", PageSubscriptions, basename=PageSubscriptions.noun)
router.register("targets", BookingTargets, basename=BookingTargets.noun)
router.register("figure-targets", FigureTargets, basename=FigureTargets.noun)
router.register("handoffs", Handoffs, basename=Handoffs.noun)
router.register("spend", SpendEntries, basename=SpendEntries.noun)

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("accounts/<int:id>/health/", AccountHealth.as_view(), name="account-health"),
    path("score-drafts/<int:id>/preview/", DraftPreview.as_view(), name="score-draft-preview"),
    path("renewals/<int:id>/value/", RenewalValue.as_view(), name="renewal-value"),
    path("result-calculator/", ResultCalculator.as_view(), name="result-calculator"),
    path("renewal-horizon/", RenewalHorizon.as_view(), name="renewal-horizon"),
    path("replacement-wave/", ReplacementWave.as_view(), name="replacement-wave"),
    path("signal-kinds/", SignalKinds.as_view(), name="signal-kinds"),
    path("metrics/", Metrics.as_view(), name="metrics"),
    path("metrics/<slug:key>/", OneMetric.as_view(), name="metric"),
    path("metrics/<slug:key>/rows/", MetricRows.as_view(), name="metric-rows"),
    path("metrics/<slug:key>/history/", MetricHistory.as_view(), name="metric-history"),
    path("preferences/", Preferences.as_view(), name="preferences"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", Reference.as_view(), name="docs"),
    re_path("", Nowhere.as_view()),
]
