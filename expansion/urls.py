from django.urls import path

from expansion.views import signals, tips

app_name = "expansion"
urlpatterns = [
    path("expansion/", signals.signals, name="signals"),
    path("expansion/accounts/<int:pk>/", signals.account_signals, name="account_signals"),
    path("expansion/decide/", signals.decide, name="decide"),
    path("tips/", tips.tips, name="tips"),
    path("tips/new/", tips.new_tip, name="new_tip"),
    path("tips/<int:pk>/", tips.tip, name="tip"),
    path("tips/<int:pk>/answer/", tips.answer, name="answer_tip"),
    path("tips/<int:pk>/photo/", tips.photo, name="tip_photo"),
]
