"""Files that aren't what they say: the right refusal, and no request to anybody."""

import io
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import av
import numpy as np
import pytest

from separation.audio import decoder_child
from separation.audio.decode import AudioReader, Limits
from separation.errors import AudioError
from separation.scan import scan
from tests.separation.audio_files import wav, write
from tests.separation.sounds import RATE, noise


def code_of(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(AudioError) as caught:
        scan(path, limits=limits)
    assert caught.value.message.endswith(".")
    assert str(path.parent) not in caught.value.message
    return caught.value.code


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """A web server on loopback, and the requests that it saw."""
    seen: list[str] = []
    song = wav(noise(RATE))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(song)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()
    thread.join()


PLAYLISTS = {
    "song.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{url}/a.ts\n#EXT-X-ENDLIST\n",
    "master.mp3": '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000,CODECS="mp4a.40.2"\n{url}/child.m3u8\n',
    "concat.mp3": "ffconcat version 1.0\nfile {url}/a.wav\n",
    "song.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    "song.mpd": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
        '<Representation id="1" bandwidth="1"><BaseURL>{url}/a.wav</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    ),
    "song.pls": "[playlist]\nFile1={url}/a.mp3\nNumberOfEntries=1\n",
}


@pytest.mark.parametrize("name", sorted(PLAYLISTS))
def test_it_follows_no_playlist(name: str, canary: tuple[str, list[str]], tmp_path: Path) -> None:
    url, seen = canary
    path = tmp_path / name
    path.write_text(PLAYLISTS[name].format(url=url))
    assert code_of(path) == "not_audio"
    assert seen == []


@pytest.mark.parametrize("name", ["http:", "concat:a|b", "-i", "%d.mp3", "song\n.mp3", "täst 🎵.wav"])
def test_the_name_of_a_file_means_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(wav(noise(1000)))
    assert scan(path).frames == 1000


def test_it_refuses_what_is_not_there_or_no_file(tmp_path: Path) -> None:
    assert code_of(tmp_path / "nothing.mp3") == "missing"
    assert code_of(tmp_path) == "not_audio"
    assert code_of(Path("/dev/zero")) == "not_audio"


def test_it_refuses_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp3"
    path.touch()
    assert code_of(path) == "empty"


@pytest.mark.parametrize(("frames", "rate"), [(1, 96_000), (2, 192_000)])
def test_it_refuses_a_song_of_less_than_one_frame(frames: int, rate: int, tmp_path: Path) -> None:
    path = tmp_path / "click.wav"
    path.write_bytes(wav(noise(frames), rate))
    assert code_of(path) == "empty"


def test_it_refuses_what_is_not_audio(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("song.wav", wav(noise(1000)))
    contents = {
        "text.mp3": b"This is a song, believe me.\n" * 400,
        "archive.wav": archive.getvalue(),
        "page.flac": b"<!doctype html><title>404</title>" * 50,
        "random.mp3": np.random.default_rng(1).bytes(50_000),
        "picture.mp3": b"\x89PNG\r\n\x1a\n" + bytes(3000),
        "program.wav": b"\x7fELF" + bytes(3000),
    }
    for name, content in contents.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert code_of(path) in {"not_audio", "damaged"}, name


def test_it_refuses_a_film_without_sound(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert code_of(path) == "no_sound_stream"


def test_it_refuses_codecs_outside_of_its_list(tmp_path: Path) -> None:
    path = tmp_path / "old.wav"
    with av.open(str(path), "w", format="wav") as container:
        stream = container.add_stream("adpcm_ms", rate=RATE, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8192), np.int16), format="s16", layout="stereo")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert code_of(path) == "unsupported"


@pytest.mark.parametrize(
    ("rate", "code"), [(1_000, "bad_rate"), (384_000, "bad_rate"), (2**31 - 1, "bad_rate"), (0, "damaged")]
)
def test_it_refuses_odd_rates(rate: int, code: str, tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(wav(noise(2000), rate))
    assert code_of(path) == code


def test_it_refuses_odd_numbers_of_channels(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(wav(noise(2000, channels=9)))
    assert code_of(path) == "too_many_channels"
    path.write_bytes(wav(noise(2000), channels=0))
    assert code_of(path) == "damaged"
    path.write_bytes(wav(noise(2000), channels=1000))
    assert code_of(path) in {"damaged", "too_many_channels"}


def test_it_stops_a_decompression_bomb_at_the_cap(tmp_path: Path) -> None:
    path = write(tmp_path / "bomb.flac", np.zeros((2, RATE * 600), np.float32))
    assert path.stat().st_size < 200_000
    start = time.monotonic()
    assert code_of(path, Limits(max_seconds=20)) == "too_long"
    assert time.monotonic() - start < 5


def test_a_song_of_just_the_allowed_length_passes(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(wav(noise(RATE * 2), bits=16))
    assert scan(path, limits=Limits(max_seconds=2)).frames == RATE * 2
    path.write_bytes(wav(noise(RATE * 2 + 1), bits=16))
    assert code_of(path, Limits(max_seconds=2)) == "too_long"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "a minute"), (45, "45 minutes"), (60, "60 minutes"), (150, "150 minutes"), (180, "3 hours")],
)
def test_the_allowed_length_is_told_as_it_is(minutes: int, words: str) -> None:
    assert decoder_child._span(60 * minutes + 1) == words


@pytest.mark.parametrize("size", [0, 4, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFF])
def test_it_believes_the_samples_and_not_the_header(size: int, tmp_path: Path) -> None:
    path = tmp_path / "liar.wav"
    path.write_bytes(wav(noise(2000), bits=16, data_size=size))
    if size in {0, 4}:
        with suppress(AudioError):
            assert scan(path).frames <= 2000
    else:
        assert 0 < scan(path).frames <= 2000


def test_memory_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(wav(noise(RATE)))
    with pytest.raises(AudioError) as caught:
        scan(path, limits=Limits(memory=1 << 20))
    assert caught.value.code in {"decoder_stopped", "damaged"}


def test_processor_time_is_limited(tmp_path: Path) -> None:
    path = write(tmp_path / "long.flac", np.zeros((2, RATE * 1800), np.float32))
    limits = Limits(cpu_seconds=1)
    with pytest.raises(AudioError) as caught, AudioReader(path, sample_rate=96_000, limits=limits) as reader:
        for _ in reader:
            pass
    assert caught.value.code == "decoder_stopped"
