from django.urls import path

from health.views import alerts, survey_answer, survey_follow, survey_list, survey_send

app_name = "health"
urlpatterns = [
    path("alerts/<int:pk>/snooze/", alerts.alert_snooze, name="alert_snooze"),
    path("alerts/<int:pk>/close/", alerts.alert_close, name="alert_close"),
    path("alerts/<int:pk>/task/", alerts.alert_task, name="alert_task"),
    path("health/surveys/", survey_list.answers, name="surveys"),
    path("health/surveys/sent/", survey_list.sent, name="surveys_sent"),
    path("health/surveys/send/", survey_send.send, name="survey_send"),
    path("health/surveys/answers/<int:pk>/", survey_follow.answer, name="answer"),
    path("survey/<str:token>/", survey_answer.answer, name="survey_answer"),
    path("survey/<str:token>/thanks/", survey_answer.thanks, name="survey_thanks"),
    path("survey/<str:token>/stop/", survey_answer.stop, name="survey_stop"),
]
