"""The picture of a share: what it shows, when it is another one, and to whom."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.test import Client
from numpy.typing import NDArray
from PIL import Image, ImageColor

from sharing import media, services
from sharing.domain import MOST_STEMS, Hosted, Share, Stem
from sharing.errors import MediaUnavailable
from sharing.identity import new_id
from sharing.palette import PALETTE
from sharing.stores import get_store
from tests.pages.html import parse
from tests.sharing.shares import FRAMES, Made, begin, change, keep, make, make_done, share, watch_reads

pytestmark = pytest.mark.django_db
RATE = 44_100
LEFT, RIGHT = 60, 1140  # between the margins
Picture = NDArray[np.int16]


def seen(client: Client, share_id: str) -> Picture:
    """(height, width, 3), 0 to 255."""
    answer = client.get(f"/{share_id}/preview.png")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/png"
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB"), np.int16)


def heights(picture: Picture, color: str) -> NDArray[np.int64]:
    """Of each column, how many pixels have a colour."""
    wanted = np.array(ImageColor.getrgb(color), np.int16)
    found: NDArray[np.int64] = (np.abs(picture - wanted).max(axis=2) < 12).sum(axis=0)
    return found


def hosted(color: str, seconds: float | None) -> Stem:
    place = Hosted(url="https://a.example/x", original_url="https://a.example/x", seconds=seconds)
    return Stem(id=f"s{color[1:].lower()}", name="Far away", color=color, hosted=place)


def kept(peaks: bytes, *, available: int = FRAMES) -> Share:
    """Stored, with two stems whose outlines are these bytes."""
    stems = tuple(
        replace(stem, attempt=1, frames=FRAMES, available_frames=available, gain=1.0)
        for stem in share().stems
    )
    found = keep(share(stems=stems, sample_rate=RATE))
    for stem in stems:
        media.put(f"{media.stem_prefix(found.id, 1, stem.id)}peaks.bin", peaks)
    return found


def test_each_stem_has_its_outline_in_its_colour(client: Client) -> None:
    quiet, loud = b"\xff\x01" * 200, b"\xe0\x40" * 254  # to 1 of 127, then from -32 to 64
    picture = seen(client, kept(quiet + loud).id)
    assert picture.shape == (630, 1200, 3)
    for lane, color in enumerate(("#E8702A", "#2F7FC1")):
        found = heights(picture, color)
        assert not found[: LEFT - 1].any()
        assert not found[RIGHT + 1 :].any()
        assert set(found[LEFT + 5 : 500]) <= {4, 5}, "a line where it is quiet"
        # The loudest sample reaches 0.86 of half a lane of 255 pixels; the other side half as far.
        assert found[800:1100] == pytest.approx(0.86 * 255 / 2 * 1.5, abs=4)
        rows = np.flatnonzero(np.abs(picture[:, 1000] - ImageColor.getrgb(color)).max(axis=1) < 12)
        middle = 60 + 255 * (lane + 0.5)
        assert middle - rows[0] == pytest.approx(2 * (rows[-1] - middle), abs=4), "up is up"


def test_what_is_not_separated_yet_is_a_line(client: Client) -> None:
    whole = b"\x81\x7f" * 454
    found = heights(seen(client, kept(whole, available=FRAMES // 4).id), "#E8702A")
    quarter = LEFT + (RIGHT - LEFT) // 4
    assert found[LEFT + 5 : quarter - 5].min() > 200
    assert found[quarter + 5 : 500].max() < 10


def test_a_share_that_waits_has_its_lanes(client: Client) -> None:
    picture = seen(client, make().id)
    for name in ("vocals", "drums", "bass", "other"):
        assert 3 <= heights(picture, PALETTE[name])[LEFT + 5 : 500].min() < 10


def test_hosted_stems_are_bars_as_long_as_they_are(client: Client) -> None:
    stems = (hosted("#E8702A", 200.0), hosted("#2F7FC1", 50.0), hosted("#0E9C84", None))
    picture = seen(client, keep(share(stems=stems)).id)
    ends = [int(np.flatnonzero(heights(picture, stem.color) > 20).max()) for stem in stems]
    assert ends == pytest.approx([RIGHT, LEFT + (RIGHT - LEFT) / 4, RIGHT], abs=3), (
        "unknown is as long as the longest"
    )


@pytest.mark.parametrize("count", [0, 1, MOST_STEMS])
def test_any_number_of_stems_fits(client: Client, count: int) -> None:
    stems = tuple(replace(hosted(f"#0000{index + 99:02x}", 3.0), id=f"s{index}") for index in range(count))
    picture = seen(client, keep(share(stems=stems)).id)
    assert all(heights(picture, stem.color)[LEFT + 5 : 500].min() >= 2 for stem in stems)


@pytest.mark.parametrize("peaks", [b"", b"\x80", b"\x80\x7f\x80", bytes(908), b"\x80\x7f" * 5_000])
def test_outlines_that_are_short_odd_silent_or_long_are_drawn_as_far_as_they_go(
    client: Client, peaks: bytes
) -> None:
    assert seen(client, kept(peaks).id).shape == (630, 1200, 3)


def test_it_is_another_one_when_the_share_has_grown_or_another_colour(client: Client) -> None:
    made = make()
    begin(made.id, available=88_200)
    path = f"/{made.id}/preview.png"

    def ask(etag: str) -> int:
        services.forget(made.id)
        answer = client.get(path, headers={"If-None-Match": etag})
        assert answer["Cache-Control"] == "no-cache"
        return answer.status_code

    first = client.get(path)
    assert ask(first["ETag"]) == 304
    stems = get_store().get(made.id).stems
    change(made.id, stems=tuple(replace(stem, available_frames=176_400) for stem in stems))
    assert ask(first["ETag"]) == 200
    second = client.get(path)
    assert second.content != first.content
    change(made.id, stems=tuple(replace(stem, available_frames=176_400, color="#123456") for stem in stems))
    assert ask(second["ETag"]) == 200


def test_a_picture_is_not_drawn_twice(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_done()
    read = watch_reads(monkeypatch)
    pictures = {client.get(f"/{made.id}/preview.png").content for _ in range(3)}
    assert len(pictures) == 1
    assert len(read) == 4, "one outline for each stem"


def test_other_sites_may_show_it_and_search_engines_only_if_the_owner_says_so(client: Client) -> None:
    made = make_done()
    answer = client.get(f"/{made.id}/preview.png")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["X-Robots-Tag"] == "noindex"
    change(made.id, indexed=True)
    services.forget(made.id)
    assert "X-Robots-Tag" not in client.get(f"/{made.id}/preview.png")


def test_only_reading_is_possible(client: Client) -> None:
    path = f"/{make().id}/preview.png"
    assert client.post(path).status_code == 405
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert client.options(path).status_code == 204


def test_without_a_share_there_is_none(client: Client) -> None:
    gone = make()
    path = f"/{gone.id}/preview.png"
    assert client.get(path).status_code == 200
    services.delete(gone.id, gone.token)
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")
    assert answer["Cache-Control"] == "no-store"
    assert client.get(f"/{new_id()}/preview.png").status_code == 404


def test_media_that_do_not_answer_are_said_to(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(_key: str) -> bytes:
        raise MediaUnavailable

    made = make_done()
    monkeypatch.setattr(media, "get", unreachable)
    assert client.get(f"/{made.id}/preview.png").status_code == 503


def test_pages_and_oembed_say_where_it_is(client: Client) -> None:
    made = make_done()
    page = parse(client.get(f"/{made.id}"))
    said = {
        name: page.one("meta", property=f"og:image{name}")["content"]
        for name in ("", ":width", ":height", ":alt")
    }
    assert said == {
        "": f"http://testserver/{made.id}/preview.png",
        ":width": "1200",
        ":height": "630",
        ":alt": "The outlines of its stems",
    }
    assert page.one("meta", name="twitter:card")["content"] == "summary_large_image"
    large = oembed(client, made, maxwidth=1200)
    picture = Image.open(io.BytesIO(client.get(large["thumbnail_url"]).content))
    assert picture.size == (large["thumbnail_width"], large["thumbnail_height"])
    assert "thumbnail_url" not in oembed(client, made, maxheight=600), "it is no larger than the site allows"


def oembed(client: Client, made: Made, **options: int) -> dict[str, Any]:
    query = {"url": f"http://testserver/{made.id}", **{name: str(value) for name, value in options.items()}}
    found: dict[str, Any] = client.get("/oembed", query).json()
    return found
