"""Downloads of stems that were brought: equally long, and as loud as in the mix."""

import io
import zipfile
from typing import Any

import numpy as np
import pytest
from django.test import Client

from separation.audio.encode import Pcm, encode
from sharing import jobs
from sharing.bringing import Wish
from tests.hosts import File, Host
from tests.separation.audio_files import wav
from tests.sharing.imports import bring, make_of
from tests.sharing.recordings import RATE, SEGMENT, body, decoded, noise
from tests.sharing.shares import Made

pytestmark = pytest.mark.django_db
LONG, SHORT = noise(SEGMENT + 5000, 1), noise(3000, 2)


def make_kept(*wishes: Wish, **sounds: tuple[Pcm, float]) -> Made:
    """A share of stems that were imported with these gains, beside what `wishes` say."""
    waiting = (
        Wish(upload=bring(b"RIFF" + b"\0" * 4 + b"WAVE" + name.encode()), name=name) for name in sounds
    )
    made = make_of(*waiting, *wishes)
    claim = jobs.claim(made.id, "worker-1")
    assert claim
    for stem, (sound, gain) in zip(claim.share.stems, sounds.values(), strict=False):
        for number, at in enumerate(range(0, sound.shape[1], SEGMENT)):
            piece = encode(sound[:, at : at + SEGMENT], "flac", sample_rate=RATE)
            claim.put(f"{stem.id}/flac/{number}.flac", piece)
        jobs.begin_stem(claim, stem, frames=sound.shape[1], gain=gain)
        jobs.import_stem(claim, stem, frames=sound.shape[1], gain=gain)
    jobs.finish(claim)
    return made


def unpacked(response: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body(response))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("kind", ["flac", "wav", "mp3"])
def test_a_short_stem_is_silent_to_the_end_of_the_longest(client: Client, kind: str) -> None:
    made = make_kept(long=(LONG, 1.0), short=(SHORT, 1.0))
    sound = decoded(body(client.get(f"{made.path}stems/short.{kind}")))
    assert sound.shape == LONG.shape
    if kind == "mp3":
        assert np.abs(sound[:, 5000:]).max() <= 1
    else:
        np.testing.assert_array_equal(sound[:, :3000], SHORT)
        assert not sound[:, 3000:].any()
        np.testing.assert_array_equal(decoded(body(client.get(f"{made.path}stems/long.{kind}"))), LONG)


@pytest.mark.parametrize("kind", ["flac", "wav"])
def test_so_is_it_in_the_zip(client: Client, kind: str) -> None:
    made = make_kept(long=(LONG, 1.0), short=(SHORT, 1.0))
    response = client.get(f"{made.path}stems.zip?format={kind}")
    files = unpacked(response)
    assert {name: decoded(file).shape for name, file in files.items()} == {
        f"Untitled - long.{kind}": LONG.shape,
        f"Untitled - short.{kind}": LONG.shape,
    }


def test_stems_that_were_turned_down_differently_are_as_loud_as_in_the_mix(client: Client) -> None:
    made = make_kept(loud=(LONG, 0.5), soft=(SHORT, 1.0))
    np.testing.assert_array_equal(decoded(body(client.get(f"{made.path}stems/loud.wav"))), LONG)
    soft = decoded(body(client.get(f"{made.path}stems/soft.wav")))[:, :3000]
    assert np.abs(soft - SHORT / 2).max() <= 0.5


def test_a_part_of_a_wav_is_the_same_part_of_the_whole(client: Client) -> None:
    made = make_kept(long=(LONG, 0.5), short=(SHORT, 1.0))
    whole = client.get(f"{made.path}stems/short.wav")
    data = body(whole)
    border = 44 + 4 * SEGMENT
    for start, stop in (
        (0, 100),
        (12_034, 12_054),
        (border - 3, border + 9),
        (len(data) - 50, len(data)),
    ):
        part = client.get(f"{made.path}stems/short.wav", headers={"Range": f"bytes={start}-{stop - 1}"})
        assert (part.status_code, body(part)) == (206, data[start:stop])
    assert int(whole["Content-Length"]) == len(data)


def test_another_gain_of_the_mix_is_another_file(client: Client, host: Host) -> None:
    """A validator of before must not be joined with bytes of after."""
    made = make_kept(long=(LONG, 0.5), short=(SHORT, 1.0))
    before = client.get(f"{made.path}stems/short.wav")["ETag"]
    headers = made.owner | {"If-Match": "*"}
    client.patch(made.path, {"remove": ["long"]}, content_type="application/json", headers=headers)
    after = client.get(f"{made.path}stems/short.wav")
    assert after["ETag"] != before
    np.testing.assert_array_equal(decoded(body(after)), SHORT)


def test_hosted_stems_are_named_in_the_zip(client: Client, host: Host) -> None:
    url = host.at("/Flute%20Solo.wav", File(wav(np.zeros((2, 100), np.float32))))
    made = make_kept(Wish(url=url, name="Fl\u00fbte"), Wish(url=url, name="links"), long=(LONG, 1.0))
    for kind in ("flac", "wav", "mp3"):
        files = unpacked(client.get(f"{made.path}stems.zip?format={kind}"))
        assert list(files) == [f"Untitled - long.{kind}", "links.txt"]
        assert files["links.txt"].decode() == f"Fl\u00fbte: {url}\r\nlinks: {url}\r\n"
    manifest = client.get(made.path).json()
    assert set(manifest["zip"]) == {"flac", "wav", "mp3"}
    assert "downloads" not in manifest["stems"][1]
    response = client.get(f"{made.path}stems/flute.wav")
    assert (response.status_code, response.json()["code"], response.json()["detail"]) == (
        404,
        "hosted",
        {"url": url},
    )


def test_where_all_are_hosted_there_is_nothing_to_pack(client: Client, host: Host) -> None:
    made = make_of(Wish(url=host.at("/a.wav", File(wav(np.zeros((2, 100), np.float32))))))
    response = client.get(f"{made.path}stems.zip")
    assert (response.status_code, response.json()["code"]) == (404, "all_hosted")
    assert client.get(made.path).json()["zip"] == {}


def test_what_could_not_be_had_is_left_out(client: Client) -> None:
    made = make_kept(long=(LONG, 1.0))
    headers = made.owner | {"If-Match": "*"}
    stems = [{"upload": bring(b"RIFF" + b"\0" * 4 + b"WAVE bad"), "name": "bad"}]
    client.post(f"{made.path}stems/", {"stems": stems}, content_type="application/json", headers=headers)
    assert client.get(f"{made.path}stems.zip").status_code == 409
    claim = jobs.claim(made.id, "worker-1")
    assert claim
    jobs.refuse_stem(claim, claim.share.stems[1], "damaged", "It is damaged.")
    jobs.finish(claim)
    assert list(unpacked(client.get(f"{made.path}stems.zip"))) == ["Untitled - long.flac"]
    response = client.get(f"{made.path}stems/bad.flac")
    assert (response.status_code, response.json()["code"]) == (404, "no_stems")
