from django.urls import path

from sales.views import business_case, handoff, opening, opportunity, pipeline, targets, winning

app_name = "sales"
urlpatterns = [
    path("pipeline/", pipeline.pipeline, name="pipeline"),
    path("pipeline/new/", opening.opportunity_new, name="opportunity_new"),
    path("pipeline/targets/", targets.targets, name="targets"),
    path("pipeline/targets/set/", targets.target_set, name="target_set"),
    path("pipeline/targets/<int:pk>/", targets.targets_of, name="targets_of"),
    path("pipeline/<int:pk>/", opportunity.opportunity, name="opportunity"),
    path("pipeline/<int:pk>/stage/", opportunity.opportunity_stage, name="opportunity_stage"),
    path("pipeline/<int:pk>/change/", opportunity.opportunity_change, name="opportunity_change"),
    path("pipeline/<int:pk>/lines/", opening.opportunity_lines, name="opportunity_lines"),
    path("pipeline/<int:pk>/close/", opportunity.opportunity_close, name="opportunity_close"),
    path("pipeline/<int:pk>/reopen/", opportunity.opportunity_reopen, name="opportunity_reopen"),
    path("pipeline/<int:pk>/credit/", opening.opportunity_credit, name="opportunity_credit"),
    path("pipeline/<int:pk>/won/", winning.won, name="won"),
    path("pipeline/<int:pk>/installed/<int:asset>/", winning.installed, name="installed"),
    path("pipeline/<int:pk>/case/", business_case.case, name="business_case"),
    path("pipeline/<int:pk>/handoff/", handoff.give, name="handoff_give"),
    path("handoffs/", handoff.handoffs, name="handoffs"),
    path("handoffs/<int:pk>/", handoff.handoff, name="handoff"),
    path("handoffs/<int:pk>/accept/", handoff.accept, name="handoff_accept"),
    path("handoffs/<int:pk>/return/", handoff.give_back, name="handoff_return"),
    path("handoffs/<int:pk>/recall/", handoff.recall, name="handoff_recall"),
]
