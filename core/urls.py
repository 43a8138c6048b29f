"""Pages of the foundations. The style page exists in a sandbox only."""

from django.conf import settings
from django.urls import path

from core import notification_pages, views

app_name = "core"
urlpatterns = [
    path("notifications/", notification_pages.notifications, name="notifications"),
    path("notifications/read/", notification_pages.read, name="read_notifications"),
    path("notifications/daily/", notification_pages.daily, name="daily_mail"),
    path("notifications/mail/<str:token>/", notification_pages.unsubscribe, name="unsubscribe"),
]
if settings.SANDBOX:
    urlpatterns.append(path("styleguide/", views.styleguide, name="styleguide"))
