from django.urls import path

from sales.views import opportunity as views

app_name = "sales"
urlpatterns = [
    path("pipeline/", views.pipeline, name="pipeline"),
    path("pipeline/<int:pk>/", views.opportunity, name="opportunity"),
    path("pipeline/<int:pk>/stage/", views.opportunity_stage, name="opportunity_stage"),
    path("pipeline/<int:pk>/change/", views.opportunity_change, name="opportunity_change"),
    path("pipeline/<int:pk>/close/", views.opportunity_close, name="opportunity_close"),
    path("pipeline/<int:pk>/reopen/", views.opportunity_reopen, name="opportunity_reopen"),
]
