"""Django's settings, made from the checked YUANSHOU_* variables of `environment.py`."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from yuanshou_ops.environment import read_settings, secret_key

YUANSHOU = read_settings()
PACKAGE = Path(__file__).resolve().parent
DATA_DIR: Path = YUANSHOU["DATA_DIR"]

SECRET_KEY = secret_key(DATA_DIR, YUANSHOU["SECRET_KEY"])
DEBUG = YUANSHOU["DEBUG"]
ALLOWED_HOSTS = YUANSHOU["ALLOWED_HOSTS"]
CSRF_TRUSTED_ORIGINS = YUANSHOU["TRUSTED_ORIGINS"]
ROOT_URLCONF = "yuanshou_ops.urls"
WSGI_APPLICATION = "yuanshou_ops.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "yuanshou_ops.people",
    "yuanshou_ops.ledger",
    "yuanshou_ops.requests",
    "yuanshou_ops.shipments",
    "yuanshou_ops.situation",
    "yuanshou_ops.planning",
    "yuanshou_ops.duty",
    "yuanshou_ops.evidence",
    "yuanshou_ops.engagements",
    "yuanshou_ops.deployments",
    "yuanshou_ops.guidance",
    "yuanshou_ops.bulletin",
    "yuanshou_ops.formats",
    "yuanshou_ops.exchange",
    "yuanshou_ops.api",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "yuanshou_ops.middleware.ContentSecurityPolicy",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "yuanshou_ops.middleware.ProblemsInWords",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yuanshou_ops.pages.site",
            ],
            "builtins": ["django.templatetags.i18n", "yuanshou_ops.templatetags"],
        },
    }
]

if YUANSHOU["DATABASE_URL"]:
    DATABASES = {"default": {**YUANSHOU["DATABASE_URL"], "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
else:
    # A write transaction takes SQLite's lock at its first statement (IMMEDIATE) and waits for it, so that a
    # transaction never finds half-way that another writer was there; FULL makes every acknowledged commit durable.
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "yuanshou.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 60,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                " PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY;",
            },
        }
    }

# The lock-out counts failed sign-ins across all server processes, hence a cache in the database.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "yuanshou_ops.people.accounts.Accounts"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_RATE_LIMITS = {"login_failed": f"60/m/ip,{YUANSHOU['SIGN_IN_ATTEMPTS']}/300s/key", "login": "120/m/ip"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Yuanshou] "
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TOTP_ISSUER = "Yuanshou"
MFA_TOTP_TOLERANCE = 1

SESSION_COOKIE_AGE = YUANSHOU["SESSION_HOURS"] * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = YUANSHOU["HTTPS"]
SECURE_HSTS_SECONDS = 31_536_000 if YUANSHOU["HTTPS"] else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if YUANSHOU["HTTPS"] else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = YUANSHOU["UPLOAD_MB_MAX"] * 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

USE_TZ = True
TIME_ZONE = YUANSHOU["TIME_ZONE"]
LANGUAGE_CODE = YUANSHOU["LANGUAGE"]
LANGUAGES = [
    ("en", _("English")),
    ("fr", _("French")),
    ("es", _("Spanish")),
    ("ru", _("Russian")),
    ("zh-hans", _("Chinese")),
    ("ar", _("Arabic")),
]
LOCALE_PATHS = [PACKAGE / "locale"]

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "static"]
# The files come straight from the packages, so nothing has to be collected before the first start.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if YUANSHOU['EMAIL_HOST'] else 'console'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = YUANSHOU["EMAIL_HOST"], YUANSHOU["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = YUANSHOU["EMAIL_USER"], YUANSHOU["EMAIL_PASSWORD"]
EMAIL_USE_TLS = bool(EMAIL_HOST)
DEFAULT_FROM_EMAIL = YUANSHOU["EMAIL_FROM"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
