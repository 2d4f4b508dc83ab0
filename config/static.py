"""Static files, those of older releases among them: a page that was open before an update still fetches its parts."""

from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import etag, require_safe
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

COMPLETE = ".complete"  # is put into the folder of a release when all is there
WEEK = "public, max-age=604800"


def older_releases() -> list[Path]:
    """The folders of other releases than this one, the newest at the end."""
    current = Path(settings.STATIC_ROOT)
    beside = current.parent.iterdir() if current.parent.is_dir() else ()
    return sorted(
        (folder for folder in beside if folder != current), key=lambda folder: folder.stat().st_mtime
    )


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # has no types
    """WhiteNoise, which by itself knows one release."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        beside = self.static_prefix.removesuffix(f"{settings.RELEASE}/")
        for folder in older_releases():
            if (folder / COMPLETE).exists():
                self.add_files(str(folder), prefix=f"{beside}{folder.name}/")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Files are only read; what else is tried goes on to `nothing`, and is answered in the words of all others."""
        answer = super().__call__ if request.method in {"GET", "HEAD"} else self.get_response
        return cast(HttpResponseBase, answer(request))


@require_safe
def nothing(_request: HttpRequest) -> HttpResponseBase:
    """What is asked for below the address of static files, and is none of them."""
    raise Http404


@require_safe
@etag(lambda _request: f'"{settings.RELEASE}"')
def favicon(_request: HttpRequest) -> HttpResponse:
    """What browsers ask for where a page names no icon, and those that show no SVG: the same drawing, as pixels."""
    icon = settings.STATIC_SOURCE / "icons" / "favicon.ico"
    return HttpResponse(icon.read_bytes(), content_type="image/x-icon", headers={"Cache-Control": WEEK})
