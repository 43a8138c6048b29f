"""Settings of the installation, all of them from the environment.

`DATABASE_URL` and `REDIS_URL` name the servers; broker and cache derive from the one `REDIS_URL`.
"""

from datetime import timedelta
from pathlib import Path

import environ
import pghistory
import pgtrigger
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from bowtie import safety
from core import logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
DEFAULT_SECRET_KEY = "not-a-secret-for-demo-and-tests-only"
SECRET_KEY = env.str("SECRET_KEY", default=DEFAULT_SECRET_KEY)
# Keys of before: what they signed stays valid while a new one is taken into use.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Production starts only with safe settings (bowtie/safety.py), and refuses to run days that have not come.
PRODUCTION = env.bool("BOWTIE_PRODUCTION", default=False)
_LOCAL = ["localhost", "127.0.0.1", "[::1]", "testserver"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else _LOCAL)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# A sandbox (demo, tests) may move the clock and look into the future; production may not.
SANDBOX = env.bool("BOWTIE_SANDBOX", default=False)
CLOCK_OFFSET_DAYS = env.int("BOWTIE_CLOCK_OFFSET_DAYS", default=0)
CLOCK_OFFSET_MINUTES = env.int("BOWTIE_CLOCK_OFFSET_MINUTES", default=0)
# A file that lies there as long as the figures of a demo that serves already are being stored: its pages say so.
FIGURES_COMING = env.str("BOWTIE_FIGURES_COMING", default="")
# After a restore nothing is sent and no day is run before somebody has looked.
PAUSED = env.bool("BOWTIE_PAUSED", default=False)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "pgtrigger",
    "pghistory",
    "django_htmx",
    "lucide",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "django_filters",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "core",
    "installed_base",
    "playbooks",
    "sales",
    "health",
    "renewals",
    "expansion",
    "dashboards",
    "bowtie",
]

MIDDLEWARE = [
    "bowtie.endpoints.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.middleware.RequestIdMiddleware",
    "core.opening.OpeningMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.middleware.UserLocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.ScopeMiddleware",
    "core.middleware.AuditMiddleware",
]

ROOT_URLCONF = "bowtie.urls"
WSGI_APPLICATION = "bowtie.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# cotton and template-partials both want to rewrite TEMPLATES; one explicit loader list serves both.
_LOADERS = [
    "django_cotton.cotton_loader.Loader",
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "core.context.shell",
                *(["bowtie.demo.sign_in.cast"] if SANDBOX else []),
                *(["bowtie.demo.coming.figures"] if FIGURES_COMING else []),
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [("django.template.loaders.cached.Loader", _LOADERS)],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "core.templatetags.show",
            ],
        },
    }
]
COTTON_DIR = "components"

