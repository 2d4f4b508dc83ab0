"""Routes of the API. Each works with and without its last slash: a redirect would lose the song on its way."""

from django.urls import re_path

from sharing.api import docs, downloads, links, names, uploads, views
from sharing.api.schema.views import SchemaView
from sharing.domain import FILE_FORMATS
from sharing.identity import ID_PATTERN
from sharing.media import STEM_PATTERN, UPLOAD_PATTERN

SHARE = rf"^shares/(?P<share_id>{ID_PATTERN})"
FILE = rf"(?P<stem>{STEM_PATTERN})\.(?P<format>{'|'.join(FILE_FORMATS)})"

urlpatterns = [
    re_path(r"^shares/?$", views.SharesView.as_view(), name="api-shares"),
    re_path(rf"{SHARE}/?$", views.ShareView.as_view(), name="api-share"),
    re_path(rf"{SHARE}/cancel/?$", views.CancelView.as_view(), name="api-cancel"),
    re_path(rf"{SHARE}/check/?$", views.CheckView.as_view(), name="api-check"),
    re_path(rf"{SHARE}/stems/?$", views.StemsView.as_view(), name="api-add-stems"),
    re_path(rf"{SHARE}/stems/{FILE}$", downloads.stem, name="api-stem"),
    re_path(rf"{SHARE}/stems\.zip$", downloads.archive, name="api-stems"),
    re_path(r"^links/?$", links.LinksView.as_view(), name="api-links"),
    re_path(r"^uploads/?$", uploads.UploadsView.as_view(), name="api-uploads"),
    re_path(rf"^uploads/(?P<upload_id>{UPLOAD_PATTERN})/?$", uploads.UploadView.as_view(), name="api-upload"),
    re_path(r"^names/?$", names.NamesView.as_view(), name="api-names"),
    re_path(r"^models/?$", views.ModelsView.as_view(), name="api-models"),
    re_path(r"^schema/?$", SchemaView.as_view(), name="api-schema"),
    re_path(r"^docs/?$", docs.docs, name="api-docs"),
    re_path(r"", views.NowhereView.as_view(), name="api-nowhere"),
]
