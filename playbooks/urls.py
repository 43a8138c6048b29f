from django.urls import path

from playbooks import views

app_name = "playbooks"
urlpatterns = [
    path("tasks/new/", views.task_new, name="task_new"),
    path("tasks/<int:pk>/done/", views.task_done, name="task_done"),
    path("tasks/<int:pk>/reopen/", views.task_reopen, name="task_reopen"),
    path("tasks/<int:pk>/snooze/", views.task_snooze, name="task_snooze"),
    path("tasks/<int:pk>/wake/", views.task_wake, name="task_wake"),
    path("tasks/<int:pk>/reassign/", views.task_reassign, name="task_reassign"),
    path("tasks/<int:pk>/take/", views.task_take, name="task_take"),
    path("moments/new/", views.moment_new, name="moment_new"),
    path("notes/new/", views.note_new, name="note_new"),
]
