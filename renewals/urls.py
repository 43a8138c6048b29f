from django.urls import path

from renewals.views import acting, calendar, deciding, feed, load, queue, quotes, renewal, saving, value

app_name = "renewals"
urlpatterns = [
    path("renewals/", queue.queue, name="queue"),
    path("renewals/export/", queue.export, name="export"),
    path("renewals/calendar/", calendar.calendar, name="calendar"),
    path("renewals/calendar/<slug:month>/", calendar.month, name="month"),
    path("renewals/load/", load.load, name="load"),
    path("renewals/feed/", feed.feed, name="feed"),
    path("renewals/feed/revoke/", feed.revoke, name="revoke_feed"),
    path("feeds/renewals/<str:token>.ics", feed.ics, name="ics"),
    path("renewals/views/new/", saving.new_view, name="new_view"),
    path("renewals/views/<int:pk>/", saving.one_view, name="view"),
    path("renewals/views/<int:pk>/delete/", saving.drop_view, name="drop_view"),
    path("renewals/act/", acting.act, name="act"),
    path("renewals/act/undo/", acting.undo_act, name="undo_act"),
    path("renewals/<int:pk>/", renewal.renewal, name="renewal"),
    path("renewals/<int:pk>/value/", value.value, name="value"),
    path("renewals/<int:pk>/value.pdf", value.value_pdf, name="value_pdf"),
    path("renewals/<int:pk>/value/cost/", value.value_cost, name="value_cost"),
    path("renewals/<int:pk>/value/<slug:key>/", value.value_rows, name="value_rows"),
    path("renewals/<int:pk>/progress/", acting.work, name="work"),
    path("renewals/<int:pk>/wake/", acting.wake_one, name="wake"),
    path("renewals/<int:pk>/take/", acting.take_one, name="take"),
    path("renewals/<int:pk>/note/", acting.note, name="note"),
    path("renewals/<int:pk>/renewed/", deciding.renewed, name="renewed"),
    path("renewals/<int:pk>/lost/", deciding.lost, name="lost"),
    path("renewals/<int:pk>/quote/", quotes.edit, name="quote_edit"),
    path("renewals/quotes/<int:pk>/", quotes.quote, name="quote"),
    path("renewals/quotes/<int:pk>/print/", quotes.printed, name="quote_print"),
    path("renewals/quotes/<int:pk>/send/", quotes.step, {"verb": "send"}, name="quote_send"),
    path("renewals/quotes/<int:pk>/discuss/", quotes.step, {"verb": "discuss"}, name="quote_discuss"),
    path("renewals/quotes/<int:pk>/accept/", quotes.step, {"verb": "accept"}, name="quote_accept"),
    path("renewals/<int:pk>/let-go/", deciding.let_go, name="let_go"),
    path("renewals/<int:pk>/reopen/", deciding.undo, name="reopen"),
]
