"""No address leads out of the stems of a share."""

import pytest
from django.conf import settings
from django.test import Client

from tests.sharing.shares import Installation, make, make_done

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path",
    [
        "/media/{id}/1/vocals/flac/../../../../../stemlink.sqlite3",
        "/media/{id}/1/../../../sources/{source}",
        "/media/{id}/1/vocals/..%2f..%2f..%2f..%2fsources%2f{source}",
        "/media/{id}/1/vocals/flac/%2e%2e/%2e%2e/peaks.bin",
        "/media/{id}/1/vocals/flac/0.flac%00.txt",
        "/media/{id}/1/vocals/flac/0.flac/",
        "/media/{id}/1/vocals/flac/0.flac%0a",
        "/media/{id}/1/vocals/flac/",
        "/media/{id}/1/vocals/",
        "/media/{id}/",
        "/media/sources/{source}",
        "/media/{source}",
        "/media/.incoming/x",
        "/media/{id}/1//etc/passwd",
        "/media/{id}/01/vocals/peaks.bin",
        "/media/{id}/0/vocals/peaks.bin",
        "/media/{id}/1/VOCALS/peaks.bin",
        "/media/{id}/1/vocals/flac/00.flac",
        "/media/{id}/1/vocals/flac/-1.flac",
        "/media/{id}/1/vocals/flac/99999999999999999999.flac",
        "/media/{id}/1/vocals/flac/²..flac",
        "/media/{id}/1/vocals\\..\\drums/peaks.bin",
    ],
)
def test_it_finds_nothing(client: Client, installation: Installation, path: str) -> None:
    done = make_done()
    make()
    (source,) = installation.files("sources")
    response = client.get(path.format(id=done.id, source=source.removeprefix("sources/")))
    assert response.status_code == 404


def test_links_out_of_media_are_not_made_by_any_upload(installation: Installation) -> None:
    make()
    assert not [path for path in installation.media.rglob("*") if path.is_symlink()]
    assert str(installation.media) == str(settings.MEDIA_ROOT)
