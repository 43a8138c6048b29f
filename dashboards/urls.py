from django.urls import path

from dashboards.views import accounts, assets, bowtie, health, receipts, search, settings, today, welcome

app_name = "dashboards"
urlpatterns = [
    path("", today.today, name="today"),
    path("first-week/", welcome.first_week, name="first_week"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/health/", health.customers, name="customers_health"),
    path("accounts/health/file/", health.customers_file, name="customers_health_file"),
    path("accounts/<int:pk>/health/", health.account_health, name="account_health"),
    path("accounts/<int:pk>/health/<slug:measure>/task/", health.step_task, name="step_task"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/timeline/", accounts.account_timeline, name="account_timeline"),
    path("machines/", assets.machines, name="machines"),
    path("assets/<int:pk>/", assets.asset, name="asset"),
    path("bowtie/", bowtie.bowtie, name="bowtie"),
    path("metrics/<slug:key>/", receipts.receipt, name="receipt"),
    path("metrics/<slug:key>/rows.csv", receipts.receipt_file, name="receipt_file"),
    path("search/", search.search, name="search"),
    path("search/suggestions/", search.suggestions, name="suggestions"),
    path("search/accounts/", search.account_names, name="account_names"),
    path("settings/", settings.settings, name="settings"),
]
