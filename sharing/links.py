"""Addresses of a share. All of them begin with the address at which this installation is reached."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture of a share; as large as sites ask for that show large ones."""

    url: str
    width: ClassVar[int] = 1200
    height: ClassVar[int] = 630


@dataclass(frozen=True, slots=True)
class Links:
    """Absolute URLs below `base`, for instance `https://stems.example.org`."""

    base: str

    def share(self, share_id: str) -> str:
        """The short link."""
        return f"{self.base}/{share_id}"

    def embed(self, share_id: str) -> str:
        """The player alone, for frames."""
        return f"{self.base}/{share_id}/embed"

    def preview(self, share_id: str) -> Preview:
        """The picture for sites that unfurl the link."""
        return Preview(f"{self.base}/{share_id}/preview.png")

    def oembed(self, share_id: str, kind: str) -> str:
        """What sites ask for to turn the short link into a player; `kind` is json or xml."""
        return f"{self.base}/oembed?{urlencode({'url': self.share(share_id), 'format': kind})}"

    def manage(self, share_id: str, token: str) -> str:
        """The owner's link: the token is in the fragment, which no browser sends anywhere."""
        return f"{self.share(share_id)}#edit={token}"

    def manifest(self, share_id: str) -> str:
        """What a player reads."""
        return f"{self.base}/api/shares/{share_id}/"

    def download(self, share_id: str, name: str) -> str:
        """A file made of stems; `name` is `stems/<stem>.<format>` or `stems.zip?format=<format>`."""
        return f"{self.base}/api/shares/{share_id}/{name}"

    def media(self, share_id: str, attempt: int, stem: str, name: str) -> str:
        """One file of a stem; `name` may hold `{segment}`."""
        return f"{self.base}{settings.MEDIA_URL}{share_id}/{attempt}/{stem}/{name}"


def of_request(request: HttpRequest) -> Links:
    """Links that begin as the visitor's own address does: on a home network that is whichever he typed."""
    return Links(f"{request.scheme}://{request.get_host()}")


def public() -> Links:
    """Links for where no request is at hand: the command line and the workers."""
    return Links(settings.PUBLIC_URL)
