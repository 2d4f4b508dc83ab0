"""The path converter for share ids: `<share:share_id>` matches nothing that couldn't be one."""

from django.urls import register_converter
from django.urls.converters import StringConverter

from sharing.identity import ID_PATTERN


class ShareIdConverter(StringConverter):
    """A share id as it stands in a URL."""

    regex = ID_PATTERN


register_converter(ShareIdConverter, "share")
