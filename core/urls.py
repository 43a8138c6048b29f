"""Pages of the foundations. The style page exists in a sandbox only."""

from django.conf import settings
from django.urls import path

from core import views

app_name = "core"
urlpatterns = [path("styleguide/", views.styleguide, name="styleguide")] if settings.SANDBOX else []
