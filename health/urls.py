from django.urls import path

from health import views

app_name = "health"
urlpatterns = [
    path("alerts/<int:pk>/snooze/", views.alert_snooze, name="alert_snooze"),
    path("alerts/<int:pk>/close/", views.alert_close, name="alert_close"),
    path("alerts/<int:pk>/task/", views.alert_task, name="alert_task"),
]