_DATABASE = env.db_url("DATABASE_URL", default="postgres://postgres@127.0.0.1:5432/bowtie")
# A migration that waits for a lock makes everybody behind it wait too: `2s` makes it give up, to be tried again.
_LOCK_TIMEOUT = env.str("DATABASE_LOCK_TIMEOUT", default="0")
# A figure over a million machines looks each up among those under contract. That list must fit: with the 4 MB of
# PostgreSQL it does not, and is then read anew for every machine. Of one sort or list; most statements need none.
_WORK_MEM = env.str("DATABASE_WORK_MEM", default="64MB")
DATABASES = {
    "default": {
        **_DATABASE,
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # PostgreSQL would compile the large statements of the metrics anew each time: a minute to save a second. And it
        # takes a page here and there for four times as dear as pages in order, which disks no longer are.
        "OPTIONS": {
            **_DATABASE.get("OPTIONS", {}),
            "options": f"-c jit=off -c random_page_cost=1.1 -c work_mem={_WORK_MEM} -c lock_timeout={_LOCK_TIMEOUT}",
        },
    }
}
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
_SOCKET = REDIS_URL.startswith("unix://")
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1) if _SOCKET else REDIS_URL
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "bowtie"}
}

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["core.accounts.PersonBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "core.accounts.ClosedSignupAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 20
# Where people reach this installation: what the links of a mail begin with.
BOWTIE_URL = env.str("BOWTIE_URL", default="http://127.0.0.1:8000").rstrip("/")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="bowtie@localhost")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("nl", _("Dutch"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
# Grouping is done where a number is shown (core.display), never in an id or an attribute.
USE_THOUSAND_SEPARATOR = False
# Audit triggers write one event per statement, not per row: bulk imports keep their speed.
PGHISTORY_LEVEL = pgtrigger.Statement
PGHISTORY_APPEND_ONLY = True
# The trail is read by its subject, never by what the subject pointed to.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)

# The business date of the organisation is read in this zone.
ORGANISATION_TIME_ZONE = env.str("BOWTIE_TIME_ZONE", default="Europe/Amsterdam")

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "var" / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or SANDBOX
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or SANDBOX

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "core.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES = env.bool("SECURE_COOKIES", default=PRODUCTION)
if SECURE_COOKIES:
    # A browser takes these names only over TLS, from this very host, for all of it.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
# The browsers' preload list is for the owner of the whole domain to ask for.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
# Only where every request comes through a proxy that sets X-Forwarded-Proto and X-Forwarded-For itself.
if env.bool("BOWTIE_TRUST_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.api.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "core.api.tokens.TokenWrites"],
    "DEFAULT_THROTTLE_CLASSES": ["core.api.throttling.WriteThrottle"],
    "DEFAULT_PARSER_CLASSES": ["core.api.rendering.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["core.api.rendering.JsonRenderer"],
    "EXCEPTION_HANDLER": "core.problems.problem_details",
    "NON_FIELD_ERRORS_KEY": "body",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
# Tokens live in our own table, so that each has a name; the library's own table is not made.
KNOX_TOKEN_MODEL = "core.ApiToken"
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {
    "TOKEN_TTL": timedelta(days=365),
    "TOKEN_PREFIX": "bt_",
    "AUTH_HEADER_PREFIX": "Token",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Bowtie API",
    "DESCRIPTION": "Read the installed base and its metrics with their receipts; work renewals, tasks and deals.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "DealKind": "sales.models.DealKind",
        "LeadState": "sales.models.LeadState",
        "LeadChannel": "sales.models.Channel",
        "LeadDropReason": "sales.models.DropReason",
        "LeadFit": "sales.api.lead.FITS",
        "TouchKind": "sales.models.TouchKind",
        "AcceptedDealKind": "expansion.api.signals.DEALS",
        "DealStage": "sales.models.Stage",
        "DealLostReason": "sales.models.LostReason",
        "DealCreditRole": "sales.models.CreditRole",
        "DealStakeholderRole": "sales.models.StakeholderRole",
        "DeliveryStepName": "installed_base.models.DeliveryStepKind",
        "ReviewKind": "playbooks.models.Review.Kind",
        "PlanReviewStatus": "expansion.models.ReviewItem.Status",
        "PlanReviewSide": "expansion.models.ReviewPerson.Side",
        "PageRhythm": "core.models.PageSubscription.Rhythm",
        "HandoffDirection": "sales.models.Direction",
        "SpendKind": "sales.models.SpendKind",
        "PromiseDirection": "installed_base.models.Promise.Direction",
        "CaseFigure": "sales.api.business_case.FIGURES",
        "CaseSource": "sales.rules.business_case.SOURCES",
        "OpenDealStage": "sales.api.opportunity.OPEN",
        "DealOutcome": "sales.api.opportunity.OUTCOMES",
        "BookingPipeline": "sales.models.Pipeline",
        "FigureTargetAim": "core.models.FigureAim",
        "FigureTargetScope": "core.models.FigureScope",
        "RenewalStage": "renewals.models.Stage",
        "RenewalOutcome": "renewals.models.Outcome",
        "RenewalDecision": "renewals.api.OUTCOMES",
        "QuoteKind": "renewals.models.QuoteKind",
        "QuoteState": "renewals.models.QuoteState",
        "DecisionReasonEnum": "installed_base.models.contracts.EndReason",
        "StateEnum": "health.api.accounts.STATES",
        "RescueOutcome": "health.models.Rescue.Outcome",
        "RescueReason": "health.models.Cause",
        "RescueState": "health.api.rescues.STATES",
        "TipKind": "expansion.models.TipKind",
        "CellState": "expansion.api.whitespace.CELL_STATES",
        "CellAnswerState": "expansion.models.CellAnswer.State",
        "TipOutcome": "expansion.models.Tip.Outcome",
        "TipDealKind": "expansion.api.tips.DEALS",
        "SignalKind": "expansion.models.SignalKind",
        "PlanPointSide": "expansion.models.PlanPoint.Side",
        "PlanPointKind": "expansion.models.PointKind",
        "PlanPointOutcome": "expansion.models.PlanPoint.Outcome",
        "PlanPersonPart": "expansion.models.PlanPerson.Part",
        "ReferralKind": "expansion.models.ReferralKind",
        "ReferralRecognition": "expansion.models.Referral.Recognition",
        "AlertKind": "health.models.Alert.Kind",
        "PromiseKind": "installed_base.models.Promise.Kind",
        "UpgradeOptionKind": "installed_base.models.UpgradeOption.Kind",
        "TrainingKind": "installed_base.models.Training.Kind",
        "HealthTier": "health.models.score.TIERS",
        "MomentKind": "installed_base.models.ContactMoment.Kind",
        "TicketKind": "installed_base.models.Ticket.Kind",
        "AccountEventKind": "installed_base.models.AccountEvent.Kind",
        "VisitKind": "installed_base.models.Visit.Kind",
    },
}

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
LOGGING = logs.configuration(LOG_LEVEL)
logs.configure(LOG_LEVEL)

CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 3300
CELERY_TASK_SOFT_TIME_LIMIT = 3000
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
# With REMAP_SIGTERM=SIGQUIT a worker that is asked to end gives its tasks this long, then puts them back.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = env.float("BOWTIE_WORKER_GRACE_SECONDS", default=25.0)

if PRODUCTION and (
    _troubles := safety.refusals(
        safety.Chosen(SECRET_KEY, DEFAULT_SECRET_KEY, DEBUG, ALLOWED_HOSTS, SANDBOX, vars()["EMAIL_BACKEND"])
    )
):
    raise SystemExit(safety.in_words(_troubles))
