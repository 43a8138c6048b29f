from django.urls import path

from sales.views import opening, opportunity, pipeline

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
]
