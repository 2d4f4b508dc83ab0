"""All addresses of this room: the API, media and health first; pages follow, short links last."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
