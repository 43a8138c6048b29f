from django.urls import path

from expansion import views

app_name = "expansion"
urlpatterns = [
    path("expansion/", views.signals, name="signals"),
    path("expansion/accounts/<int:pk>/", views.account_signals, name="account_signals"),
    path("expansion/decide/", views.decide, name="decide"),
]
