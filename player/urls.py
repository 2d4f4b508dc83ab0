"""Addresses of this room."""

from django.urls import path

from player import oembed, preview, views, widget
from sharing import converters  # noqa: F401 - registers <share:...>

urlpatterns = [
    path("oembed", oembed.answer, name="oembed"),
    path("widget.js", widget.script, name="widget"),
    path("<share:share_id>/embed", views.embed, name="embed"),
    path("<share:share_id>/preview.png", preview.picture, name="preview"),
]
