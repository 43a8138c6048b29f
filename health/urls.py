from django.urls import path

from health.views import alert_list, alerts, rescues

app_name = "health"
urlpatterns = [
    path("health/alerts/", alert_list.alerts, name="alerts"),
    path("health/alerts/act/", alert_list.act, name="alerts_act"),
    path("alerts/<int:pk>/snooze/", alerts.alert_snooze, name="alert_snooze"),
    path("alerts/<int:pk>/close/", alerts.alert_close, name="alert_close"),
    path("alerts/<int:pk>/task/", alerts.alert_task, name="alert_task"),
    path("rescues/", rescues.rescues, name="rescues"),
    path("rescues/start/", rescues.start, name="rescue_start"),
    path("rescues/<int:pk>/", rescues.rescue, name="rescue"),
    path("rescues/<int:pk>/cause/", rescues.cause, name="rescue_cause"),
    path("rescues/<int:pk>/sponsor/", rescues.sponsor, name="rescue_sponsor"),
    path("rescues/<int:pk>/actions/", rescues.action, name="rescue_action"),
    path("rescues/<int:pk>/conclude/", rescues.end, name="rescue_end"),
    path("rescues/<int:pk>/take-back/", rescues.undo, name="rescue_undo"),
]
