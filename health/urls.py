from django.urls import path

from health.views import alert_list, alerts, load, rescues, segments

app_name = "health"
urlpatterns = [
    path("health/alerts/", alert_list.alerts, name="alerts"),
    path("health/alerts/act/", alert_list.act, name="alerts_act"),
    path("alerts/<int:pk>/snooze/", alerts.alert_snooze, name="alert_snooze"),
    path("alerts/<int:pk>/close/", alerts.alert_close, name="alert_close"),
    path("alerts/<int:pk>/task/", alerts.alert_task, name="alert_task"),
    path("customers/segments/", segments.segments, name="segments"),
    path("customers/segments/apply/", segments.apply, name="segments_apply"),
    path("customers/<int:pk>/segment/", segments.choose, name="segment_choose"),
    path("customers/<int:pk>/strategic/", segments.strategic, name="strategic"),
    path("customers/load/", load.load, name="load"),
    path("customers/load/<int:pk>/", load.owner, name="load_owner"),
    path("customers/load/move/", load.move, name="load_move"),
    path("customers/load/undo/", load.undo, name="load_undo"),
    path("spells/<int:pk>/", rescues.spell, name="spell"),
    path("rescues/", rescues.rescues, name="rescues"),
    path("rescues/start/", rescues.start, name="rescue_start"),
    path("rescues/<int:pk>/", rescues.rescue, name="rescue"),
    path("rescues/<int:pk>/cause/", rescues.cause, name="rescue_cause"),
    path("rescues/<int:pk>/sponsor/", rescues.sponsor, name="rescue_sponsor"),
    path("rescues/<int:pk>/actions/", rescues.action, name="rescue_action"),
    path("rescues/<int:pk>/conclude/", rescues.end, name="rescue_end"),
    path("rescues/<int:pk>/take-back/", rescues.undo, name="rescue_undo"),
]
