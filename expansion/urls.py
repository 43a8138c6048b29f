from django.urls import path

from expansion.views import deciding, events, lists, rules, signals, tips, wave, wearing

app_name = "expansion"
urlpatterns = [
    path("expansion/", signals.signals, name="signals"),
    path("expansion/accounts/<int:pk>/", signals.account_signals, name="account_signals"),
    path("expansion/decide/", deciding.decide, name="decide"),
    path("expansion/events/new/", events.event_new, name="event_new"),
    path("expansion/events/<int:pk>/take-back/", events.event_take_back, name="event_take_back"),
    path("expansion/lists/", lists.hunting, name="lists"),
    path("expansion/lists/wear/", wearing.wear, name="wear"),
    path("expansion/lists/wear/file/", wearing.wear_file, name="wear_file"),
    path("expansion/lists/file/", lists.hunting_file, name="lists_file"),
    path("expansion/wave/", wave.wave, name="wave"),
    path("expansion/wave/file/", wave.wave_file, name="wave_file"),
    path("expansion/wave/<slug:key>/", wave.part, name="wave_rows"),
    path("expansion/rules/", rules.rules, name="rules"),
    path("expansion/rules/<slug:key>/", rules.rule, name="rule"),
    path("tips/", tips.tips, name="tips"),
    path("tips/new/", tips.new_tip, name="new_tip"),
    path("tips/<int:pk>/", tips.tip, name="tip"),
    path("tips/<int:pk>/answer/", tips.answer, name="answer_tip"),
    path("tips/<int:pk>/photo/", tips.photo, name="tip_photo"),
]
