from django.urls import path

from expansion.views import cells, deciding, events, lists, options, rules, signals, tips, upsell, whitespace

app_name = "expansion"
urlpatterns = [
    path("expansion/", signals.signals, name="signals"),
    path("expansion/accounts/<int:pk>/", signals.account_signals, name="account_signals"),
    path("expansion/decide/", deciding.decide, name="decide"),
    path("expansion/events/new/", events.event_new, name="event_new"),
    path("expansion/events/<int:pk>/take-back/", events.event_take_back, name="event_take_back"),
    path("expansion/lists/", lists.hunting, name="lists"),
    path("expansion/lists/file/", lists.hunting_file, name="lists_file"),
    path("expansion/rules/", rules.rules, name="rules"),
    path("expansion/rules/<slug:key>/", rules.rule, name="rule"),
    path("expansion/options/", options.options, name="options"),
    path("expansion/options/new/", options.option_new, name="option_new"),
    path("expansion/options/<int:pk>/", options.option_change, name="option_change"),
    path("expansion/options/on/<int:pk>/<int:option>/fit/", options.fit, name="option_fit"),
    path("expansion/options/on/<int:pk>/<int:option>/take-off/", options.take_off, name="option_take_off"),
    path("expansion/upsell/", upsell.upsell, name="upsell"),
    path("expansion/upsell/<int:pk>/", upsell.upsell_account, name="upsell_account"),
    path("expansion/whitespace/", whitespace.matrix, name="whitespace"),
    path("expansion/whitespace/best/", whitespace.best, name="whitespace_best"),
    path("expansion/whitespace/file/", whitespace.matrix_file, name="whitespace_file"),
    path("expansion/whitespace/<int:pk>/", cells.cell, name="cell"),
    path("expansion/whitespace/<int:pk>/say/", cells.say, name="cell_say"),
    path("expansion/whitespace/<int:pk>/open/", cells.open_deal, name="cell_open"),
    path("expansion/whitespace/answers/<int:pk>/take-back/", cells.take_back, name="cell_take_back"),
    path("tips/", tips.tips, name="tips"),
    path("tips/new/", tips.new_tip, name="new_tip"),
    path("tips/<int:pk>/", tips.tip, name="tip"),
    path("tips/<int:pk>/answer/", tips.answer, name="answer_tip"),
    path("tips/<int:pk>/photo/", tips.photo, name="tip_photo"),
]
