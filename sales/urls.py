from django.urls import path

from sales.views import business_case, delivery, handoff, opening, opportunity, pipeline, winning

app_name = "sales"
urlpatterns = [
    path("pipeline/", pipeline.pipeline, name="pipeline"),
    path("pipeline/new/", opening.opportunity_new, name="opportunity_new"),
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
    path("deliveries/", delivery.deliveries, name="deliveries"),
    path("deliveries/done/", delivery.done, name="deliveries_done"),
    path("deliveries/<int:pk>/", delivery.delivery, name="delivery"),
    path("deliveries/<int:pk>/order/", delivery.order_change, name="delivery_order"),
    path("deliveries/<int:pk>/promise/", delivery.promise_change, name="delivery_promise"),
    path("deliveries/<int:pk>/<slug:step>/done/", delivery.step_done, name="delivery_done"),
    path("deliveries/<int:pk>/<slug:step>/plan/", delivery.step_plan, name="delivery_plan"),
    path("deliveries/<int:pk>/<slug:step>/skip/", delivery.step_skip, name="delivery_skip"),
    path("deliveries/<int:pk>/<slug:step>/back/", delivery.step_back, name="delivery_back"),
    path("handoffs/", handoff.handoffs, name="handoffs"),
    path("handoffs/<int:pk>/", handoff.handoff, name="handoff"),
    path("handoffs/<int:pk>/accept/", handoff.accept, name="handoff_accept"),
    path("handoffs/<int:pk>/return/", handoff.give_back, name="handoff_return"),
    path("handoffs/<int:pk>/recall/", handoff.recall, name="handoff_recall"),
]
