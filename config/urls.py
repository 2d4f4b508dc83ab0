"""Root urls: the API, media, and pages; short links come last since they take any single word."""

from django.urls import include, path, re_path

from config import static

urlpatterns = [
    re_path("^static/", static.nothing),
    path("favicon.ico", static.favicon),
    path("", include("sharing.urls")),
    path("", include("player.urls")),
]

handler400 = "sharing.pages.bad_request"
handler403 = "sharing.pages.forbidden"
handler404 = "sharing.pages.not_found"
handler500 = "sharing.pages.server_error"
