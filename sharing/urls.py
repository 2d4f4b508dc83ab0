"""All addresses of this room: API, media and health first; then pages, short links last."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from sharing import converters, delivery, health, media, pages  # noqa: F401 - converters registers <share:...>
from sharing.identity import ID_PATTERN

MEDIA = (
    rf"^media/(?P<share_id>{ID_PATTERN})/(?P<attempt>{media.ATTEMPT_PATTERN})/(?P<stem>{media.STEM_PATTERN})"
    rf"/(?P<name>{media.FILE_PATTERN})$"
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("sharing.api.urls")),
    re_path(MEDIA, delivery.stem_file, name="media"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.scrape, name="metrics"),
    path("", pages.home, name="home"),
    path("<share:share_id>", pages.share, name="share"),
    path(
        "<share:share_id>/",
        require_safe(RedirectView.as_view(pattern_name="share", permanent=True, query_string=True)),
    ),
]
