from django.urls import path

from renewals.views import acting, deciding, queue, renewal, value

app_name = "renewals"
urlpatterns = [
    path("renewals/", queue.queue, name="queue"),
    path("renewals/export/", queue.export, name="export"),
    path("renewals/act/", acting.act, name="act"),
    path("renewals/<int:pk>/", renewal.renewal, name="renewal"),
    path("renewals/<int:pk>/value/", value.value, name="value"),
    path("renewals/<int:pk>/value.pdf", value.value_pdf, name="value_pdf"),
    path("renewals/<int:pk>/value/cost/", value.value_cost, name="value_cost"),
    path("renewals/<int:pk>/value/<slug:key>/", value.value_rows, name="value_rows"),
    path("renewals/<int:pk>/progress/", acting.work, name="work"),
    path("renewals/<int:pk>/wake/", acting.wake_one, name="wake"),
    path("renewals/<int:pk>/note/", acting.note, name="note"),
    path("renewals/<int:pk>/renewed/", deciding.renewed, name="renewed"),
    path("renewals/<int:pk>/lost/", deciding.lost, name="lost"),
    path("renewals/<int:pk>/reopen/", deciding.undo, name="reopen"),
]
