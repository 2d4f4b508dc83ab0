"""All settings. Each has a default with which a fresh machine runs; README.md lists the public ones."""

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import env, logs
from config.database import database
from config.hosts import LOOPBACK, own_names
from config.media import media

BASE_DIR = Path(__file__).resolve().parent.parent
STEMLINK_DATA = Path(env.text("STEMLINK_DATA", str(BASE_DIR / "var"))).absolute()
STEMLINK_MODELS = Path(env.text("STEMLINK_MODELS", str(STEMLINK_DATA / "models"))).absolute()  # trained here

# --- Django -------------------------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.secret_key(STEMLINK_DATA)
PORT = env.number("PORT", 8000, least=1)
STEMLINK_BIND = env.text("STEMLINK_BIND", "127.0.0.1")  # 0.0.0.0: other machines may connect too
# Where people reach this installation: links that leave it (command line, workers) are made from it.
PUBLIC_URL = env.text("PUBLIC_URL", f"http://localhost:{PORT}").rstrip("/")
if urlsplit(PUBLIC_URL).scheme not in {"http", "https"} or not urlsplit(PUBLIC_URL).hostname:
    raise ImproperlyConfigured(f"PUBLIC_URL is {PUBLIC_URL!r}: write it as https://stems.example.org.")
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    str(urlsplit(PUBLIC_URL).hostname),
    # Whoever listens for other machines wants to be reached by the names of this one.
    *([] if STEMLINK_BIND in LOOPBACK else own_names()),
    *env.words("ALLOWED_HOSTS"),
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "config",
    "sharing",
    "separation",
    "player",
]
MIDDLEWARE = [
    "sharing.observing.ObserveMiddleware",
    "sharing.middleware.HeadMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "sharing.middleware.SecurityHeadersMiddleware",
    "sharing.middleware.PatienceMiddleware",
    "config.static.StaticFilesMiddleware",
    "sharing.middleware.CompressTextMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "sharing.middleware.WrongMethodMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Where shares live --------------------------------------------------------------------------------------
STORE = env.choice("STORE", ("embedded", "firestore"))
STEMLINK_STORE = {  # the class, imported on first use: only Firestore's brings gRPC with it
    "embedded": "sharing.stores.embedded.EmbeddedStore",
    "firestore": "sharing.stores.firestore.FirestoreStore",
}[STORE]
DATABASES = {"default": database(STEMLINK_DATA)}  # of the embedded store
FIRESTORE_EMULATOR_HOST = env.text("FIRESTORE_EMULATOR_HOST")
GOOGLE_CLOUD_PROJECT = env.text("GOOGLE_CLOUD_PROJECT", "stemlink" if FIRESTORE_EMULATOR_HOST else "")
FIRESTORE_DATABASE = env.text("FIRESTORE_DATABASE", "(default)")
# For so long a process tells its listeners what it last read of a share. A look into SQLite costs nothing.
STEMLINK_SHARE_CACHE_SECONDS = env.number("STEMLINK_SHARE_CACHE_SECONDS", 1 if STORE == "firestore" else 0)

# --- Media: where sound lives -------------------------------------------------------------------------------
MEDIA = media(STEMLINK_DATA)
MEDIA_ROOT = MEDIA.folder or STEMLINK_DATA / "media"
MEDIA_URL = "/media/"
# Players read segments from the bucket itself, by signed links: it must be reachable from where they are.
STEMLINK_MEDIA_REDIRECT = env.flag("STEMLINK_MEDIA_REDIRECT", False)
if STEMLINK_MEDIA_REDIRECT and MEDIA.origin is None:
    raise ImproperlyConfigured(
        "STEMLINK_MEDIA_REDIRECT is for media in a bucket: set MEDIA_STORAGE, and for Amazon's also AWS_REGION."
    )
MEDIA_ORIGINS = [str(MEDIA.origin)] if STEMLINK_MEDIA_REDIRECT else []

# --- Static files: one prefix for each release, cached for ever ---------------------------------------------
STATIC_SOURCE = BASE_DIR / "static"


def _release() -> str:
    """A name for the static files as they are: modules import each other relatively and share a prefix."""
    digest = hashlib.sha256()
    for path in sorted(p for p in STATIC_SOURCE.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(STATIC_SOURCE)}\0".encode() + path.read_bytes())
    digest.update((BASE_DIR / "package-lock.json").read_bytes())
    return digest.hexdigest()[:12]


RELEASE = _release()
STATIC_URL = f"/static/{RELEASE}/"
STATIC_ROOT = Path(env.text("STEMLINK_STATIC", str(STEMLINK_DATA / "static"))).absolute() / RELEASE
# Libraries for browsers as npm installed them: speed and pitch, the streaming of hosted stems, uploads that go on after
# a cut. The player does without where its own are missing.
VENDORED = {
    "signalsmith-stretch": "signalsmith-stretch",
    "mediabunny": "mediabunny/dist/bundles",
    "tus-js-client": "tus-js-client/dist",
}
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [STATIC_SOURCE]
for _name, _place in VENDORED.items():
    if (BASE_DIR / "node_modules" / _place).is_dir():
        STATICFILES_DIRS.append((f"vendor/{_name}", BASE_DIR / "node_modules" / _place))
STORAGES = {
    "default": MEDIA.storage,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 31_536_000
WHITENOISE_ALLOW_ALL_ORIGINS = True  # a sandboxed frame has the origin "null" and still needs our modules


def _static_headers(headers: dict[str, str], _path: str, _url: str) -> None:
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cache-Control"] = f"public, max-age={WHITENOISE_MAX_AGE}, immutable"


WHITENOISE_ADD_HEADERS_FUNCTION = _static_headers

# --- Redis and Celery: the doorbell -------------------------------------------------------------------------


def _own_redis() -> str:
    """The socket of the Redis that `make run` starts: short, since a socket's path has at most 107 bytes."""
    name = hashlib.sha256(str(STEMLINK_DATA).encode()).hexdigest()[:12]
    return str(Path(tempfile.gettempdir()) / f"stemlink-{os.getuid()}-{name}" / "redis.sock")


REDIS_SOCKET = _own_redis()
REDIS_URL = env.text("REDIS_URL")
REDIS_IS_OURS = not REDIS_URL
CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{REDIS_SOCKET}"
LIMITS_URL = REDIS_URL or f"redis+unix://{REDIS_SOCKET}"
CELERY_QUEUE = "separate"

# --- Caps and clocks ----------------------------------------------------------------------------------------
STEMLINK_MAX_UPLOAD_BYTES = env.number("STEMLINK_MAX_UPLOAD_MB", 500, least=1) * 1_000_000
STEMLINK_MAX_SECONDS = env.number("STEMLINK_MAX_MINUTES", 180, least=1) * 60
STEMLINK_CREATE_LIMIT = env.text("STEMLINK_CREATE_LIMIT", "30/hour")
STEMLINK_MISS_LIMIT = env.text("STEMLINK_MISS_LIMIT", "60/minute")  # look-ups of ids that nobody has
STEMLINK_DOWNLOAD_LIMIT = env.text("STEMLINK_DOWNLOAD_LIMIT", "300/hour")
# Downloads at once in each web process, of the 16 threads that answer: what is left of them serves players and pages.
STEMLINK_DOWNLOADS = env.number("STEMLINK_DOWNLOADS", 8, least=1)
# Other sites whose pages may make shares in their visitors' browsers, as https://blog.example.org; * for all.
STEMLINK_CREATE_ORIGINS = env.words("STEMLINK_CREATE_ORIGINS")
STEMLINK_EXPIRE_DAYS = env.number("STEMLINK_EXPIRE_DAYS", 0)  # 0: shares stay until their owner deletes them
STEMLINK_TOMBSTONE_DAYS = 30
STEMLINK_KEEP_SOURCE = env.flag("STEMLINK_KEEP_SOURCE", False)
STEMLINK_TRUSTED_PROXIES = env.number("STEMLINK_TRUSTED_PROXIES", 0)  # proxies of ours in X-Forwarded-For
STEMLINK_HEARTBEAT_SECONDS = 2
STEMLINK_LEASE_SECONDS = env.number("STEMLINK_LEASE_SECONDS", 20, least=5)
# A pass costs three reads: on Firestore it comes less often, so that an idle day stays within what is free.
STEMLINK_REAPER_SECONDS = env.number("STEMLINK_REAPER_SECONDS", 15 if STORE == "firestore" else 5, least=1)
STEMLINK_STALL_SECONDS = env.number("STEMLINK_STALL_SECONDS", 300, least=30)  # no step for so long: it hangs
STEMLINK_PRESENCE_SECONDS = 10
STEMLINK_ATTEMPTS = 3
# Before the second attempt and the third: trouble that passes does so in seconds.
STEMLINK_PAUSE_SECONDS = (5, 30)
STEMLINK_MEDIA_SECONDS = env.number("STEMLINK_MEDIA_SECONDS", 60)  # a worker waits for media that is away
STEMLINK_DEVICE = env.text("STEMLINK_DEVICE", "auto")  # auto, cpu, cuda, cuda:1, mps
# Media is searched for orphans. A bucket is paid for each look, and Firestore for each share that is asked for.
_LOOKS_ARE_FREE = MEDIA.folder and STORE != "firestore"
STEMLINK_SWEEP_SECONDS = env.number("STEMLINK_SWEEP_SECONDS", 3600 if _LOOKS_ARE_FREE else 86_400, least=60)
STEMLINK_CLIENT_SECONDS = env.number("STEMLINK_CLIENT_SECONDS", 60, least=1)  # a silent client is given up
# Hosts that people link to: private networks from which stems may be fetched all the same, as 192.168.1.0/24; and for
# how long one fetch may take.
STEMLINK_FETCH_NETWORKS = env.words("STEMLINK_FETCH_NETWORKS")
STEMLINK_FETCH_SECONDS = env.number("STEMLINK_FETCH_MINUTES", 30, least=1) * 60
# Files that come in pieces, a stem each; and for how long they wait for a share.
STEMLINK_UPLOAD_LIMIT = env.text("STEMLINK_UPLOAD_LIMIT", "120/hour")
STEMLINK_UPLOAD_SECONDS = env.number("STEMLINK_UPLOAD_HOURS", 24, least=1) * 3600
STEMLINK_CHECK_LIMIT = env.text("STEMLINK_CHECK_LIMIT", "300/hour")  # links that one client has looked at
# For so long the web server goes on with requests that it has begun, when it is told to stop.
STEMLINK_GRACE_SECONDS = env.number("STEMLINK_GRACE_SECONDS", 5)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # JSON and form fields; songs are streamed past this
FILE_UPLOAD_MAX_MEMORY_SIZE = 64_000

# --- REST API -----------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "EXCEPTION_HANDLER": "sharing.api.problems.answer",
    "UNAUTHENTICATED_USER": None,
    "COMPACT_JSON": True,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
# The API's description. What it says about each operation: sharing/api/schema/of_*.py
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "Stemlink",
    "DESCRIPTION": "Share music as a multitrack: a song or stems in, a short link out.",
    "VERSION": "1",
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "SERVERS": [{"url": "/", "description": "this installation"}],
    "SCHEMA_PATH_PREFIX": "",
    "PREPROCESSING_HOOKS": ["sharing.api.schema.hooks.endpoints"],
    "POSTPROCESSING_HOOKS": ["sharing.api.schema.hooks.tidy"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "COMPONENT_SPLIT_PATCH": False,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,  # tests/sharing/test_api_schema.py makes it and fails on warnings
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "edit_token": {
                "type": "http",
                "scheme": "bearer",
                "description": "The `edit_token` of the answer that made the share: `Authorization: Bearer <token>`.",
            }
        }
    },
}

# --- Security headers ---------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF, *MEDIA_ORIGINS],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-src": [SELF],
        "frame-ancestors": [SELF],
    }
}
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if STEMLINK_TRUSTED_PROXIES else None

# --- Logs ---------------------------------------------------------------------------------------------------
STEMLINK_LOG = env.choice("STEMLINK_LOG", ("line", "json"))
STEMLINK_ACCESS_LOG = env.flag("STEMLINK_ACCESS_LOG", False)
LOGGING = logs.configuration(STEMLINK_LOG, access=STEMLINK_ACCESS_LOG)

# --- Metrics ------------------------------------------------------------------------------------------------
STEMLINK_METRICS_KEY = env.text("STEMLINK_METRICS_KEY")  # who sends it may read /metrics; without it nobody
STEMLINK_METRICS_SECONDS = 5  # so often each process adds what it counted
# Worker and reaper touch this file as long as they live, for a container's health check.
STEMLINK_ALIVE_FILE = env.text("STEMLINK_ALIVE_FILE")
STEMLINK_MIN_FREE_BYTES = env.number("STEMLINK_MIN_FREE_MB", 1_000) * 1_000_000  # less on a disk: not ready
