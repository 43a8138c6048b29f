from django.urls import path

from health.views import alerts, draft, judging, lab, survey_answer, survey_follow, survey_list, survey_send, trying

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
    path("accounts/<int:pk>/judgement/", judging.judgement_new, name="judgement_new"),
    path("judgements/<int:pk>/withdraw/", judging.judgement_withdraw, name="judgement_withdraw"),
    path("health/lab/", lab.lab, name="lab"),
    path("health/lab/versions/<int:number>/", lab.version_back, name="version_back"),
    path("health/lab/<int:pk>/", draft.draft, name="draft"),
    path("health/lab/<int:pk>/publish/", draft.draft_publish, name="draft_publish"),
    path("health/lab/<int:pk>/discard/", draft.draft_discard, name="draft_discard"),
    path("health/lab/<int:pk>/account/", trying.draft_account, name="draft_account"),
    path("health/lab/<int:pk>/backtest/", trying.draft_backtest, name="draft_backtest"),
]
